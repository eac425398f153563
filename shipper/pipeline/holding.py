"""Lines of a growing log that wait a little: what comes next decides what time they are of.

Read to its end, a log tells each line's offset from UTC by the queue ids around it. Of a log that grows only those
before are known. After a silence or a jump of the local clock, in which the offset may have changed, and before the
first queue id of all, lines are held until an id confirms the offset, or until patience ends.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from shipper.parse.clock import QUARTER, Reached, observe
from shipper.parse.head import Head, local_second, read_head
from shipper.parse.year import year_in_name, year_near
from shipper.queue_id import made_at
from shipper.sources.follow.piece import Piece

_TAIL = 1 << 16
_LONGEST_QUIET = QUARTER - 60
_UNCONFIRMED, _CONTRADICTED, _UNKNOWN = 60.0, 900.0, 3600.0
_FIRST = 5.0
"""Seconds of patience: no id since the silence; an id that tells another offset; no id ever; a single id."""


class _Host:
    """What one host's last lines tell. `doubtful` is the offset in the log of the first line that is in doubt."""

    def __init__(self, reached: Reached | None) -> None:
        self.offset = reached.offset if reached else None
        self.local = reached.local if reached else None
        self.doubtful: int | None = None
        self.patience = 0.0

    def see(self, at: int, head: Head, path: str) -> None:
        local = self._local(head, path)
        if local is None:
            self._doubt(at, _UNKNOWN)
            return
        gap = 0 if self.local is None else local - self.local
        self.local = local
        observed = observe(head, local)
        if self.offset is None:
            self._see_first(at, observed)
        elif observed == self.offset:
            self.doubtful = None
        elif self.doubtful is not None or gap > _LONGEST_QUIET or gap < -QUARTER:
            self._doubt(at, _UNCONFIRMED if observed is None else _CONTRADICTED)

    def _see_first(self, at: int, observed: int | None) -> None:
        if observed is None:
            self._doubt(at, _UNKNOWN)
        else:
            self.offset = observed
            self.doubtful = at if self.doubtful is None else self.doubtful
            self.patience = _FIRST

    def _doubt(self, at: int, patience: float) -> None:
        if self.doubtful is None:
            self.doubtful, self.patience = at, patience
        elif patience == _CONTRADICTED:
            self.patience = patience

    def _local(self, head: Head, path: str) -> int | None:
        near = made_at(head.queue_id) if head.queue_id else self.local
        year = head.year or (year_near(head.stamp, near) if near is not None else year_in_name(path))
        return local_second(year, head.stamp) if year else None


class _Wait(msgspec.Struct, frozen=True):
    """A log waits at this offset since this wall clock second."""

    offset: int
    since: float


class Holding:
    """Which lines of each poll's pieces are held. `default_host`: of lines without one; `has_zone`: one is set."""

    def __init__(self, default_host: str, *, has_zone: bool) -> None:
        self._default_host = default_host
        self._has_zone = has_zone
        self._waits: dict[bytes, _Wait] = {}

    def cut(self, piece: Piece, reached: Mapping[str, Reached], now: float) -> Piece:
        """The piece as far as it can be dated; the rest is to be given again. `now` is the wall clock."""
        if self._has_zone or not piece.is_live:
            return piece
        doubtful, patience = self._first_doubt(piece, reached)
        if doubtful is None:
            self._waits.pop(piece.head, None)
            return piece
        wait = self._waits.get(piece.head)
        if wait is None or wait.offset != doubtful:
            wait = self._waits[piece.head] = _Wait(doubtful, now)
        if now - wait.since >= patience:
            return piece
        return msgspec.structs.replace(piece, data=piece.data[: doubtful - piece.offset])

    def _first_doubt(self, piece: Piece, reached: Mapping[str, Reached]) -> tuple[int | None, float]:
        """The offset in the log of the first line in doubt, and how long it may wait."""
        hosts: dict[str, _Host] = {}
        for at, data in _tail(piece):
            head = read_head(data)
            if head is not None:
                name = head.host or self._default_host
                if name not in hosts:
                    hosts[name] = _Host(reached.get(name))
                hosts[name].see(at, head, piece.path)
        doubts = [(host.doubtful, host.patience) for host in hosts.values() if host.doubtful is not None]
        return min(doubts) if doubts else (None, 0.0)


def _tail(piece: Piece) -> list[tuple[int, bytes]]:
    """The last lines with their offsets: what came long before them cannot be in doubt any more."""
    begin = max(0, len(piece.data) - _TAIL)
    if begin:
        begin = piece.data.find(b"\n", begin) + 1
    lines, at = [], piece.offset + begin
    for line in piece.data[begin:].split(b"\n"):
        lines.append((at, line))
        at += len(line) + 1
    return lines
