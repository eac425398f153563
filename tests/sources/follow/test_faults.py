"""Files and folders that cannot be read: said once, tried again, and in no other log's way."""

from __future__ import annotations

import errno
import gc
import gzip
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from shipper.sources.follow.plain import PlainReader
from tests.sources.follow.logs import line, write
from tests.sources.follow.reader import Reader

Fault = Callable[[Path, int], None]


@pytest.fixture
def logs(tmp_path: Path) -> list[Path]:
    """Two logs of two lines each."""
    paths = [tmp_path / "smtp-1.log", tmp_path / "smtp-2.log"]
    for number, path in enumerate(paths):
        write(path, line(number, 1), line(number, 2))
    return paths


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    return Reader(tmp_path)


class Faults:
    """Makes system calls fail: root may read everything, and no disk here is broken."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._failing: dict[tuple[str, str], int] = {}
        for name in ("open", "scandir", "pread"):
            monkeypatch.setattr(os, name, self._instead_of(name, getattr(os, name)))

    def _instead_of(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def checked(what: Any, *more: Any, **named: Any) -> Any:
            path = os.readlink(f"/proc/self/fd/{what}") if isinstance(what, int) else str(what)  # noqa: PTH115
            number = self._failing.get((name, path))
            if number is not None:
                raise OSError(number, os.strerror(number), path)
            return call(what, *more, **named)

        return checked

    def begin(self, call: str, path: Path, number: int) -> None:
        self._failing[call, str(path)] = number

    def end(self) -> None:
        self._failing.clear()


@pytest.fixture
def faults(monkeypatch: pytest.MonkeyPatch) -> Faults:
    return Faults(monkeypatch)


@pytest.mark.parametrize(
    ("call", "number", "words"),
    [("open", errno.EACCES, "Permission denied"), ("pread", errno.EIO, "Input/output error")],
)
def test_a_file_that_was_never_readable(
    logs: list[Path], reader: Reader, faults: Faults, call: str, number: int, words: str
) -> None:
    faults.begin(call, logs[0], number)
    assert reader.data() == [line(1, 1) + b"\n" + line(1, 2) + b"\n"]
    for _ in range(3):
        assert reader.data() == []
        reader.wait()
    assert reader.notices == [f"{logs[0]}: cannot be read: {words}; tried again until it can be"]
    faults.end()
    assert reader.data() == [line(0, 1) + b"\n" + line(0, 2) + b"\n"]
    faults.begin(call, logs[0], number)
    write(logs[0], line(0, 3))
    if call == "pread":
        assert reader.data() == []
        assert len(reader.notices) == 2
        faults.end()
    assert reader.data() == [line(0, 3) + b"\n"]


def test_the_error_stands_in_the_checkpoint(logs: list[Path], reader: Reader, faults: Faults) -> None:
    reader.poll()
    faults.begin("open", logs[1], errno.EACCES)
    reader.restart()
    write(logs[1], line(1, 3))
    for _ in range(3):
        assert reader.data() == []
        reader.wait()
    errors = {Path(one.path).name: (one.error, one.is_over) for one in reader.kept.values()}
    assert errors == {"smtp-1.log": ("", False), "smtp-2.log": ("Permission denied", False)}
    assert [lag.error for lag in reader.follower.lags()] == ["Permission denied"]
    faults.end()
    assert reader.data() == [line(1, 3) + b"\n"]
    assert {one.error for one in reader.kept.values()} == {""}
    assert len(reader.notices) == 1


def test_an_error_in_the_middle_of_a_log(logs: list[Path], reader: Reader, faults: Faults) -> None:
    reader.poll()
    more = write(logs[0], line(0, 3))
    reader.follower._watch.update(reader.now)
    faults.begin("pread", logs[0], errno.EIO)
    assert reader.data() == []
    faults.end()
    assert reader.data() == [more]


def test_an_error_of_an_archive(tmp_path: Path, reader: Reader, faults: Faults) -> None:
    archive = tmp_path / "smtp-1.log.gz"
    lines = b"".join(line(1, number, os.urandom(500).hex()) + b"\n" for number in range(3000))
    archive.write_bytes(gzip.compress(lines))
    reader.poll(100_000)
    faults.begin("pread", archive, errno.EIO)
    while reader.poll(1 << 20):
        pass
    assert reader.notices == [f"{archive}: cannot be read: Input/output error; tried again until it can be"]
    faults.end()
    while reader.poll(1 << 20):
        pass
    assert reader.logs == [lines]


def test_a_folder_that_cannot_be_listed(tmp_path: Path, logs: list[Path], reader: Reader, faults: Faults) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    write(inner / "smtp-3.log", line(3, 1))
    reader.poll()
    faults.begin("scandir", inner, errno.EACCES)
    more = write(logs[0], line(0, 3)), write(inner / "smtp-3.log", line(3, 2))
    assert reader.data() == list(more)
    for _ in range(4):
        reader.wait(1000)
        assert reader.data() == []
    assert reader.notices == [f"{inner}: cannot be looked into (Permission denied); tried again until it can"]
    assert [one.is_over for one in reader.kept.values()] == [False] * 3
    faults.end()
    more = (write(inner / "smtp-3.log", line(3, 3)),)
    assert reader.data() == list(more)
    faults.begin("scandir", inner, errno.EACCES)
    reader.poll()
    assert len(reader.notices) == 2


def test_an_unreadable_file_that_is_deleted(tmp_path: Path, logs: list[Path], reader: Reader, faults: Faults) -> None:
    reader.poll()
    faults.begin("open", logs[1], errno.EACCES)
    reader.restart()
    reader.poll()
    logs[1].unlink()
    for _ in range(5):
        reader.wait()
        reader.poll()
    errors = {Path(one.path).name: (one.error, one.is_over) for one in reader.kept.values()}
    assert errors == {"smtp-1.log": ("", False), "smtp-2.log": ("", True)}


def test_more_files_than_can_be_open(tmp_path: Path, reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shipper.sources.follow.watch.MOST_OPEN", 5)
    paths = [tmp_path / f"smtp-{number}.log" for number in range(20)]
    for number, path in enumerate(paths):
        write(path, line(number, 1))
    gc.collect()  # what other tests left open
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    most, head = 0, PlainReader.head

    def counted(plain: PlainReader) -> bytes:
        nonlocal most
        most = max(most, len(os.listdir("/proc/self/fd")) - before)  # noqa: PTH208
        return head(plain)

    monkeypatch.setattr(PlainReader, "head", counted)
    reader.follower.poll(reader.now, 0)
    assert most <= 6
    assert len(reader.data()) == 20
    assert len(os.listdir("/proc/self/fd")) - before <= 5  # noqa: PTH208
    for number, path in enumerate(paths):
        write(path, line(number, 2))
    assert reader.data() == [line(number, 2) + b"\n" for number in range(20)]
    reader.follower.close()
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208
