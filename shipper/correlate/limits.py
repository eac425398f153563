"""How long things are waited for, in seconds of log time, and how many are kept."""

from __future__ import annotations

import msgspec


class Limits(msgspec.Struct, frozen=True):
    """`settle_after`: a message this long without a line leaves memory; `most_events`: so do the oldest of all messages
    that hold more events than these together, about 1.4 kB each.

    `linger`: how long after its end a session waits for lines written in the same moment; `longest_silence`: a process
    that was silent for longer serves another connection; `beginning`: how far into what is read a session may be the
    rest of one that began in an earlier log; `most_rests`: how many such rests are remembered.
    """

    settle_after: int = 600
    most_events: int = 15_000
    linger: int = 5
    longest_silence: int = 86_400
    beginning: int = 900
    most_rests: int = 1000
