"""Which of several identical lines is which: a line's place among its like of the same host and second, per log.

Parts of a cut or rotated log count on where one ends and the next begins within one second; a copy of a log (plain and
packed, say) counts for itself, so that each of its lines gets the same ordinal again.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

_SECONDS_KEPT = 64
_COPY_BYTES = 256
_LAST_SECONDS = 3
_MOST_EDGES = 6000


class Edge(msgspec.Struct, frozen=True):
    """How one host's lines of a log begin or end: its first or last second, and how often each line stood in it.

    `head` is the beginning of the log, by which copies of it are known; `path` is its name without `.gz`. `base` is
    what was counted before it in other logs, so that reading the log again counts the same.
    """

    host: str
    path: str
    head: bytes
    second: int
    is_last: bool
    base: dict[str, int]
    counts: dict[str, int]


def _place(edge: Edge) -> tuple[str, str, bytes, int, bool]:
    return edge.host, edge.path, edge.head, edge.second, edge.is_last


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
    """Counts identical lines of one log. `edges` are those of all logs that were read before.

    `goes_on`: what is read now follows what was read of this very log before.
    """

    def __init__(self, path: str, head: bytes, edges: Sequence[Edge], *, goes_on: bool = False) -> None:
        self._path = stem(path)
        self._head = head
        self._edges = edges
        self._seconds: dict[str, dict[int, dict[str, int]]] = {}
        self._firsts: dict[str, Edge] = {}
        self._goes_on = goes_on
        if goes_on:
            self._take_up([edge for edge in edges if self._is_own(edge)])

    def _is_own(self, edge: Edge) -> bool:
        """Whether it is of what was read of this log before, when it may have been shorter or have had another name."""
        return self._goes_on and edge.head != b"" and self._head.startswith(edge.head)

    def _take_up(self, own: Sequence[Edge]) -> None:
        for edge in own:
            if edge.is_last:
                self._seconds.setdefault(edge.host, {})[edge.second] = dict(edge.counts)
            else:
                self._firsts[edge.host] = msgspec.structs.replace(edge, path=self._path, head=self._head)

    def next(self, host: str, second: int, line: str) -> int:
        """The ordinal of this line, 0 for the first of its kind."""
        counts = self.counts(host, second)
        ordinal = counts.get(line, 0)
        counts[line] = ordinal + 1
        return ordinal

    def counts(self, host: str, second: int) -> dict[str, int]:
        """How often each line stood in this second so far; to be counted on by the caller."""
        seconds = self._seconds.setdefault(host, {})
        counts = seconds.get(second)
        if counts is None:
            if host in self._firsts:
                counts = {}
            else:
                base = self._base(host, second)
                counts = dict(base)
                self._firsts[host] = Edge(host, self._path, self._head, second, False, base, counts)
            seconds[second] = counts
            if len(seconds) > _SECONDS_KEPT:
                del seconds[next(iter(seconds))]
        return counts

    def _base(self, host: str, second: int) -> dict[str, int]:
        """What a part that ended in the second in which this one begins had counted; the same when read again."""
        base: dict[str, int] = {}
        for edge in self._edges:
            if edge.host != host or edge.second != second:
                continue
            if same_log(self._path, self._head, edge.path, edge.head):
                return edge.base
            if edge.is_last:
                for line, count in edge.counts.items():
                    base[line] = max(count, base.get(line, 0))
        return base

    def edges(self) -> list[Edge]:
        """How this log begins and ends, for the logs that carry it on and for reading it again."""
        lasts = [
            Edge(host, self._path, self._head, second, True, self._base_of(host, second), seconds[second])
            for host, seconds in self._seconds.items()
            for second in sorted(seconds)[-_LAST_SECONDS:]
        ]
        return [*self._firsts.values(), *lasts]

    def added_to(self, edges: Sequence[Edge]) -> list[Edge]:
        """The edges of other logs with those of this one, in a bounded number."""
        return with_added([edge for edge in edges if not self._is_own(edge)], self.edges())

    def _base_of(self, host: str, second: int) -> dict[str, int]:
        first = self._firsts[host]
        return first.base if first.second == second else {}


def with_added(edges: Sequence[Edge], new: Sequence[Edge]) -> list[Edge]:
    """The edges with those that were found later, in a bounded number."""
    fresh = {_place(edge) for edge in new}
    return [*(edge for edge in edges if _place(edge) not in fresh), *new][-_MOST_EDGES:]
