"""An open message: the stage events of all its linked queue ids."""

from __future__ import annotations

import msgspec

from shipper.model import StageEvent

_STAGES = {"exim-in": 0, "smtpd": 1, "exim-out": 2}


class OpenMessage(msgspec.Struct, eq=False, array_like=True):
    """A growing set of stage events, linked by queue ids. `last` is the log time of its latest line.

    `written` remembers what was stored of it: document id -> (index, version); `counted`, that it is in the balance.
    `shown` and `saved` are how many events it had when its document was written and when the state took it, `rows` are
    the state's numbers of what it took; `is_open` is what its document said last, or true where more came since.
    """

    host: str
    last: int
    queue_ids: set[str] = msgspec.field(default_factory=set)
    events: dict[str, StageEvent] = msgspec.field(default_factory=dict)
    written: dict[str, tuple[str, int]] = msgspec.field(default_factory=dict)
    session_open: bool = False
    counted: bool = False
    shown: int = 0
    saved: int = 0
    rows: list[int] = msgspec.field(default_factory=list)
    is_open: bool = True

    def add(self, event: StageEvent) -> None:
        """Adds an event; the same one twice changes nothing."""
        self.events[event.id] = event
        if event.time > self.last:
            self.last = event.time
        if event.replaces:
            self.shown = self.saved = 0

    def absorb(self, other: OpenMessage) -> None:
        """Takes over all that another message holds: both turned out to be one."""
        self.queue_ids |= other.queue_ids
        self.events |= other.events
        self.written |= other.written
        self.rows += other.rows
        self.counted = self.counted or other.counted
        self.last = max(self.last, other.last)
        self.shown = self.saved = 0

    def knows_beginning(self) -> bool:
        """Whether the line is there that gave it its first queue id: its document's id stays then."""
        return any(e.queue_id and (e.stage == "exim-in" or e.action == "bounce-created") for e in self.events.values())

    def in_order(self) -> list[StageEvent]:
        """Events by time; within a second by stage, then by queue id (which sorts by its time), then as read."""
        return sorted(self.events.values(), key=lambda e: (e.time, _STAGES.get(e.stage, 3), e.queue_id or "", e.order))
