"""Which log a file holds: known by how it begins, whatever its name and inode."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from tests.sources.follow.logs import append, line, write
from tests.sources.follow.reader import Reader


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "smtp.log"


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    return Reader(tmp_path)


def heads(reader: Reader) -> dict[bytes, int]:
    return {head: checkpoint.offset for head, checkpoint in reader.kept.items()}


def test_no_name_before_the_first_whole_line(log: Path, reader: Reader) -> None:
    append(log, b"half of")
    assert (reader.data(), reader.kept) == ([], {})
    append(log, b" a line\n")
    assert (reader.data(), heads(reader)) == ([b"half of a line\n"], {b"half of a line\n": 15})


def test_a_short_beginning_grows_with_the_log(log: Path, reader: Reader) -> None:
    write(log, line(1, 1))
    data = b""
    for number in range(40):
        data += b"".join(reader.data())
        assert heads(reader) == {data[:1024]: len(data)}
        write(log, line(1, number))


def test_a_long_first_line_is_known_by_its_beginning(tmp_path: Path, log: Path, reader: Reader) -> None:
    append(log, b"x" * 1500)
    assert (reader.data(), heads(reader)) == ([], {b"x" * 1024: 0})
    reader.restart()
    log.rename(tmp_path / "smtp.log.1")
    append(tmp_path / "smtp.log.1", b"y\n")
    assert reader.data() == [b"x" * 1500 + b"y\n"]


@pytest.mark.parametrize("meanwhile", ["nothing", "a look", "a restart"])
def test_the_inode_of_a_deleted_log(tmp_path: Path, log: Path, reader: Reader, meanwhile: str) -> None:
    """To whoever looks before and after, a new log has it; of thousands of logs not all are held open meanwhile."""
    old, unseen = tmp_path / "smtp.log.1", tmp_path / "unseen"
    first = write(old, line(1, 1), line(1, 2))
    reader.poll()
    reader.follower.close()
    old.rename(unseen)
    if meanwhile == "a look":
        assert reader.data() == []
    if meanwhile == "a restart":
        reader.restart()
    second = b"".join(line(2, number) + b"\n" for number in range(9))
    unseen.write_bytes(second)
    unseen.rename(log)
    reader.poll()
    assert reader.logs == [first, second]
    assert heads(reader) == {first: len(first), second[:1024]: len(second)}
    assert reader.notices == []


def test_two_logs_with_the_same_first_line(tmp_path: Path, reader: Reader) -> None:
    """While they are alike one is taken for a copy; then it is a log of its own, from its first byte."""
    same = line(1, 1) + b"\n"
    for name in ("a.log", "b.log"):
        (tmp_path / name).write_bytes(same)
    reader.poll()
    assert reader.logs == [same]
    two = write(tmp_path / "b.log", line(1, 2, "of b"))
    reader.poll()
    one = write(tmp_path / "a.log", line(1, 2, "of a"))
    reader.poll()
    assert reader.logs == [same + one, same + two]
    assert heads(reader) == {same + one: len(same + one), same + two: len(same + two)}


def test_of_two_logs_the_one_with_more_in_common_goes_on(tmp_path: Path, log: Path, reader: Reader) -> None:
    same = line(1, 1) + b"\n"
    contents = {name: same + line(1, 2, name).ljust(60) + b"\n" for name in ("a", "b")}
    for name, content in contents.items():
        (tmp_path / f"{name}.log").write_bytes(content)
    reader.poll()
    reader.follower.close()
    more = line(1, 3) + b"\n"
    for name, content in contents.items():
        (tmp_path / f"{name}.log.gz").write_bytes(gzip.compress(content + more))
    for name in contents:
        (tmp_path / f"{name}.log").unlink()
    reader.restart()
    assert reader.data() == [more, more]
    assert reader.logs == [content + more for content in contents.values()]


def test_of_two_logs_one_of_which_is_how_the_other_begins(tmp_path: Path, reader: Reader) -> None:
    append(tmp_path / "a.log", b"same\n")
    reader.poll()
    append(tmp_path / "b.log", b"same\nmore\n")
    reader.poll()
    (tmp_path / "b.log.gz").write_bytes(gzip.compress(b"same\nmore\nand more\n"))
    for name in ("a.log", "b.log"):
        (tmp_path / name).unlink()
    reader.restart()
    assert reader.data() == [b"and more\n"]


def test_empty_first_lines_are_no_name_for_long(tmp_path: Path, reader: Reader) -> None:
    contents = [b"\n" + line(number, 1) + b"\n" for number in (1, 2)]
    (tmp_path / "a.log").write_bytes(contents[0])
    reader.poll()
    append(tmp_path / "b.log", b"\n")
    assert reader.data() == []
    append(tmp_path / "b.log", contents[1][1:])
    assert reader.data() == [contents[1]]


def test_a_finished_log_is_not_gone_on_with(tmp_path: Path, log: Path, reader: Reader) -> None:
    """A short archive read to its end; another log begins with the same line."""
    archive = tmp_path / "smtp-1.log.gz"
    archive.write_bytes(gzip.compress(b"same\n"))
    reader.poll()
    reader.wait()
    reader.poll()
    (tmp_path / "keeps its inode").hardlink_to(archive)
    archive.unlink()
    reader.restart()
    append(log, b"same\nbut then not\n")
    assert reader.data() == [b"same\nbut then not\n"]


def test_half_a_line_names_only_itself(tmp_path: Path, log: Path, reader: Reader) -> None:
    append(tmp_path / "smtp-1.log", line(1, 1)[:12])
    for _ in range(2):
        reader.wait(3700)
        reader.poll()
    assert reader.logs == [line(1, 1)[:12]]
    (tmp_path / "smtp-1.log").unlink()
    reader.restart()
    data = write(log, line(1, 1))
    assert reader.data() == [data]


def test_a_copy_that_is_made_in_small_steps(tmp_path: Path, reader: Reader) -> None:
    """Looked at before the log itself was known: it is one log in the end."""
    data = b"".join(line(1, number, "x" * 30) + b"\n" for number in range(6))
    original, copy = tmp_path / "z.log", tmp_path / "a.log"
    copy.write_bytes(data[:70])
    reader.poll()
    original.write_bytes(data)
    for end in (100, 150, len(data)):
        copy.write_bytes(data[:end])
        reader.poll()
    assert reader.logs == [data[: data.find(b"\n") + 1], data]
    assert heads(reader) == {data: len(data)}


def test_a_file_that_held_a_log_still_does(tmp_path: Path, reader: Reader) -> None:
    """Another one begins like it, and is longer: it is new."""
    append(tmp_path / "b.log", b"same\n")
    reader.poll()
    reader.restart()
    own = append(tmp_path / "b.log", b"of b\n")
    other = append(tmp_path / "a.log", b"same\nof a, and longer\n")
    assert sorted(reader.data()) == [own, other]


def test_a_log_moved_to_a_name_that_is_not_made_from_its_own(tmp_path: Path, log: Path, reader: Reader) -> None:
    """That another one is at its old place tells after a restart too that it is over."""
    first = write(log, line(1, 1))
    append(log, b"rest")
    reader.poll()
    reader.restart()
    log.rename(tmp_path / "old.log")
    second = write(log, line(2, 1))
    assert reader.data() == [second]
    reader.wait()
    assert reader.data() == [b"rest"]
    assert reader.logs == [first + b"rest", second]


def test_a_state_from_before_the_log_grew(tmp_path: Path, log: Path, reader: Reader) -> None:
    write(log, line(1, 1))
    reader.poll()
    rest = write(log, *(line(1, number) for number in range(2, 60)))
    reader.follower.poll(reader.now, 1 << 20)
    log.rename(tmp_path / "smtp.log.1")
    reader.restart()
    assert reader.data() == [rest]
