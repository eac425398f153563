"""Logs as the pipeline sees them: what lines are read from, how they begin, how far they were read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

import msgspec

from shipper.model import LogLine
from shipper.pipeline.timing import Beginning
from shipper.sources.unpack import Report


class Log(Protocol):
    """A file, a piece of one, or the end of one: what lines are read from. `size` is in bytes."""

    @property
    def path(self) -> str: ...

    @property
    def head(self) -> bytes: ...

    @property
    def size(self) -> int: ...

    @property
    def is_stream(self) -> bool: ...

    def lines(self, report: Report, on_bytes: Callable[[int], None] | None = None) -> Iterator[LogLine]:
        """All lines with their places."""
        ...


class Progress(msgspec.Struct, frozen=True):
    """What was read of one log: how many lines had a time, and the UTC seconds of its very first and this last one."""

    log: Log
    lines: int
    began: int | None
    reached: int | None


class Looked(msgspec.Struct, frozen=True):
    """A log that was looked at: its first line, when and how it begins, its rank among those of the same second.

    `fragment` is its first line where that is the rest of another log's last.
    """

    log: Log
    first: LogLine | None
    beginning: Beginning | None
    begins: float
    rank: int
    is_one_second: bool
    fragment: bytes = b""
