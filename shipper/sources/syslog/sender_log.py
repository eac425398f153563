"""One sender's log: whole lines appended to a file that is ended by size and age, and then never touched again."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec

FILES = "smtp-*.log"
_NAME = "smtp-%Y-%m-%dT%H-%M-%S.%fZ.log"


class Rotation(msgspec.Struct, frozen=True):
    """When a file is ended: at `most_bytes`, and `seconds` after it was begun."""

    most_bytes: int
    seconds: float


def begun_at(path: Path) -> float | None:
    """The Unix second in the name of a spool file; None for a file that is none."""
    try:
        return datetime.strptime(path.name, _NAME).replace(tzinfo=UTC).timestamp()
    except ValueError:
        return None


class SenderLog:
    """Appends to the newest file in `folder`; each process begins files of its own.

    A write that fails changes nothing but `error`, the system's words for it. Where only a piece of a line could be
    written, the rest of that line is kept and goes first as soon as there is room, so that files hold whole lines.
    """

    def __init__(self, folder: Path, rotation: Rotation, now: Callable[[], float]) -> None:
        self.error = ""
        self.path: Path | None = None
        self._folder = folder
        self._rotation = rotation
        self._now = now
        self._file = -1
        self._size = 0
        self._newest = max((begun_at(path) or 0.0 for path in folder.glob(FILES)), default=0.0)
        self._begun = 0.0
        self._rest = b""
        self._is_synced = True

    @property
    def is_idle(self) -> bool:
        """Whether it holds nothing that another of its kind could not take up."""
        return self.path is None and not self._rest

    def append(self, lines: Sequence[bytes]) -> int:
        """Writes lines (without their ends) and returns how many of them were taken, from the first on."""
        data = b"".join([line + b"\n" for line in lines])
        try:
            self.finish_line()
            self.end_if_due(len(data))
            if self.path is None:
                self._begin()
        except OSError as error:
            self.error = error.strerror or str(error)
            return 0
        written = self._write(data)
        if written == len(data):
            return len(lines)
        end = taken = 0
        while end < written:
            end += len(lines[taken]) + 1
            taken += 1
        self._rest = data[written:end]
        return taken

    def finish_line(self) -> None:
        """Writes what is left of a line that was only begun. Raises OSError while there is no room for it."""
        if self._rest:
            self._rest = self._rest[self._write(self._rest) :]
        if self._rest:
            raise OSError(self.error)

    def end_if_due(self, more: int = 0) -> None:
        """Ends a file that is old enough, would grow too large by `more` bytes, or was deleted. Raises OSError."""
        if self.path is None or self._rest:
            return
        is_full = self._size > 0 and self._size + more > self._rotation.most_bytes
        is_old = abs(self._now() - self._begun) >= self._rotation.seconds
        if is_full or is_old or os.fstat(self._file).st_nlink == 0:
            self.end()

    def end(self) -> None:
        """Makes what was written last, and closes the file. Raises OSError where the disk cannot keep it."""
        if self.path is None:
            return
        self.path = None
        try:
            if not self._is_synced:
                os.fsync(self._file)
        finally:
            os.close(self._file)
            self._is_synced = True

    def unsynced(self) -> int | None:
        """A new descriptor of the file (the caller closes it), if something was written since this was asked last."""
        if self._is_synced:
            return None
        self._is_synced = True
        return os.dup(self._file)

    def _begin(self) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._begun = self._now()
        self._newest = max(self._begun, self._newest + 1e-5)
        path = self._folder / datetime.fromtimestamp(self._newest, UTC).strftime(_NAME)
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        self._file = os.open(path, flags, 0o600)
        self.path = path
        self._size = 0
        _sync_folder(self._folder)

    def _write(self, data: bytes) -> int:
        """How many bytes the disk took."""
        written = 0
        try:
            while written < len(data):
                written += os.write(self._file, data[written:])
        except OSError as error:
            self.error = error.strerror or str(error)
        if written:
            self._size += written
            self._is_synced = False
        return written


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
