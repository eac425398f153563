"""Reads a log's bytes, gzip recognised by its content. Damage is reported; nothing that stands before it is lost."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Protocol

from shipper.model import LogLine

CHUNK = 1 << 18
GZIP = b"\x1f\x8b"

Report = Callable[[str], None]


class Readable(Protocol):
    """Anything that gives bytes."""

    def read(self, size: int, /) -> bytes: ...


def read_chunks(stream: Readable, report: Report) -> Iterator[bytes]:
    """The unpacked bytes of a plain or gzip stream (several members too), in pieces."""
    first = stream.read(CHUNK)
    if first.startswith(GZIP):
        yield from _unpack(stream, first, report)
        return
    while first:
        yield first
        first = stream.read(CHUNK)


def _unpack(stream: Readable, data: bytes, report: Report) -> Iterator[bytes]:
    inflate = zlib.decompressobj(wbits=31)
    while data:
        before = inflate.copy()
        try:
            unpacked = inflate.decompress(data, CHUNK * 4)
        except zlib.error as error:
            yield until_damage(before, data)
            report(f"damaged gzip data ({error}): what was readable before it is kept, the rest is lost")
            return
        if unpacked:
            yield unpacked
        if not inflate.eof:
            data = inflate.unconsumed_tail or stream.read(CHUNK)
            continue
        data = inflate.unused_data.lstrip(b"\0") or stream.read(CHUNK).lstrip(b"\0")
        if not data:
            return
        if not data.startswith(GZIP[: len(data)]):
            report("bytes after the end of the gzip data are left out")
            return
        inflate = zlib.decompressobj(wbits=31)
    report("the gzip data ends early (truncated): what was readable is kept")


def until_damage(inflate: zlib._Decompress, data: bytes) -> bytes:
    """What the bytes before the damage unpack to."""
    pieces = []
    with suppress(zlib.error):
        for at in range(len(data)):
            pieces.append(inflate.decompress(data[at : at + 1]))
    return b"".join(pieces)


def read_lines(stream: Readable, source: str, report: Report) -> Iterator[LogLine]:
    """Lines without their ends (`\\n` or `\\r\\n`), with their offsets in the unpacked bytes.

    A last line that has no end is given with `ended=False`.
    """
    return split_lines(read_chunks(stream, report), source)


def split_lines(chunks: Iterable[bytes], source: str, offset: int = 0) -> Iterator[LogLine]:
    """The lines of unpacked bytes; `offset` is the place of the first of them."""
    rest: list[bytes] = []
    for chunk in chunks:
        *ended, last = chunk.split(b"\n")
        if ended:
            if rest:
                ended[0] = b"".join((*rest, ended[0]))
                rest = []
            for data in ended:
                yield LogLine(data.removesuffix(b"\r"), source, offset)
                offset += len(data) + 1
        if last:
            rest.append(last)
    if rest:
        yield LogLine(b"".join(rest), source, offset, ended=False)
