"""What a follower finds, in which order and how much of it, and what it says."""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from shipper.errors import InputError
from shipper.model import Checkpoint
from shipper.sources.follow import scan
from shipper.sources.follow.buffer import LONGEST_LINE
from shipper.sources.follow.follower import Follower, Lag
from shipper.sources.follow.piece import Piece
from tests.sources.follow.logs import CONTENT, append, line, write
from tests.sources.follow.reader import Reader


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "smtp.log"


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    return Reader(tmp_path)


# Growing


def test_lines_come_once_they_are_whole(log: Path, reader: Reader) -> None:
    log.write_bytes(b"one\r\n\ntw")
    assert reader.data() == [b"one\r\n\n"]
    assert reader.data() == []
    append(log, b"o")
    assert reader.data() == []
    write(log, b"", b"three")
    assert reader.data() == [b"two\nthree\n"]
    assert reader.notices == []


def test_a_piece_and_its_checkpoint(log: Path, reader: Reader) -> None:
    first, head = write(log, line(1, 1)), line(1, 1) + b"\n"
    inode, device = log.stat().st_ino, log.stat().st_dev
    (piece,) = reader.follower.poll(reader.now, 100)
    none = Checkpoint(head, str(log), device, inode)
    assert piece == Piece(str(log), head, 0, first, none, is_live=True)
    reader.follower.advance(piece, len(first), 1, 1000, 1001)
    taken = Checkpoint(head, str(log), device, inode, len(first), 1, 1000, 1001, reader.now)
    assert reader.follower.checkpoints() == ([taken], [])
    assert reader.follower.checkpoints() == ([], [])
    second = write(log, line(1, 2), line(1, 3))
    (piece,) = reader.follower.poll(reader.now + 1, 100)
    assert piece == Piece(str(log), first + second, len(first), second, piece.checkpoint, is_live=True)
    assert (piece.checkpoint.offset, piece.checkpoint.lines, piece.size) == (len(first), 1, len(second))
    reader.follower.advance(piece, len(second), 2, 1002, 1003)
    (after,), replaced = reader.follower.checkpoints()
    assert after == Checkpoint(
        first + second, str(log), device, inode, len(first + second), 3, 1000, 1003, reader.now + 1
    )
    assert replaced == [head]


def test_what_is_not_advanced_is_given_again(log: Path, reader: Reader) -> None:
    one, two = write(log, line(1, 1)), write(log, line(1, 2))
    follower = reader.follower
    for _ in range(2):
        (piece,) = follower.poll(reader.now, 1000)
        assert piece.data == one + two
    follower.advance(piece, len(one), 1, None, None)
    (piece,) = follower.poll(reader.now, 1000)
    assert (piece.offset, piece.data) == (len(one), two)
    follower.advance(piece, 0, 0, None, None)
    three = write(log, line(1, 3))
    (piece,) = follower.poll(reader.now, 1000)
    assert (piece.offset, piece.data) == (len(one), two + three)


def test_a_restart_goes_on_where_it_was_stored(log: Path, reader: Reader) -> None:
    write(log, line(1, 1))
    reader.poll()
    write(log, line(1, 2))
    (piece,) = reader.follower.poll(reader.now, 1000)
    reader.follower.advance(piece, len(piece.data), 1, None, None)
    reader.restart()
    assert reader.data() == [piece.data]


# What is found


def test_a_file_and_a_folder_that_appear_later(tmp_path: Path) -> None:
    folder, file = tmp_path / "later" / "logs", tmp_path / "smtp.log"
    reader = Reader(folder, file)
    assert reader.data() == []
    assert reader.notices == [
        f"{path}: no such file or folder; it is read as soon as it is there" for path in (folder, file)
    ]
    assert reader.data() == []
    write(file, line(2, 1))
    assert reader.data() == [line(2, 1) + b"\n"]
    folder.mkdir(parents=True)
    assert reader.data() == []
    (folder / "deep").mkdir()
    write(folder / "deep" / "smtp.log", line(3, 1))
    write(folder / "deep" / "notes.txt", line(4, 1))
    assert reader.data() == [line(3, 1) + b"\n"]
    assert len(reader.notices) == 2


def test_a_folder_that_vanishes_and_comes_back(tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    write(folder / "smtp.log", line(1, 1))
    reader = Reader(folder)
    reader.poll()
    folder.rename(tmp_path / "away")
    for _ in range(4):
        reader.wait(2000)
        assert reader.data() == []
    assert reader.notices == [f"{folder}: no such file or folder; it is read as soon as it is there"]
    assert [one.is_over for one in reader.kept.values()] == [False]
    (tmp_path / "away").rename(folder)
    write(folder / "smtp.log", line(1, 2))
    assert reader.data() == [line(1, 2) + b"\n"]


def test_one_file_by_several_names_is_one_log(tmp_path: Path, log: Path) -> None:
    write(log, line(1, 1))
    (tmp_path / "smtp-a.log").symlink_to(log)
    os.link(log, tmp_path / "smtp-b.log")
    (tmp_path / "smtp-nothing.log").symlink_to(tmp_path / "nowhere")
    reader = Reader(log, tmp_path, f"{tmp_path}/../{tmp_path.name}/smtp.log")
    assert [piece.data for piece in reader.poll()] == [line(1, 1) + b"\n"]
    os.link(log, tmp_path / "smtp.log.9")
    log.unlink()
    write(tmp_path / "smtp.log.9", line(1, 2))
    assert reader.data() == [line(1, 2) + b"\n"]
    assert len(reader.kept) == 1


def test_a_copy_and_an_archive_of_a_log_are_that_log(tmp_path: Path, log: Path, reader: Reader) -> None:
    lines = [line(1, number, "x" * 100) for number in range(30)]
    data = write(log, *lines)
    (tmp_path / "a-copy.log").write_bytes(data[:1500])
    (tmp_path / "smtp.log.gz").write_bytes(gzip.compress(data))
    for _ in range(3):
        reader.poll()
        reader.wait()
    assert reader.logs == [data]
    assert len(reader.kept) == 1


def test_neither_pipes_nor_standard_input(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "smtp.log")
    reader = Reader(tmp_path / "smtp.log", tmp_path)
    assert reader.data() == reader.data() == []
    assert reader.notices == [f"{tmp_path / 'smtp.log'}: neither a file nor a folder, it cannot be followed"]
    with pytest.raises(InputError, match="standard input cannot be followed; name files or folders"):
        Follower([str(tmp_path), "-"], [], content=CONTENT, on_notice=reader.notices.append)


def test_a_name_that_is_no_text(tmp_path: Path, reader: Reader) -> None:
    name = os.fsdecode(bytes(tmp_path) + b"/smtp-\xff.log")
    Path(name).write_bytes(b"one\n")
    (piece,) = reader.poll()
    assert (piece.path, piece.data) == (f"{tmp_path}/smtp-\\xff.log", b"one\n")


# Order and amount


def test_logs_come_in_the_order_in_which_they_began(tmp_path: Path, reader: Reader) -> None:
    for number, name in ((3, "a.log"), (1, "b.log"), (2, "c.log")):
        write(tmp_path / name, line(number, 1, "x" * 50), line(number, 2))
    (tmp_path / "d.log").write_bytes(b"no time\n")
    assert [Path(piece.path).name for piece in reader.poll()] == ["b.log", "c.log", "a.log", "d.log"]
    for name in ("a.log", "b.log"):
        write(tmp_path / name, b"more")
    assert [Path(piece.path).name for piece in reader.poll()] == ["b.log", "a.log"]


def test_when_a_log_began_may_show_later(tmp_path: Path, reader: Reader) -> None:
    append(tmp_path / "a.log", b"no time\n")
    write(tmp_path / "b.log", line(5, 1))
    assert [Path(piece.path).name for piece in reader.poll()] == ["b.log", "a.log"]
    write(tmp_path / "a.log", line(1, 1))
    write(tmp_path / "b.log", line(5, 2))
    assert [Path(piece.path).name for piece in reader.poll()] == ["a.log", "b.log"]


def test_a_log_that_is_missed_while_it_is_renamed(tmp_path: Path, log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A listing may show it under neither name; it comes before those that began later all the same."""
    reader = Reader(tmp_path)
    write(log, line(1, 1))
    reader.poll()
    reader.restart()
    old = write(log, line(1, 2))
    log.rename(f"{log}.1")
    new = write(log, line(2, 1))
    listed = scan.log_entries

    def listed_in_between(folder: str, on_error: Callable[[OSError], None]) -> list[os.DirEntry[str]]:
        monkeypatch.setattr(scan, "log_entries", listed)
        return [entry for entry in listed(folder, on_error) if entry.name == "smtp.log"]

    monkeypatch.setattr(scan, "log_entries", listed_in_between)
    assert reader.data() == [old, new]


def test_a_log_that_is_replaced_between_listing_and_opening(
    tmp_path: Path, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = Reader(tmp_path)
    old = write(log, line(1, 1))
    open_file = os.open

    def open_later(path: str, *more: Any) -> int:
        monkeypatch.setattr(os, "open", open_file)
        log.rename(f"{log}.1")
        write(log, line(2, 1))
        return open_file(path, *more)

    monkeypatch.setattr(os, "open", open_later)
    reader.poll()
    reader.poll()
    assert reader.logs == [old, line(2, 1) + b"\n"]
    assert reader.notices == []


def test_each_log_is_exhausted_before_the_next_one(tmp_path: Path, reader: Reader) -> None:
    one = [line(1, number) + b"\n" for number in range(5)]
    two = [line(2, number) + b"\n" for number in range(2)]
    (tmp_path / "b.log").write_bytes(b"".join(one))
    (tmp_path / "a.log").write_bytes(b"".join(two))
    size = len(one[0])
    rounds = []
    while True:
        rounds.append((reader.data(2 * size + 5), reader.follower.has_backlog))
        if not rounds[-1][1]:
            break
    assert rounds == [
        ([one[0] + one[1]], True),
        ([one[2] + one[3]], True),
        ([one[4], two[0]], True),
        ([two[1]], False),
    ]


def test_a_line_longer_than_the_budget_comes_whole(log: Path, reader: Reader) -> None:
    long = write(log, b"x" * 700_000)
    short = write(log, b"y")
    assert reader.data(10) == [long]
    assert reader.data(10) == [short]


def test_a_line_longer_than_can_be_held_comes_in_parts(log: Path, reader: Reader) -> None:
    append(log, b"x" * (LONGEST_LINE + 300_000))
    (piece,) = reader.poll(1000)
    assert piece.data == b"x" * LONGEST_LINE
    assert reader.data() == []
    write(log, b"end")
    assert reader.data() == [b"x" * 300_000 + b"end\n"]


def test_how_far_it_is_behind(tmp_path: Path, log: Path, reader: Reader) -> None:
    write(log, line(2, 1))
    reader.poll()
    assert reader.follower.lags() == []
    packed = gzip.compress(line(1, 1) + b"\n")
    (tmp_path / "smtp.log.1.gz").write_bytes(packed)
    more = write(log, line(2, 2))
    reader.follower.poll(reader.now, 0)
    assert sorted(reader.follower.lags(), key=lambda lag: lag.path) == [
        Lag(str(log), len(more), is_packed=False, is_live=True, error=""),
        Lag(f"{log}.1.gz", len(packed), is_packed=True, is_live=False, error=""),
    ]
    reader.poll()
    assert reader.follower.lags() == []
