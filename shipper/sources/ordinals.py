"""Which of several identical lines is which: a line's place among its like of the same host and second, per log.

Parts of a cut or rotated log count on where one ends and the next begins within one second; a copy of a log (plain and
packed, say) counts for itself, so that each of its lines gets the same ordinal again.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

_SECONDS_KEPT = 64
_COPY_BYTES = 256


class Ending(msgspec.Struct, frozen=True):
    """How one host's lines of a log ended: the last second, and how often each line stood in it.

    `head` is the beginning of the log, by which copies of it are known; `path` is its name without `.gz`.
    """

    host: str
    path: str
    head: bytes
    second: int
    counts: dict[str, int]


def same_log(path: str, head: bytes, other_path: str, other_head: bytes) -> bool:
    """Whether one is a copy (or an older state) of the other: they begin alike, for long enough to mean it."""
    shared = min(len(head), len(other_head))
    if head[:shared] != other_head[:shared]:
        return False
    return shared >= _COPY_BYTES or (head == other_head and stem(path) == stem(other_path))


def stem(path: str) -> str:
    """The path without `.gz`."""
    return path.removesuffix(".gz")


class Ordinals:
    """Counts identical lines of one log."""

    def __init__(self, path: str, head: bytes, endings: Sequence[Ending]) -> None:
        self._path = stem(path)
        self._head = head
        self._endings = [e for e in endings if not same_log(path, head, e.path, e.head)]
        self._seconds: dict[str, dict[int, dict[str, int]]] = {}
        self._latest: tuple[str, int] = ("", -1)
        self._counts: dict[str, int] = {}

    def next(self, host: str, second: int, line: str) -> int:
        """The ordinal of this line, 0 for the first of its kind."""
        if self._latest != (host, second):
            self._latest = (host, second)
            self._counts = self._counts_of(host, second)
        ordinal = self._counts.get(line, 0)
        self._counts[line] = ordinal + 1
        return ordinal

    def _counts_of(self, host: str, second: int) -> dict[str, int]:
        seconds = self._seconds.get(host)
        if seconds is None:
            seconds = self._seconds[host] = {second: self._carried_on(host, second)}
        counts = seconds.get(second)
        if counts is None:
            counts = seconds[second] = {}
            if len(seconds) > _SECONDS_KEPT:
                del seconds[next(iter(seconds))]
        return counts

    def _carried_on(self, host: str, second: int) -> dict[str, int]:
        counts: dict[str, int] = {}
        for ending in self._endings:
            if ending.host == host and ending.second == second:
                for line, count in ending.counts.items():
                    counts[line] = max(count, counts.get(line, 0))
        return counts

    def endings(self) -> list[Ending]:
        """Where this log ended, for the logs that may carry it on."""
        return [
            Ending(host, self._path, self._head, max(seconds), seconds[max(seconds)])
            for host, seconds in self._seconds.items()
        ]
