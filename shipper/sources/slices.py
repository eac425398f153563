"""Cuts an archive between its logs into slices that several processes can read at the same time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar


class Weighed(Protocol):
    """A log: the UTC second of its first line, and its bytes on disk."""

    @property
    def begins(self) -> float: ...

    @property
    def size(self) -> int: ...


T = TypeVar("T", bound=Weighed)

_PACKED = b"\x1f\x8b"
_GAIN = 10
"""By so much a packed log is larger when it is unpacked, about."""


def weight(size: int, head: bytes, path: str) -> int:
    """About how many unpacked bytes a log has."""
    return size * _GAIN if path.endswith(".gz") else size


def cut_into_slices(logs: Sequence[T], most: int) -> list[list[T]]:
    """Runs of logs, which are given in the order of their beginnings, of about `most` bytes together.

    Logs that begin in the same second stay together: they may be copies of each other.
    """
    slices: list[list[T]] = []
    size = 0
    for log in logs:
        if slices and (size + log.size // 2 <= most or log.begins == slices[-1][-1].begins):
            slices[-1].append(log)
        else:
            slices.append([log])
            size = 0
        size += log.size
    return slices
