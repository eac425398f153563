"""Logs that get shorter, are emptied, deleted, begin with a hole: it is said, and what is still somewhere is read."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest

from shipper.sources.follow.plain import PlainReader
from shipper.sources.unpack import CHUNK
from tests.sources.follow.logs import append, line, write
from tests.sources.follow.reader import Reader

LINES = [line(1, number, "x" * 60) for number in range(60)]
TEXT = b"".join(one + b"\n" for one in LINES)
SIZE = len(LINES[0]) + 1


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "smtp.log"


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    return Reader(tmp_path)


def test_a_log_that_is_emptied_and_grows_again(log: Path, reader: Reader) -> None:
    append(log, TEXT)
    reader.poll()
    os.truncate(log, 0)
    assert reader.data() == []
    new = write(log, line(2, 1))
    assert reader.data() == [new]
    assert reader.notices == [f"{log}: truncated, a new log begins there"]


@pytest.mark.parametrize("more", [0, 1, 100], ids=["shorter", "as long", "longer"])
def test_a_log_that_was_replaced_between_two_looks(log: Path, reader: Reader, more: int) -> None:
    append(log, TEXT)
    reader.poll()
    new = b"".join(line(2, number, "y" * 60) + b"\n" for number in range({0: 3, 1: 60, 100: 160}[more]))
    os.truncate(log, 0)
    append(log, new)
    assert reader.data() == [new]
    assert reader.notices == [f"{log}: truncated, a new log begins there"]


def test_the_unread_part_is_in_the_copy(tmp_path: Path, log: Path, reader: Reader) -> None:
    text = TEXT * 100
    append(log, text)
    (first,) = reader.data(1)
    (tmp_path / "smtp.log.1").write_bytes(text)
    os.truncate(log, 0)
    new = write(log, line(2, 1))
    assert reader.data() == [text[len(first) :], new]
    assert reader.notices == [
        f"{log}: truncated, a new log begins there; {len(text) - CHUNK} bytes of the old one were not read,"
        " and are looked for in a copy of it"
    ]


def test_no_copy_is_found(log: Path, reader: Reader) -> None:
    append(log, TEXT * 100)
    reader.poll(1)
    os.truncate(log, 0)
    reader.poll()
    for _ in range(3):
        reader.wait()
        reader.poll()
    assert reader.logs == [(TEXT * 100)[:CHUNK]]
    lost = len(TEXT) * 100 - CHUNK
    assert reader.notices == [
        f"{log}: truncated, a new log begins there; {lost} bytes of the old one were not read,"
        " and are looked for in a copy of it",
        f"{log}: gone before {lost} bytes of it were read",
    ]
    assert [one.is_over for one in reader.kept.values()] == [True]


def test_a_log_that_is_cut_back_goes_on_at_its_new_end(log: Path, reader: Reader) -> None:
    append(log, TEXT)
    reader.poll()
    os.truncate(log, 40 * SIZE + 7)
    assert reader.data() == []
    more = append(log, b" is no more\n")
    assert reader.follower.poll(reader.now, 1000)[0].data == TEXT[40 * SIZE : 40 * SIZE + 7] + more
    assert reader.notices == [f"{log}: cut back to {40 * SIZE + 7} bytes; reading goes on there"]


def test_a_hole_at_the_beginning_is_left_out(log: Path, reader: Reader) -> None:
    """A writer that does not append goes on at its old place after a truncation."""
    append(log, TEXT)
    reader.poll()
    descriptor = os.open(log, os.O_WRONLY)
    os.lseek(descriptor, len(TEXT), os.SEEK_SET)
    os.truncate(log, 0)
    new = [line(2, number) + b"\n" for number in range(3)]
    os.write(descriptor, new[0])
    (piece,) = reader.poll()
    assert (piece.offset, piece.head, piece.data) == (0, new[0], new[0])
    os.write(descriptor, new[1])
    assert reader.data() == [new[1]]
    assert reader.follower.lags() == []
    reader.restart()
    os.write(descriptor, new[2])
    os.close(descriptor)
    assert reader.data() == [new[2]]
    log.rename(f"{log}.1")
    write(log, line(3, 1))
    for _ in range(2):
        reader.wait()
        reader.poll()
    assert {one.path: one.is_over for one in reader.kept.values()}[f"{log}.1"]
    packed = gzip.compress(Path(f"{log}.1").read_bytes())
    Path(f"{log}.1").unlink()
    log.unlink()
    Path(f"{log}.1.gz").write_bytes(packed)
    reader.restart()
    assert reader.data() == []
    assert Reader(log.parent).data() == [b"".join(new)]


def test_nothing_but_a_hole(log: Path, reader: Reader) -> None:
    log.touch()
    os.truncate(log, 1 << 30)
    assert reader.data() == []
    new = write(log, line(1, 1))
    assert reader.data() == [new]
    zeros = append(Path(f"{log}.1"), b"\0" * 600_000)
    assert reader.data() == []
    new = write(Path(f"{log}.1"), line(2, 1))
    assert reader.data() == [new]
    assert len(zeros) == 600_000


def test_a_log_that_is_deleted_before_it_was_read_to_its_end(log: Path, reader: Reader) -> None:
    append(log, TEXT)
    reader.poll(SIZE)
    append(log, TEXT * 9)
    log.unlink()
    for _ in range(4):
        reader.poll()
        reader.wait()
    assert reader.logs == [TEXT * 10]
    assert reader.notices == []
    assert [one.is_over for one in reader.kept.values()] == [True]


def test_a_deleted_log_is_read_to_its_end_however_long_it_takes(log: Path, reader: Reader) -> None:
    text = TEXT * 100
    append(log, text)
    reader.poll(SIZE)
    log.unlink()
    while len(reader.logs[0]) < len(text):
        assert reader.data(CHUNK // 2) != []
        reader.wait()
    assert reader.logs == [text]
    assert reader.notices == []


def test_a_log_whose_writer_goes_on_at_a_place_that_is_not_looked_at(tmp_path: Path, log: Path) -> None:
    reader = Reader(log)
    append(log, TEXT)
    reader.poll()
    (tmp_path / "elsewhere").mkdir()
    moved = tmp_path / "elsewhere" / "old"
    log.rename(moved)
    new = write(log, line(2, 1))
    assert reader.data() == [new]
    for _ in range(8):
        reader.wait(300)
        more = write(moved, line(1, 99))
        assert reader.data() == [more]


def test_a_log_that_is_emptied_while_it_is_read(log: Path, reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the look at a file and reading from it another log took its place, and got longer."""
    append(log, TEXT)
    reader.poll()
    append(log, TEXT)
    (log.parent / "smtp.log.1").write_bytes(TEXT * 2)
    new = b"".join(line(2, number, "y" * 60) + b"\n" for number in range(200))
    read = PlainReader.read

    def read_too_late(plain: PlainReader, position: int, size: int) -> bytes:
        monkeypatch.setattr(PlainReader, "read", read)
        os.truncate(log, 0)
        append(log, new)
        return read(plain, position, size)

    monkeypatch.setattr(PlainReader, "read", read_too_late)
    assert (reader.data(), reader.follower.has_backlog) == ([], True)
    assert reader.data() == [TEXT, new]
    assert reader.logs == [TEXT * 2, new]


def test_a_log_that_is_deleted_while_others_wait(tmp_path: Path, reader: Reader) -> None:
    """Found, but not begun and not open: what it held is named."""
    for number in (1, 2):
        append(tmp_path / f"smtp-{number}.log", TEXT.replace(b"log 000001", b"log 00000%d" % number) * 20)
    reader.poll(1)
    reader.follower.close()
    (tmp_path / "smtp-2.log").unlink()
    for _ in range(4):
        reader.poll(1 << 30)
        reader.wait()
    assert reader.notices == [f"{tmp_path / 'smtp-2.log'}: gone before {20 * len(TEXT)} bytes of it were read"]


def test_a_log_that_went_while_nothing_ran(log: Path, reader: Reader) -> None:
    append(log, TEXT)
    reader.poll()
    log.unlink()
    reader.restart()
    for _ in range(4):
        reader.poll()
        reader.wait()
    said = f"{log}: not found since the last run; what was added after its byte {len(TEXT)} is not read"
    assert reader.notices == [said]
    reader.restart()
    for _ in range(4):
        reader.poll()
        reader.wait()
    assert reader.notices == [said]


def test_a_log_that_was_ended_may_go(log: Path, reader: Reader) -> None:
    append(log, TEXT)
    reader.poll()
    log.rename(f"{log}.1")
    write(log, line(2, 1))
    reader.poll()
    reader.wait()
    reader.poll()
    Path(f"{log}.1").unlink()
    reader.restart()
    for _ in range(4):
        reader.poll()
        reader.wait()
    assert reader.notices == []
