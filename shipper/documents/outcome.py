"""What became of a message: its status, whether anything more is expected, and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from shipper.model import StageEvent

REFUSALS = ("rejected", "temporarily-rejected")
_LEFT = ("message-abandoned", "connection-lost", "connection-closed")
_KEPT = "quarantined"
_DROPPED = ("blackholed", "discarded", "dropped", "deleted", "rejected")


class Outcome(msgspec.Struct, frozen=True):
    """`decided_by` is the line that decided a refused or abandoned attempt."""

    status: str
    complete: bool
    reason: str | None = None
    decided_by: StageEvent | None = None


def is_refusal(event: StageEvent) -> bool:
    """Whether this line refuses a connection, sender, recipient or message (not merely a command)."""
    return event.stage == "exim-in" and event.action in REFUSALS and event.fields.get("sophos.utm.refused") != "command"


def is_accepted(events: Sequence[StageEvent]) -> bool:
    """Whether the gateway took the message over: there is a "<=" line, or any line of a later stage."""
    return any(
        event.action in ("message-received", "bounce-created") or event.stage in ("smtpd", "exim-out")
        for event in events
    )


def decide(
    events: Sequence[StageEvent], recipients: Sequence[str], delivered: Sequence[dict[str, Any]], *, is_open: bool
) -> Outcome:
    """The outcome of a message. `is_open`: its session is still going on."""
    if not is_accepted(events):
        return _refused(events, is_open) or _abandoned(events)
    branches = _Branches(events)
    status = branches.kept_or_dropped() or _by_recipients(recipients, delivered, branches)
    if branches.were_removed and status in ("deferred", "in_progress"):
        status = "discarded"
    complete = branches.are_done() and status not in ("deferred", "in_progress")
    return Outcome(status, complete, _reason(status, events, delivered))


def _refused(events: Sequence[StageEvent], is_open: bool) -> Outcome | None:
    refusals = [event for event in events if is_refusal(event)]
    if not refusals:
        return None
    for_good = [event for event in refusals if event.action != "temporarily-rejected"]
    by_line = [event for event in for_good or refusals if "sophos.utm.securemail.id" not in event.fields]
    decided_by = (by_line or for_good or refusals)[0]
    status = "rejected" if for_good else "temporarily_rejected"
    as_a_whole = decided_by.fields.get("sophos.utm.refused") == "connection"
    return Outcome(status, as_a_whole or not is_open, _refusal_reason(decided_by), decided_by)


def _refusal_reason(event: StageEvent) -> str | None:
    fields = event.fields
    reason: str | None = fields.get("event.reason") or fields.get("sophos.utm.securemail.reason")
    return reason


def _abandoned(events: Sequence[StageEvent]) -> Outcome:
    for action in _LEFT:
        for event in events:
            if event.action == action:
                return Outcome("abandoned", True, event.fields.get("event.reason"), event)
    if any(event.queue_id for event in events):
        return Outcome("in_progress", False)
    return Outcome("abandoned", True, None, events[-1])


class _Branches:
    """The queue ids of an accepted message, each with what the log says of its end."""

    def __init__(self, events: Sequence[StageEvent]) -> None:
        self._by_id: dict[str, list[StageEvent]] = {}
        self._parents: set[str] = set()
        self.were_removed = False
        for event in events:
            if event.queue_id is not None:
                self._by_id.setdefault(event.queue_id, []).append(event)
            if event.kind == "removed":
                self.were_removed = True
            if event.action == "scan-started":
                self._parents.add(event.fields.get("sophos.utm.parent_queue_id", ""))

    def kept_or_dropped(self) -> str | None:
        """`quarantined` or `discarded` when the last word on some id, not handed on since, says so."""
        names = [name for queue_id in self._by_id if (name := self._last_word(queue_id))]
        return "quarantined" if _KEPT in names else "discarded" if "discarded" in names else None

    def _last_word(self, queue_id: str) -> str | None:
        if queue_id in self._parents:
            return None
        word = None
        for event in self._by_id[queue_id]:
            if event.action == "delivered":
                word = None
            elif event.action == "disposition":
                word = _meaning(event)
        return word

    def are_done(self) -> bool:
        """Whether every id is off its queue, kept, dropped, or handed on to one that is."""
        return all(self._is_done(queue_id) for queue_id in self._by_id)

    def _is_done(self, queue_id: str) -> bool:
        if self._last_word(queue_id):
            return True
        events = self._by_id[queue_id]
        finished = [event for event in events if event.action == "completed"]
        if not finished:
            return False
        was_scanned = any(event.action == "scan-started" for event in events)
        queued = [event for event in events if event.action == "queued-for-scan"]
        goes_round = bool(queued) and was_scanned
        by_scanner = any(event.stage == "smtpd" for event in finished)
        return queue_id in self._parents or not (by_scanner or goes_round)


def _meaning(event: StageEvent) -> str | None:
    if event.kind == "removed":
        return None
    if event.fields.get("sophos.utm.discarded"):
        return "discarded"
    name = event.fields.get("sophos.utm.securemail.name", "")
    if _KEPT in name:
        return _KEPT
    return "discarded" if any(word in name for word in _DROPPED) else None


def _by_recipients(recipients: Sequence[str], delivered: Sequence[dict[str, Any]], branches: _Branches) -> str:
    states = {delivery["recipient"].casefold(): delivery["status"] for delivery in delivered}
    unknown = [recipient for recipient in recipients if recipient.casefold() not in states]
    found = set(states.values())
    if not found:
        return "in_progress"
    if "deferred" in found:
        return "deferred"
    if unknown and not branches.are_done():
        return "in_progress"
    if found == {"delivered"}:
        return "delivered"
    return "failed" if found == {"failed"} else "partially_delivered"


def _reason(status: str, events: Sequence[StageEvent], delivered: Sequence[dict[str, Any]]) -> str | None:
    if status in ("failed", "partially_delivered", "deferred"):
        wanted = "deferred" if status == "deferred" else "failed"
        reasons = [d.get("reason") for d in delivered if d["status"] == wanted]
        return reasons[-1] if reasons else None
    if status in ("quarantined", "discarded"):
        return _refusal_reason(
            [event for event in events if event.action == "disposition" or event.kind == "removed"][-1]
        )
    return None
