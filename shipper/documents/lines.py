"""The lines of one message, sorted in one pass into what its document asks for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from shipper.model import StageEvent

_LATER = frozenset(("smtpd", "exim-out"))


class Lines:
    """`all` are a message's events in order of time, at least one; `reception` are those of exim-in, `judged` those of
    SecureMail.

    `ids` are their queue ids, `scanned` those under which a scan began; `accepted` says whether the gateway took the
    message over: there is a "<=" line, or any line of a later stage.
    """

    __slots__ = ("_by_action", "accepted", "all", "ids", "judged", "reception", "scanned")

    def __init__(self, events: Sequence[StageEvent]) -> None:
        self.all = events
        self.reception: list[StageEvent] = []
        self.judged: list[StageEvent] = []
        self._by_action: dict[str, list[StageEvent]] = {}
        by_action = self._by_action
        for event in events:
            if event.action in by_action:
                by_action[event.action].append(event)
            else:
                by_action[event.action] = [event]
            if event.stage == "exim-in":
                self.reception.append(event)
            if "sophos.utm.securemail.id" in event.fields:
                self.judged.append(event)
        self.ids = {event.queue_id for event in events if event.queue_id is not None}
        self.scanned = {event.queue_id for event in self.of("scan-started") if event.queue_id is not None}
        arrived = "message-received" in by_action or "bounce-created" in by_action
        self.accepted = arrived or any(event.stage in _LATER for event in events)

    def has(self, action: str) -> bool:
        """Whether there is a line of this action."""
        return action in self._by_action

    def of(self, action: str) -> Sequence[StageEvent]:
        """The lines of this action."""
        return self._by_action.get(action, ())

    def of_any(self, *actions: str) -> Sequence[StageEvent]:
        """The lines of these actions, in order of time."""
        found = [action for action in actions if action in self._by_action]
        if len(found) > 1:
            return [event for event in self.all if event.action in found]
        return self._by_action[found[0]] if found else ()


def first_stated(events: Iterable[StageEvent], path: str) -> Any:
    """What the first of these lines that states it says under a dotted path; None where none does."""
    for event in events:
        if path in event.fields:
            return event.fields[path]
    return None
