"""The events of one message -> its document: a pure function of their set."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from shipper.documents.delivery import deliveries
from shipper.documents.dkim import dkim_object
from shipper.documents.envelope import Envelope, client
from shipper.documents.legs import message_legs
from shipper.documents.lines import Lines, first_stated
from shipper.documents.outcome import Outcome, decide
from shipper.documents.related import related
from shipper.documents.shape import ECS_VERSION, OBSERVER, digest, known
from shipper.documents.spam import spam_object
from shipper.documents.transport import inbound_line, leg_of, message_tls
from shipper.model import Fields, StageEvent, iso_date
from shipper.queue_id import made_at
from shipper.tls.policies import default_policy
from shipper.tls.policy_values import TlsPolicy

_OUTCOMES = {"delivered": "success", "failed": "failure", "rejected": "failure", "abandoned": "failure"}
_DISPOSITION = [(name, f"sophos.utm.securemail.{name}") for name in ("id", "name", "reason", "extra")]
_ECS = {"version": ECS_VERSION}


class MessageDocument(msgspec.Struct, frozen=True):
    """A document with its id, the UTC second that names its index, and its version (the number of its events)."""

    id: str
    second: int
    version: int
    document: dict[str, Any]


class Policy(msgspec.Struct, frozen=True):
    """Settings that change what a document says."""

    dkim_details_logged: bool = False
    local_domains: frozenset[str] = frozenset()
    tls: TlsPolicy = msgspec.field(default_factory=default_policy)


def message_document(events: Sequence[StageEvent], policy: Policy, *, is_open: bool = False) -> MessageDocument:
    """The message document of these events, which must be in order of time (the contract: message)."""
    lines = Lines(events)
    root = _root_id(lines)
    delivered = deliveries(lines)
    envelope = Envelope(lines, delivered)
    outcome = decide(lines, envelope.recipients, delivered, is_open=is_open)
    decided_by = outcome.decided_by or events[0]
    second = made_at(root) if root else decided_by.time
    source = client(lines)
    inbound = inbound_line(lines)
    legs = message_legs(leg_of(inbound), source.get("source.ip"), delivered, policy.tls)
    utm = {
        **envelope.utm(),
        "helo": source.pop("sophos.utm.helo", None),
        "tls": legs | {"fallback": True} if lines.has("tls-fallback") else legs,
        **_history(lines, root, outcome),
        "spam": spam_object(lines),
        "disposition": _disposition(lines),
        "dkim": _dkim(lines, envelope.sender, policy),
        "deliveries": [delivery.document for delivery in delivered],
    }
    host = events[0].host
    document = {
        "@timestamp": iso_date(second),
        "ecs": _ECS,
        "event": _event(events, outcome),
        "host": {"name": host} if host else None,
        "observer": OBSERVER,
        "email": envelope.email(root, policy.local_domains),
        "sophos": {"utm": known(utm)},
        "source": {path.removeprefix("source."): value for path, value in source.items()},
        "tls": message_tls(inbound),
        "related": related([event.fields for event in events]),
    }
    id = digest(host, root) if root else digest(host, _endpoint(source), decided_by.id)
    return MessageDocument(id, second, len(events), known(document))


def _root_id(lines: Lines) -> str | None:
    """The exim-in id; the earliest smtpd id where no exim-in line is known; None for an attempt without an id."""
    received = {event.queue_id for event in (*lines.reception, *lines.of("bounce-created"))} - {None}
    return min(filter(None, received - lines.scanned or lines.scanned or lines.ids), default=None)


def _event(events: Sequence[StageEvent], outcome: Outcome) -> dict[str, Any]:
    first, last = events[0].time, events[-1].time
    event = {
        "kind": "event",
        "category": "email",
        "module": "sophos_utm",
        "dataset": "sophos_utm.smtp_message",
        "start": iso_date(first),
        "end": iso_date(last),
        "duration": (last - first) * 1_000_000_000,
        "outcome": _OUTCOMES.get(outcome.status, "unknown"),
    }
    if outcome.reason is not None:
        event["reason"] = outcome.reason
    return event


def _history(lines: Lines, root: str | None, outcome: Outcome) -> dict[str, Any]:
    handoffs = [(event.queue_id, event.fields.get("sophos.utm.parent_queue_id")) for event in lines.of("scan-started")]
    parents = {parent for _, parent in handoffs}
    again = {queue_id for queue_id, parent in handoffs if parent in lines.scanned}
    return {
        "status": outcome.status,
        "complete": outcome.complete,
        "queue_ids": sorted(filter(None, lines.ids | parents)),
        "bounce_of": first_stated(lines.of("bounce-created"), "sophos.utm.parent_queue_id"),
        "requeues": len(again) if root else None,
        "event_count": len(lines.all),
    }


def _dkim(lines: Lines, sender: str | None, policy: Policy) -> dict[str, Any] | None:
    if not lines.accepted and not lines.has("dkim-checked"):
        return None
    return known(dkim_object(lines, sender, details_logged=policy.dkim_details_logged))


def _disposition(lines: Lines) -> dict[str, Any]:
    """The last SecureMail line."""
    last = lines.judged[-1].fields if lines.judged else {}
    return known({name: last.get(path) for name, path in _DISPOSITION})


def _endpoint(source: Fields) -> str:
    return f"[{source.get('source.ip', '')}]:{source.get('source.port', '')}"
