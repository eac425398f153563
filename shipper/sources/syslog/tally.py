"""What became of what was sent, and remarks about it that are made once in a while."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import msgspec

Transport = Literal["udp", "tcp", "tls"]
_PAUSE = 60.0


class Tally(msgspec.Struct):
    """Messages received by transport: each is spooled, left out (of a program that is not wanted) or dropped.

    Beside them: `overflowed` datagrams that the system dropped before they could be read, `cut_short` messages whose
    end never came, `refused` connections and datagrams, and `broken` connections.
    """

    udp: int = 0
    tcp: int = 0
    tls: int = 0
    spooled: int = 0
    left_out: int = 0
    dropped: int = 0
    overflowed: int = 0
    cut_short: int = 0
    refused: int = 0
    broken: int = 0

    def receive(self, transport: Transport, count: int) -> None:
        """Counts messages that came in whole."""
        setattr(self, transport, getattr(self, transport) + count)

    def summary(self) -> str:
        """One line for the end of a run."""
        received = self.udp + self.tcp + self.tls
        return (
            f"received {received:,} messages (udp {self.udp:,}, tcp {self.tcp:,}, tls {self.tls:,})"
            f" = {self.spooled:,} spooled + {self.left_out:,} left out + {self.dropped:,} dropped;"
            f" besides: {self.overflowed:,} datagrams lost by the system, {self.cut_short:,} messages cut short,"
            f" {self.refused:,} senders refused, {self.broken:,} connections broken"
        )


class Remarks:
    """Says each kind of trouble at once, and again at most once a minute, with how often it was meanwhile."""

    def __init__(self, say: Callable[[str], None], clock: Callable[[], float]) -> None:
        self._say = say
        self._clock = clock
        self._said: dict[str, float] = {}
        self._unsaid: dict[str, int] = {}

    def make(self, kind: str, text: str) -> None:
        """`kind` is one of a few; `text` says it with its particulars."""
        now = self._clock()
        if now - self._said.get(kind, float("-inf")) < _PAUSE:
            self._unsaid[kind] = self._unsaid.get(kind, 0) + 1
            return
        more = self._unsaid.pop(kind, 0)
        self._said[kind] = now
        self._say(f"{text} ({more:,} more since this was said last)" if more else text)
