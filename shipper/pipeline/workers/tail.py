"""The end of a log, from which what is open at its end can be told."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from shipper.model import LogLine
from shipper.parse.head import local_second, read_head
from shipper.sources.files import LogFile
from shipper.sources.unpack import GZIP, Report, read_chunks, split_lines

MOST_BYTES = 8_000_000
SECONDS = 1800
_STEP = 64


class Tail(msgspec.Struct, frozen=True):
    """The lines of the last half hour of a log, with their places in it; fewer where they have too many bytes."""

    log: LogFile

    @property
    def path(self) -> str:
        """That of the log."""
        return self.log.path

    @property
    def head(self) -> bytes:
        """How the log begins."""
        return self.log.head

    @property
    def is_stream(self) -> bool:
        """It can be read as often as wanted."""
        return False

    @property
    def size(self) -> int:
        """Those of the log."""
        return self.log.size

    def lines(self, report: Report, on_bytes: Callable[[int], None] | None = None) -> Iterator[LogLine]:
        """The lines. What is damaged was told when the log was read."""
        with Path(self.log.place).open("rb") as stream:
            offset = 0
            if stream.read(2) != GZIP:
                offset = max(0, self.log.size - MOST_BYTES)
            stream.seek(offset)
            chunks: deque[bytes] = deque()
            kept = 0
            for chunk in read_chunks(stream, lambda what: None):
                chunks.append(chunk)
                kept += len(chunk)
                while kept - len(chunks[0]) > MOST_BYTES:
                    dropped = len(chunks.popleft())
                    kept -= dropped
                    offset += dropped
        data = b"".join(chunks)
        begin = data.find(b"\n") + 1 if offset else 0
        begin = _last_seconds(data, begin)
        yield from split_lines((data[begin:],), self.path, offset + begin)


def _last_seconds(data: bytes, begin: int) -> int:
    """Where the last seconds begin, some lines earlier perhaps."""
    starts = [begin]
    while at := data.find(b"\n", starts[-1]) + 1:
        starts.append(at)
    ends = [*starts[1:], len(data)]
    lines = (_local(data[start:end]) for start, end in zip(reversed(starts), reversed(ends), strict=True))
    last = next((local for local in lines if local is not None), None)
    for number in range(len(starts) - 1, -1, -_STEP):
        local = _local(data[starts[number] : ends[number]])
        if last is not None and local is not None and local < last - SECONDS:
            return starts[number]
    return begin


def _local(line: bytes) -> int | None:
    """The local second, of the year 2000 where it has none."""
    head = read_head(line.rstrip(b"\r\n"))
    return None if head is None else local_second(head.year or 2000, head.stamp)
