"""What reception gives out, and what it leaves behind."""

from __future__ import annotations

import msgspec

from shipper.correlate.message import OpenMessage
from shipper.correlate.session import Session
from shipper.model import StageEvent


class Attempts(msgspec.Struct):
    """The attempts of one session. `written` is what was stored of them so far, shared with the session.

    `may_change`: other lines may still decide about them, under other ids.
    """

    messages: list[OpenMessage]
    written: dict[str, tuple[str, int]]
    may_change: bool


class ReceptionState(msgspec.Struct):
    """What is open in reception at the end of a run: it can be stored and read back.

    `rests` are ended sessions whose beginning was not read yet: it may come with an earlier log. `connects` are the
    daemon's lines that wait for their session. `begun` is when the run's first line of this host was.
    """

    sessions: list[Session] = msgspec.field(default_factory=list)
    rests: list[Session] = msgspec.field(default_factory=list)
    connects: list[StageEvent] = msgspec.field(default_factory=list)
    begun: int | None = None
