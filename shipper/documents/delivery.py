"""Deliveries of a message: per recipient its last state."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from shipper.documents.transport import outbound_tls
from shipper.model import StageEvent, iso_date

STATES = {"delivered": "delivered", "deferred": "deferred", "failed": "failed"}


def deliveries(events: Sequence[StageEvent]) -> list[dict[str, Any]]:
    """One object per recipient, in the order in which they were first tried. `events` must be in order of time."""
    found: dict[str, dict[str, Any]] = {}
    for event in events:
        recipients = event.fields.get("email.to.address")
        if event.action not in STATES or not recipients:
            continue
        key = recipients[0].casefold()
        attempts = found[key]["attempts"] + 1 if key in found else 1
        found[key] = _delivery(event, found[key]["recipient"] if key in found else recipients[0], attempts)
    return list(found.values())


def _delivery(event: StageEvent, recipient: str, attempts: int) -> dict[str, Any]:
    fields = event.fields
    delivery = {
        "recipient": recipient,
        "status": STATES[event.action],
        "queue_id": event.queue_id,
        "destination": _group(event, "destination", ("domain", "ip", "port", "address")),
        "tls": outbound_tls(event),
        "router": fields.get("sophos.utm.router"),
        "transport": fields.get("sophos.utm.transport"),
        "response": _group(event, "sophos.utm.response", ("code", "text")),
        "reason": fields.get("event.reason"),
        "attempts": attempts,
        "time": iso_date(event.time),
    }
    return {name: value for name, value in delivery.items() if value is not None}


def _group(event: StageEvent, path: str, names: Sequence[str]) -> dict[str, Any] | None:
    group = {name: event.fields[f"{path}.{name}"] for name in names if f"{path}.{name}" in event.fields}
    return group or None
