"""A run of whole lines of a followed log, which a reader takes like a log of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec

from shipper.model import Checkpoint, LogLine
from shipper.sources.unpack import Report, split_lines


class Piece(msgspec.Struct, frozen=True):
    """What a log gives in one round.

    `path` is where the log is now, `head` how its unpacked bytes begin (as many as are known, at most 1024), `offset`
    the place of the first byte of `data` in all its unpacked bytes. `data` are whole lines; the last lacks its end only
    when the log is over and ends so, or when the line is longer than 16 MB and goes on in the next piece. `checkpoint`
    is how far the log was taken before this piece. `is_live`: the log may still grow.
    """

    path: str
    head: bytes
    offset: int
    data: bytes
    checkpoint: Checkpoint
    is_live: bool

    @property
    def size(self) -> int:
        """Its bytes."""
        return len(self.data)

    @property
    def is_stream(self) -> bool:
        """It can be read as often as wanted."""
        return False

    def lines(self, report: Report, on_bytes: Callable[[int], None] | None = None) -> Iterator[LogLine]:
        """Its lines, with their places in the whole log. There is nothing that `report` would be told of."""
        if on_bytes is not None:
            on_bytes(len(self.data))
        return split_lines((self.data,), self.path, self.offset)
