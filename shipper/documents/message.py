"""The events of one message -> its document: a pure function of their set."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from shipper.documents.delivery import deliveries
from shipper.documents.direction import direction
from shipper.documents.dkim import dkim_fields
from shipper.documents.domains import domain_of
from shipper.documents.event import related_hosts, related_ips, related_users
from shipper.documents.legs import roll_ups
from shipper.documents.outcome import Outcome, decide, is_accepted, is_refusal
from shipper.documents.shape import ECS_VERSION, OBSERVER, digest, nest, unique
from shipper.documents.spam import spam_fields
from shipper.documents.transport import inbound_fields
from shipper.model import Fields, StageEvent, iso_date
from shipper.queue_id import made_at
from shipper.tls.policies import default_policy
from shipper.tls.policy_values import TlsPolicy

_SRS = re.compile(r'"?SRS[01][=+-]', re.IGNORECASE)
_OUTCOMES = {"delivered": "success", "failed": "failure", "rejected": "failure", "abandoned": "failure"}


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
    root = root_id(events)
    delivered = deliveries(events)
    recipients = _recipients(events, delivered)
    outcome = decide(events, recipients, delivered, is_open=is_open)
    decided_by = outcome.decided_by or events[0]
    second = made_at(root) if root else decided_by.time
    host = events[0].host
    source = _source(events)
    inbound = inbound_fields(events)
    accepted = is_accepted(events)
    fields: Fields = {
        "@timestamp": iso_date(second),
        "ecs": {"version": ECS_VERSION},
        "event.kind": "event",
        "event.category": "email",
        "event.module": "sophos_utm",
        "event.dataset": "sophos_utm.smtp_message",
        "event.start": iso_date(events[0].time),
        "event.end": iso_date(events[-1].time),
        "event.duration": (events[-1].time - events[0].time) * 1_000_000_000,
        "event.outcome": _OUTCOMES.get(outcome.status, "unknown"),
        "event.reason": outcome.reason,
        "host.name": host or None,
        "observer": OBSERVER,
        "email.local_id": root,
        **_envelope(events, recipients, is_attempt=root is None),
        **source,
        **inbound,
        **_related(events),
        **_history(events, root, outcome),
        **spam_fields(events, accepted=accepted),
        **_disposition(events),
    }
    if accepted or any(event.action == "dkim-checked" for event in events):
        sender = fields.get("email.sender.address")
        fields |= dkim_fields(events, sender, details_logged=policy.dkim_details_logged)
    everyone = [*recipients, *fields["sophos.utm.rejected_recipients"]]
    fields["email.direction"] = direction(fields.get("email.sender.address"), everyone, policy.local_domains)
    fields["sophos.utm.deliveries"] = delivered
    fields |= roll_ups(source.get("source.ip"), inbound, delivered, policy.tls)
    id = digest(host, root) if root else digest(host, _endpoint(source), decided_by.id)
    return MessageDocument(id, second, len(events), nest(fields))


def root_id(events: Sequence[StageEvent]) -> str | None:
    """The exim-in id; the earliest smtpd id where no exim-in line is known; None for an attempt without an id."""
    own = [event for event in events if event.queue_id is not None]
    received = [e.queue_id for e in own if e.stage == "exim-in" or e.action == "bounce-created"]
    children = {e.queue_id for e in own if e.action == "scan-started"}
    scanned = [e.queue_id for e in own if e.action == "scan-started"]
    first = [queue_id for queue_id in received if queue_id not in children]
    handled = [e.queue_id for e in own]
    return min((queue_id for queue_id in first or scanned or handled if queue_id), default=None)


def _chain(events: Sequence[StageEvent]) -> list[str]:
    ids = {event.queue_id for event in events if event.queue_id}
    parents = (event.fields.get("sophos.utm.parent_queue_id") for event in events if event.action == "scan-started")
    return sorted(ids | {parent for parent in parents if parent})


def _history(events: Sequence[StageEvent], root: str | None, outcome: Outcome) -> Fields:
    scans = [event for event in events if event.action == "scan-started"]
    scanned = {event.queue_id for event in scans}
    again = {event.queue_id for event in scans if event.fields.get("sophos.utm.parent_queue_id") in scanned}
    bounce = next((event for event in events if event.action == "bounce-created"), None)
    return {
        "sophos.utm.status": outcome.status,
        "sophos.utm.complete": outcome.complete,
        "sophos.utm.queue_ids": _chain(events),
        "sophos.utm.bounce_of": bounce.fields["sophos.utm.parent_queue_id"] if bounce else None,
        "sophos.utm.requeues": len(again) if root else None,
        "sophos.utm.event_count": len(events),
        "sophos.utm.tls.fallback": True if any(event.action == "tls-fallback" for event in events) else None,
    }


def _envelope(events: Sequence[StageEvent], recipients: list[str], *, is_attempt: bool) -> Fields:
    reception = [event for event in events if event.stage == "exim-in" or event.action == "bounce-created"]
    arrived = [event for event in events if event.action in ("message-received", "bounce-created")]
    scans = [event for event in events if event.stage == "smtpd" and event.action in ("scan-started", "disposition")]
    envelope = _first([*arrived, *reception], "email.sender.address")
    sender = _first(scans, "email.sender.address") or envelope
    domain = domain_of(sender) if sender else None
    return {
        "email.message_id": _first(events, "email.message_id"),
        "email.subject": _last([e for e in events if "sophos.utm.securemail.id" in e.fields], "email.subject")
        or _first(arrived, "email.subject"),
        "email.sender.address": sender,
        "email.to.address": recipients,
        "sophos.utm.rejected_recipients": _rejected(events, recipients),
        "sophos.utm.sender.domain": domain.lower() if domain else None,
        "sophos.utm.sender.envelope": envelope,
        "sophos.utm.sender.srs": None if envelope is None else _SRS.match(envelope) is not None,
        "sophos.utm.sender.null": None if sender is None else sender == "<>",
        "sophos.utm.size.received": _first(arrived, "sophos.utm.size.received"),
        "sophos.utm.size.scanned": _first(scans, "sophos.utm.size.scanned"),
        "sophos.utm.protocol": _first(arrived, "sophos.utm.protocol"),
        "sophos.utm.authenticator": _first(arrived, "sophos.utm.authenticator"),
        "sophos.utm.authenticated_id": _first(arrived, "sophos.utm.authenticated_id"),
    }


def _recipients(events: Sequence[StageEvent], delivered: Sequence[dict[str, Any]]) -> list[str]:
    """Accepted envelope recipients; where no such line is known, what later lines name."""
    if not any(event.action == "bounce-created" for event in events):
        for action in ("recipient-accepted", "message-received", "disposition", "message-abandoned"):
            lines = [event for event in events if event.action == action and not is_refusal(event)]
            if named := _distinct(address for event in lines for address in event.fields.get("email.to.address", ())):
                return named
    return _distinct(delivery["recipient"] for delivery in delivered)


def _rejected(events: Sequence[StageEvent], accepted: Sequence[str]) -> list[str]:
    lines = [event for event in events if is_refusal(event)]
    taken = {address.casefold() for address in accepted}
    named = _distinct(address for event in lines for address in event.fields.get("email.to.address", ()))
    return [address for address in named if address.casefold() not in taken]


def _distinct(addresses: Iterable[str]) -> list[str]:
    return list({address.casefold(): address for address in reversed(list(addresses))}.values())[::-1]


def _source(events: Sequence[StageEvent]) -> Fields:
    """The client: from the "<=" line, else from any line of the session, else from the scanner's."""
    paths = ("source.ip", "source.address", "source.port", "source.domain", "sophos.utm.helo")
    reception = [event for event in events if event.stage == "exim-in"]
    arrived = [event for event in reception if event.action == "message-received"]
    scans = [] if arrived else [event for event in events if event.action == "disposition"]
    ordered = [*arrived, *reception, *scans]
    return {path: value for path in paths if (value := _first(ordered, path)) is not None}


def _endpoint(source: Fields) -> str:
    return f"[{source.get('source.ip', '')}]:{source.get('source.port', '')}"


def _related(events: Sequence[StageEvent]) -> Fields:
    ips: list[str] = []
    hosts: list[str] = []
    users: list[str] = []
    for event in events:
        fields = event.fields
        ips += related_ips(fields)
        hosts += related_hosts(fields)
        users += related_users(fields)
    return {"related.ip": unique(ips), "related.hosts": unique(hosts), "related.user": unique(users)}


def _disposition(events: Sequence[StageEvent]) -> Fields:
    last = [event for event in events if "sophos.utm.securemail.id" in event.fields][-1:]
    return {
        f"sophos.utm.disposition.{name}": event.fields.get(f"sophos.utm.securemail.{name}")
        for event in last
        for name in ("id", "name", "reason", "extra")
    }


def _first(events: Iterable[StageEvent], path: str) -> Any:
    for event in events:
        if path in event.fields:
            return event.fields[path]
    return None


def _last(events: Sequence[StageEvent], path: str) -> Any:
    return _first(reversed(events), path)
