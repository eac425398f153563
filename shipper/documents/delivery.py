"""Deliveries of a message: per recipient its last state."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from shipper.documents.lines import Lines
from shipper.documents.transport import Leg, leg_of
from shipper.model import Fields, StageEvent, iso_date

_STATES = ("delivered", "deferred", "failed")
_DESTINATION = [(name, f"destination.{name}") for name in ("domain", "ip", "port", "address")]
_RESPONSE = [(name, f"sophos.utm.response.{name}") for name in ("code", "text")]


class Delivery(msgspec.Struct, frozen=True):
    """What became of one recipient; `leg` is the connection over which it last went, if its line tells of one."""

    recipient: str
    status: str
    reason: str | None
    destination: dict[str, Any]
    leg: Leg | None
    document: dict[str, Any]


def deliveries(lines: Lines) -> list[Delivery]:
    """One per recipient, in the order in which they were first tried."""
    attempts: dict[str, list[StageEvent]] = {}
    for event in lines.of_any(*_STATES):
        if recipients := event.fields.get("email.to.address"):
            attempts.setdefault(recipients[0].casefold(), []).append(event)
    return [_delivery(tried) for tried in attempts.values()]


def _delivery(attempts: Sequence[StageEvent]) -> Delivery:
    last = attempts[-1]
    fields = last.fields
    recipient, reason = attempts[0].fields["email.to.address"][0], fields.get("event.reason")
    destination, leg = _stated(fields, _DESTINATION), leg_of(fields)
    document = {
        "recipient": recipient,
        "status": last.action,
        "queue_id": last.queue_id,
        "destination": destination or None,
        "tls": None if leg is None else leg.of_delivery,
        "router": fields.get("sophos.utm.router"),
        "transport": fields.get("sophos.utm.transport"),
        "response": _stated(fields, _RESPONSE) or None,
        "reason": reason,
        "attempts": len(attempts),
        "time": iso_date(last.time),
    }
    known = {name: value for name, value in document.items() if value is not None}
    return Delivery(recipient, last.action, reason, destination, leg, known)


def _stated(fields: Fields, paths: Sequence[tuple[str, str]]) -> dict[str, Any]:
    return {name: fields[path] for name, path in paths if path in fields}
