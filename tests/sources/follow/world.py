"""A folder in which logs are written, rotated, packed and deleted, one system call at a time; it knows every byte."""

from __future__ import annotations

import gzip
import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.sources.follow.logs import line

Steps = Iterator[None]
"""A procedure that stops after each of its system calls."""

_TELLING = 16


class World:
    """`written[n]` are all bytes of the n-th log; `is_busy`: its writer must wait, as bytes would be lost to a copy."""

    def __init__(self, folder: Path, rng: random.Random) -> None:
        self.folder = folder
        self.rng = rng
        self.written: list[bytes] = []
        self.is_busy = False
        self.path = folder / "smtp.log"
        self._number = 0
        self._descriptor = -1
        self._unfinished = b""
        self._archives: list[tuple[Path, int]] = []

    @property
    def log(self) -> int:
        """The log that is written to."""
        return len(self.written) - 1

    # The writer

    def begin(self) -> None:
        """A new file at the place of the log."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_EXCL, 0o600)
        self._begin_log()

    def _begin_log(self) -> None:
        self.written.append(b"")
        self._number = 0
        if len(self._unfinished) < _TELLING or self.rng.random() < 0.3:
            self._unfinished = b""

    def append(self) -> None:
        """Some lines, the first of which may finish one, the last of which may be unfinished."""
        data, self._unfinished = self._unfinished, b""
        for _ in range(self.rng.choice((0, 1, 1, 2, 5, 30))):
            data += self._line()
        if self.rng.random() < 0.4:
            whole = self._line()
            cut = self.rng.randrange(1, len(whole))
            data, self._unfinished = data + whole[:cut], whole[cut:]
        os.write(self._descriptor, data)
        self.written[self.log] += data

    def _line(self) -> bytes:
        self._number += 1
        end = self.rng.choice((b"\n", b"\n", b"\n", b"\r\n"))
        empty = b"\n" * (self._number > 1 and self.rng.random() < 0.1)
        text = f"{self.rng.getrandbits(4 * self.rng.choice((1, 10, 100, 400))):x}"
        return line(self.log, self._number, text) + end + empty

    # Rotation

    def _place(self, number: int, is_packed: bool) -> Path:
        return self.folder / f"smtp.log.{number}{'.gz' * is_packed}"

    def rename(self) -> Steps:
        """The writer goes on in the renamed file until it is told."""
        yield from self._shift()
        self.path.rename(self._place(1, False))
        self._archives.append((self._place(1, False), self.log))
        yield
        for _ in range(self.rng.choice((0, 0, 1, 2))):
            self.append()
            yield
        self.begin()
        yield

    def _shift(self) -> Steps:
        """`smtp.log.2` becomes `smtp.log.3` and so on, the oldest first."""
        count = len(self._archives)
        for at in range(count):
            path, log = self._archives[at]
            moved = self._place(count - at + 1, path.suffix == ".gz")
            if path != moved:
                path.rename(moved)
                self._archives[at] = (moved, log)
                yield

    def copy_and_truncate(self) -> Steps:
        """The writer keeps its file, which is emptied after it was copied."""
        yield from self._shift()
        self.is_busy = True
        copy = self._place(1, False)
        data = self.path.read_bytes()
        cut = self.rng.randrange(len(data) + 1)
        with copy.open("wb", buffering=0) as file:
            self._archives.append((copy, self.log))
            yield
            file.write(data[:cut])
            yield
            file.write(data[cut:])
            yield
        os.truncate(self.path, 0)
        self._begin_log()
        self.is_busy = False
        yield

    def pack(self) -> Steps:
        """gzip of one archive."""
        plain = [at for at, (path, _) in enumerate(self._archives) if path.suffix != ".gz"]
        if not plain:
            return
        at = self.rng.choice(plain)
        path, log = self._archives[at]
        packed = path.with_name(path.name + ".gz")
        data = gzip.compress(path.read_bytes())
        cut = self.rng.randrange(len(data) + 1)
        status = path.stat()
        with packed.open("wb", buffering=0) as file:
            yield
            file.write(data[:cut])
            yield
            file.write(data[cut:])
            yield
        os.utime(packed, ns=(status.st_atime_ns, status.st_mtime_ns))
        yield
        path.unlink()
        self._archives[at] = (packed, log)
        yield

    def delete(self, may_go: Callable[[int], bool]) -> Steps:
        """The oldest archive goes, and others move up."""
        if self._archives and may_go(self._archives[0][1]):
            path, _ = self._archives.pop(0)
            path.unlink()
            yield

    def end(self) -> None:
        """The writer ends."""
        os.close(self._descriptor)
