"""The unfinished last line of a log: kept back while it may go on, then given with the log that goes on with it."""

from __future__ import annotations

import gzip
import os
import time
from pathlib import Path

import pytest

from tests.sources.follow.logs import append, line, write
from tests.sources.follow.reader import Reader

WHOLE = line(1, 2, "a line that is cut in two")
BEGINNING, END = WHOLE[:30], WHOLE[30:]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "smtp.log"


@pytest.fixture
def reader(tmp_path: Path, log: Path) -> Reader:
    """Has read the first line of a log, which ends within the next one."""
    reader = Reader(tmp_path)
    write(log, line(1, 1))
    append(log, BEGINNING)
    assert reader.data() == [line(1, 1) + b"\n"]
    return reader


def rotate(log: Path) -> None:
    log.rename(f"{log}.1")


def wait(reader: Reader, seconds: float) -> None:
    """In small steps, as a program that runs all the time."""
    until = reader.now + seconds
    while reader.now < until:
        reader.wait(4)
        assert reader.data() == []


def test_a_live_log_may_go_on_for_long(log: Path, reader: Reader) -> None:
    wait(reader, 3000)
    write(log, END)
    assert reader.data() == [WHOLE + b"\n"]


def test_with_the_log_that_goes_on_with_it(log: Path, reader: Reader) -> None:
    rotate(log)
    wait(reader, 8)
    append(log, END)
    wait(reader, 8)
    append(log, b"\n")
    assert reader.data() == [BEGINNING, END + b"\n"]


def test_with_that_log_even_when_there_is_no_room(tmp_path: Path, log: Path, reader: Reader) -> None:
    rotate(log)
    write(tmp_path / "other.log", line(2, 1), line(2, 2))
    write(log, END, line(3, 1))
    assert reader.data(1) == [BEGINNING, END + b"\n"]
    assert reader.data(1) == [line(2, 1) + b"\n"]


def test_each_log_goes_on_with_one_line(log: Path, reader: Reader) -> None:
    for number in (2, 3):
        log.rename(f"{log}.{number}")
        write(log, END, line(number, 1))
        append(log, BEGINNING)
    rotate(log)
    write(log)
    second, third = (END + b"\n" + line(number, 1) + b"\n" for number in (2, 3))
    assert reader.data() == [BEGINNING, second + BEGINNING, third]
    write(log, END, line(4, 1))
    assert reader.data() == [BEGINNING, END + b"\n" + line(4, 1) + b"\n"]


def test_in_a_log_that_is_named_when_its_old_part_is_elsewhere(tmp_path: Path, log: Path) -> None:
    reader = Reader(log)
    write(log, line(1, 1))
    append(log, BEGINNING)
    reader.poll()
    (tmp_path / "old").mkdir()
    log.rename(tmp_path / "old" / "archive.1")
    write(log, END)
    assert reader.data() == [BEGINNING, END + b"\n"]


def test_alone_when_no_log_goes_on_with_it(log: Path, reader: Reader) -> None:
    rotate(log)
    write(log, line(2, 1))
    assert reader.data() == [line(2, 1) + b"\n"]
    wait(reader, 50)
    write(log, line(2, 2))
    assert reader.data() == [line(2, 2) + b"\n"]
    reader.wait(10)
    assert reader.data() == [BEGINNING]
    append(Path(f"{log}.1"), b" after all\n")
    assert reader.data() == [b" after all\n"]


def test_it_goes_on_in_its_own_log_after_that_was_renamed(log: Path, reader: Reader) -> None:
    rotate(log)
    write(log, line(2, 1))
    reader.poll()
    write(Path(f"{log}.1"), END)
    assert reader.data() == [WHOLE + b"\n"]


def test_alone_after_it_was_deleted(log: Path, reader: Reader) -> None:
    log.unlink()
    wait(reader, 50)
    reader.wait(10)
    assert reader.data() == [BEGINNING]


def test_alone_after_it_was_truncated(log: Path, reader: Reader) -> None:
    os.truncate(log, 0)
    wait(reader, 50)
    reader.wait(10)
    assert reader.data() == [BEGINNING]


def test_across_archives_whatever_lies_between_them(tmp_path: Path) -> None:
    contents = [line(1, 1) + b"\n" + BEGINNING, line(2, 1) + b"\n", END + b"\n" + line(3, 1) + b"\n"]
    for number, content in enumerate(contents):
        (tmp_path / f"smtp-{number}.log.gz").write_bytes(gzip.compress(content))
    assert Reader(tmp_path).data() == contents


def test_at_the_end_of_an_old_archive_without_waiting(tmp_path: Path) -> None:
    packed = tmp_path / "smtp-1.log.gz"
    packed.write_bytes(gzip.compress(line(1, 1) + b"\n" + BEGINNING))
    os.utime(packed, (time.time() - 4000, time.time() - 4000))
    assert Reader(tmp_path).data() == [line(1, 1) + b"\n" + BEGINNING]


def test_in_a_log_that_is_quiet_for_an_hour(log: Path, reader: Reader) -> None:
    wait(reader, 3560)
    reader.wait(40)
    assert reader.data() == [BEGINNING]
    write(log, END)
    assert reader.data() == [END + b"\n"]


def test_a_log_of_nothing_else(tmp_path: Path, log: Path) -> None:
    reader = Reader(tmp_path)
    append(log, BEGINNING)
    wait(reader, 70)
    rotate(log)
    wait(reader, 70)
    write(log, END)
    assert reader.data() == [BEGINNING, END + b"\n"]


def test_a_log_of_nothing_else_comes_alone_after_an_hour(tmp_path: Path, log: Path) -> None:
    reader = Reader(tmp_path)
    append(log, BEGINNING)
    rotate(log)
    write(log, line(2, 1))
    assert reader.data() == [line(2, 1) + b"\n"]
    wait(reader, 3500)
    reader.wait(200)
    assert reader.data() == [BEGINNING]


def test_after_a_restart_in_between(log: Path, reader: Reader) -> None:
    rotate(log)
    reader.restart()
    wait(reader, 8)
    reader.restart()
    write(log, END)
    assert reader.data() == [BEGINNING, END + b"\n"]
