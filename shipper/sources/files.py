"""Finds the logs that paths name, and looks at how each begins."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

import msgspec

from shipper.errors import InputError
from shipper.model import LogLine
from shipper.sources.folders import as_text, log_entries
from shipper.sources.unpack import Readable, Report, read_lines

STANDARD_INPUT = "-"
HEAD_BYTES = 1024


class LogFile(msgspec.Struct, frozen=True):
    """One log to read. `place` is its path as given (`-`: standard input), `size` its bytes on disk (0 when unknown).

    `is_stream`: it can be read only once (standard input, a pipe). `head` is the beginning of its unpacked bytes: two
    files with the same beginning are one log, whatever their names.
    """

    place: str
    size: int = 0
    head: bytes = b""
    is_stream: bool = False

    @property
    def path(self) -> str:
        """The path as text that can be printed and stored: bytes that are no UTF-8 are escaped."""
        return as_text(self.place)

    def lines(self, report: Report, on_bytes: Callable[[int], None] | None = None) -> Iterator[LogLine]:
        """All lines from the start. Damage goes to `report` as one line that names the file."""
        path = self.path
        with _opened(self.place) as stream:
            source: Readable = _Counted(stream, on_bytes) if on_bytes else stream
            try:
                yield from read_lines(source, path, lambda what: report(f"{path}: {what}"))
            except OSError as error:
                report(f"{path}: {error.strerror or error}: what was readable is kept")


class _Counted:
    """A stream that tells how many packed bytes were read, for the progress bar."""

    def __init__(self, stream: BinaryIO, on_bytes: Callable[[int], None]) -> None:
        self._stream = stream
        self._on_bytes = on_bytes

    def read(self, size: int, /) -> bytes:
        data = self._stream.read(size)
        self._on_bytes(len(data))
        return data


@contextmanager
def _opened(place: str) -> Iterator[BinaryIO]:
    if place == STANDARD_INPUT:
        yield sys.stdin.buffer
        return
    with ExitStack() as stack:
        try:
            stream = stack.enter_context(Path(place).open("rb"))
        except OSError as error:
            what = f"cannot read {as_text(place)}: {error.strerror}"
            raise InputError(what, advice="check the path and its permissions") from error
        yield stream


def find_logs(paths: Iterable[str]) -> list[LogFile]:
    """The logs under the given paths, each once; folders are searched recursively for names that look like logs.

    Raises InputError for a missing path and for a folder without logs.
    """
    found: dict[Path, LogFile] = {}
    for path in paths:
        for log in _logs_at(path):
            found.setdefault(Path(log.place) if log.place == STANDARD_INPUT else Path(log.place).resolve(), log)
    return list(found.values())


def _logs_at(path: str) -> Iterator[LogFile]:
    if path == STANDARD_INPUT:
        yield LogFile(path, is_stream=True)
        return
    place = Path(path)
    if not place.exists():
        raise InputError(f"no such file or folder: {as_text(path)}", advice="check the path")
    if not place.is_dir():
        yield LogFile(path, _size(place), is_stream=not place.is_file())
        return
    logs = sorted(Path(entry.path) for entry in log_entries(path, lambda error: None) if entry.is_file())
    if not logs:
        raise InputError(
            f"no logs in the folder {as_text(path)}", advice="logs are named smtp*, *.log, *.log.* or *.gz"
        )
    yield from (LogFile(str(file), _size(file)) for file in logs)


def _size(file: Path) -> int:
    status = file.stat()
    return status.st_size if file.is_file() else 0
