"""What became of a message: its status, whether anything more is expected, and why."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import msgspec

from shipper.documents.delivery import Delivery
from shipper.documents.lines import Lines
from shipper.model import StageEvent

_LEFT = ("message-abandoned", "connection-lost", "connection-closed")
_KEPT = "quarantined"
_DROPPED = ("blackholed", "discarded", "dropped", "deleted", "rejected")


class Outcome(msgspec.Struct, frozen=True):
    """`decided_by` is the line that decided a refused or abandoned attempt."""

    status: str
    complete: bool
    reason: str | None = None
    decided_by: StageEvent | None = None


def refusals(lines: Lines) -> list[StageEvent]:
    """The lines that refuse a connection, sender, recipient or message (not merely a command)."""
    return [
        event
        for event in lines.of_any("rejected", "temporarily-rejected")
        if event.stage == "exim-in" and event.fields.get("sophos.utm.refused") != "command"
    ]


def decide(lines: Lines, recipients: Sequence[str], delivered: Sequence[Delivery], *, is_open: bool) -> Outcome:
    """The outcome of a message. `is_open`: its session is still going on."""
    if not lines.accepted:
        return _refused(lines, is_open) or _abandoned(lines)
    branches = _Branches(lines)
    status = branches.kept_or_dropped() or _by_recipients(recipients, delivered, branches)
    unfinished = status in ("deferred", "in_progress")
    if unfinished and any(event.kind == "removed" for event in _verdicts(lines)):
        status, unfinished = "discarded", False
    return Outcome(status, branches.are_done and not unfinished, _reason(status, lines, delivered))


def _refused(lines: Lines, is_open: bool) -> Outcome | None:
    refused = refusals(lines)
    if not refused:
        return None
    for_good = [event for event in refused if event.action != "temporarily-rejected"]
    by_line = [event for event in for_good or refused if "sophos.utm.securemail.id" not in event.fields]
    decided_by = (by_line or for_good or refused)[0]
    status = "rejected" if for_good else "temporarily_rejected"
    as_a_whole = decided_by.fields.get("sophos.utm.refused") == "connection"
    return Outcome(status, as_a_whole or not is_open, _refusal_reason(decided_by), decided_by)


def _refusal_reason(event: StageEvent) -> str | None:
    fields = event.fields
    reason: str | None = fields.get("event.reason") or fields.get("sophos.utm.securemail.reason")
    return reason


def _abandoned(lines: Lines) -> Outcome:
    for action in _LEFT:
        for event in lines.of(action):
            return Outcome("abandoned", True, event.fields.get("event.reason"), event)
    if any(lines.ids):
        return Outcome("in_progress", False)
    return Outcome("abandoned", True, None, lines.all[-1])


class _Branches:
    """The queue ids of an accepted message, each with what the log says of its end.

    `are_done`: whether every id is off its queue, kept, dropped, or handed on to one that is.
    """

    def __init__(self, lines: Lines) -> None:
        handed_on = {event.fields.get("sophos.utm.parent_queue_id", "") for event in lines.of("scan-started")}
        self._last_words = _last_words(lines, handed_on) if lines.has("disposition") else {}
        ended = {queue_id for queue_id, word in self._last_words.items() if word}
        self.are_done = lines.ids <= _completed(lines, handed_on) | ended

    def kept_or_dropped(self) -> str | None:
        """`quarantined` or `discarded` when the last word on some id, not handed on since, says so."""
        words = self._last_words.values()
        return "quarantined" if _KEPT in words else "discarded" if "discarded" in words else None


def _last_words(lines: Lines, handed_on: set[str]) -> dict[str | None, str | None]:
    return {
        event.queue_id: _meaning(event) if event.action == "disposition" else None
        for event in lines.of_any("disposition", "delivered")
        if event.queue_id is not None and event.queue_id not in handed_on
    }


def _completed(lines: Lines, handed_on: set[str]) -> set[str | None]:
    """Ids that are off their queue. The scanner completes what it hands on; what goes round again comes back."""
    completed = lines.of("completed")
    coming_back = {event.queue_id for event in completed if event.stage == "smtpd"}
    coming_back |= {event.queue_id for event in lines.of("queued-for-scan") if event.queue_id in lines.scanned}
    return {event.queue_id for event in completed} - (coming_back - handed_on)


def _verdicts(lines: Lines) -> list[StageEvent]:
    """The scanner's, and of what was taken off the queue: by a person, or by a timer because it was frozen."""
    found = lines.of_any("disposition", "frozen")
    return [event for event in found if event.action == "disposition" or event.kind == "removed"]


def _meaning(event: StageEvent) -> str | None:
    if event.kind == "removed":
        return None
    if event.fields.get("sophos.utm.discarded"):
        return "discarded"
    return _meaning_of(event.fields.get("sophos.utm.securemail.name", ""))


@lru_cache(maxsize=1024)
def _meaning_of(name: str) -> str | None:
    if _KEPT in name:
        return _KEPT
    return "discarded" if any(word in name for word in _DROPPED) else None


def _by_recipients(recipients: Sequence[str], delivered: Sequence[Delivery], branches: _Branches) -> str:
    if not delivered:
        return "in_progress"
    states = {delivery.recipient.casefold(): delivery.status for delivery in delivered}
    found = set(states.values())
    if "deferred" in found:
        return "deferred"
    if not branches.are_done and any(recipient.casefold() not in states for recipient in recipients):
        return "in_progress"
    if found == {"delivered"}:
        return "delivered"
    return "failed" if found == {"failed"} else "partially_delivered"


def _reason(status: str, lines: Lines, delivered: Sequence[Delivery]) -> str | None:
    if status in ("failed", "partially_delivered", "deferred"):
        wanted = "deferred" if status == "deferred" else "failed"
        reasons = [delivery.reason for delivery in delivered if delivery.status == wanted]
        return reasons[-1] if reasons else None
    if status in ("quarantined", "discarded"):
        return _refusal_reason(_verdicts(lines)[-1])
    return None
