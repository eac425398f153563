"""Several streams in time order, each opened only when its time has come."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from typing import Generic, Protocol, TypeVar

T = TypeVar("T", covariant=True)


class Stream(Protocol, Generic[T]):
    """A log whose items come nearly in time order. `begins` is the UTC second of its first item."""

    @property
    def begins(self) -> float: ...

    def items(self) -> Iterator[tuple[int, T]]:
        """(UTC second, item) in file order."""
        ...


def merge(streams: Sequence[Stream[T]]) -> Iterator[tuple[Stream[T], T]]:
    """Items of all streams by time; within a stream the file order stands, whatever its clock does.

    Of two streams at the same second, the one that begins earlier (then: that was named earlier) goes first.
    """
    if len(streams) == 1:
        yield from ((streams[0], item) for _, item in streams[0].items())
        return
    waiting = sorted(streams, key=lambda stream: stream.begins)
    waiting.reverse()
    running: list[tuple[float, int, Iterator[tuple[int, T]], T, Stream[T]]] = []
    number = 0
    while waiting or running:
        while waiting and (not running or waiting[-1].begins < running[0][0]):
            stream = waiting.pop()
            _push(running, number, stream.items(), stream)
            number += 1
        if running:
            yield from _run(running, waiting[-1].begins if waiting else float("inf"))


def _push(
    running: list[tuple[float, int, Iterator[tuple[int, T]], T, Stream[T]]],
    number: int,
    items: Iterator[tuple[int, T]],
    stream: Stream[T],
) -> None:
    first = next(items, None)
    if first is not None:
        heapq.heappush(running, (first[0], number, items, first[1], stream))


def _run(
    running: list[tuple[float, int, Iterator[tuple[int, T]], T, Stream[T]]], until: float
) -> Iterator[tuple[Stream[T], T]]:
    """Gives items up to the second in which the next waiting stream begins."""
    while running and running[0][0] <= until:
        time, number, items, item, stream = heapq.heappop(running)
        other = running[0][0] if running else float("inf")
        while True:
            yield stream, item
            following = next(items, None)
            if following is None:
                break
            time, item = following
            if time > until or time > other or (time == other and running[0][1] < number):
                heapq.heappush(running, (time, number, items, item, stream))
                break
