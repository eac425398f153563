"""Bytes of a log: gzip recognised by content, damage said in one line, nothing before it lost."""

from __future__ import annotations

import gzip
import io
import zlib
from random import Random

import pytest

from shipper.sources.unpack import CHUNK, read_lines

LINES = [f"line {number} {Random(number).getrandbits(200):x}".encode() for number in range(20_000)]
TEXT = b"".join(line + b"\n" for line in LINES)
PACKED = gzip.compress(TEXT, mtime=0)


def read(data: bytes) -> tuple[list[bytes], list[str]]:
    reports: list[str] = []
    lines = list(read_lines(io.BytesIO(data), "smtp.log", reports.append))
    for line in lines:
        assert line.source == "smtp.log"
    return [line.data for line in lines], reports


@pytest.mark.parametrize(
    "data",
    [TEXT, PACKED, gzip.compress(TEXT[:777]) + gzip.compress(TEXT[777:]), PACKED + b"\0" * 1000,
     gzip.compress(b"") + PACKED + gzip.compress(b"")],
    ids=["plain", "gz", "two members", "padding", "empty members"],
)  # fmt: skip
def test_whole(data: bytes) -> None:
    assert read(data) == (LINES, [])


@pytest.mark.parametrize("data", [b"", gzip.compress(b"")], ids=["zero bytes", "empty gz"])
def test_empty(data: bytes) -> None:
    assert read(data) == ([], [])


@pytest.mark.parametrize("share", [0.3, 0.9, 0.9999])
def test_truncated_gz_keeps_what_was_readable(share: float) -> None:
    lines, reports = read(PACKED[: int(len(PACKED) * share)])
    assert len(reports) == 1
    assert "truncated" in reports[0]
    assert lines[:-1] == LINES[: len(lines) - 1]
    assert LINES[len(lines) - 1].startswith(lines[-1])
    assert len(lines) > len(LINES) * share * 0.8


@pytest.mark.parametrize("length", [1, 2, 5, 10])
def test_a_gz_cut_in_its_header(length: int) -> None:
    lines, reports = read(PACKED[:length])
    assert (len(lines), len(reports)) == ((1, 0) if length == 1 else (0, 1))


def test_corrupt_gz_keeps_what_was_before() -> None:
    middle = len(PACKED) // 2
    lines, reports = read(PACKED[:middle] + b"\xff" * 200 + PACKED[middle + 200 :])
    assert len(reports) == 1
    assert "damaged" in reports[0]
    assert lines[: len(LINES) // 3] == LINES[: len(LINES) // 3]


def test_a_small_corrupt_gz_keeps_what_was_before() -> None:
    packed = gzip.compress(TEXT[:100_000], mtime=0)
    middle = len(packed) // 2
    lines, reports = read(packed[:middle] + b"\xff" * 200 + packed[middle + 200 :])
    assert len(reports) == 1
    assert len(lines) > 500
    assert lines[:500] == LINES[:500]


def test_a_wrong_checksum_is_damage_but_loses_nothing() -> None:
    lines, reports = read(PACKED[:-8] + b"\0" * 8)
    assert lines == LINES
    assert len(reports) == 1


def test_bytes_after_the_end_are_said() -> None:
    lines, reports = read(PACKED + b"trailing garbage")
    assert lines == LINES
    assert len(reports) == 1
    assert "after the end" in reports[0]


def test_a_plain_file_that_only_begins_like_gz() -> None:
    lines, reports = read(b"\x1f\x8bnot gzip at all\n")
    assert lines == []
    assert len(reports) == 1


def test_raw_deflate_is_a_plain_file() -> None:
    data = zlib.compress(b"x" * 100)
    assert b"\n".join(read(data)[0]) == data.removesuffix(b"\n")


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (b"a\nb\n", [(b"a", 0, True), (b"b", 2, True)]),
        (b"a\nb", [(b"a", 0, True), (b"b", 2, False)]),
        (b"a\r\nb\r\n", [(b"a", 0, True), (b"b", 3, True)]),
        (b"\n\na\n", [(b"", 0, True), (b"", 1, True), (b"a", 2, True)]),
        (b"a\0b\x85\x0b\x0c\x1c\xe2\x80\xa8c\n", [(b"a\0b\x85\x0b\x0c\x1c\xe2\x80\xa8c", 0, True)]),
        (b"a\rb\n", [(b"a\rb", 0, True)]),
    ],
)
def test_line_ends_and_offsets(data: bytes, lines: list[tuple[bytes, int, bool]]) -> None:
    found = list(read_lines(io.BytesIO(data), "x", lambda what: None))
    assert [(line.data, line.offset, line.ended) for line in found] == lines


@pytest.mark.parametrize("length", [CHUNK - 1, CHUNK, CHUNK + 1, 5 * CHUNK])
def test_lines_longer_than_a_chunk(length: int) -> None:
    data = b"x" * length + b"\ny\n"
    assert read(data) == ([b"x" * length, b"y"], [])
    assert read(gzip.compress(data)) == ([b"x" * length, b"y"], [])


def test_a_stream_that_gives_little_at_a_time() -> None:
    class Trickle(io.RawIOBase):
        def __init__(self, data: bytes) -> None:
            self._inner = io.BytesIO(data)

        def read(self, size: int = -1, /) -> bytes:
            return self._inner.read(min(size, 7))

    for data in (TEXT[:5000], gzip.compress(TEXT[:5000])):
        lines = [line.data for line in read_lines(Trickle(data), "x", pytest.fail)]
        assert b"\n".join(lines) == TEXT[:5000].removesuffix(b"\n")
