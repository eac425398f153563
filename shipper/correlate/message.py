"""An open message: the stage events of all its linked queue ids."""

from __future__ import annotations

import msgspec

from shipper.model import StageEvent

_STAGES = {"exim-in": 0, "smtpd": 1, "exim-out": 2}


class OpenMessage(msgspec.Struct, eq=False, array_like=True):
    """A growing set of stage events, linked by queue ids. `last` is the log time of its latest line.

    `written` remembers what was stored of it: document id -> (index, version); `counted`, that it is in the balance.
    """

    host: str
    last: int
    queue_ids: set[str] = msgspec.field(default_factory=set)
    events: dict[str, StageEvent] = msgspec.field(default_factory=dict)
    written: dict[str, tuple[str, int]] = msgspec.field(default_factory=dict)
    session_open: bool = False
    counted: bool = False

    def add(self, event: StageEvent) -> None:
        """Adds an event; the same one twice changes nothing."""
        self.events[event.id] = event
        if event.time > self.last:
            self.last = event.time

    def absorb(self, other: OpenMessage) -> None:
        """Takes over all that another message holds: both turned out to be one."""
        self.queue_ids |= other.queue_ids
        self.events |= other.events
        self.written |= other.written
        self.counted = self.counted or other.counted
        self.last = max(self.last, other.last)

    def in_order(self) -> list[StageEvent]:
        """Events by time; within a second by stage, then by queue id (which sorts by its time), then as read."""
        return sorted(self.events.values(), key=lambda e: (e.time, _STAGES.get(e.stage, 3), e.queue_id or "", e.order))
