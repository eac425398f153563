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
from shipper.sources.folders import log_entries
from shipper.sources.unpack import Readable, Report, read_lines

STANDARD_INPUT = "-"
HEAD_BYTES = 1024


class LogFile(msgspec.Struct, frozen=True):
    """One log to read. `path` is as given (`-` for standard input), `size` its bytes on disk (0 when unknown).

    `is_stream`: it can be read only once (standard input, a pipe). `head` is the beginning of its unpacked bytes: two
    files with the same beginning are one log, whatever their names.
    """

    path: str
    size: int = 0
    head: bytes = b""
    is_stream: bool = False

    def lines(self, report: Report, on_bytes: Callable[[int], None] | None = None) -> Iterator[LogLine]:
        """All lines from the start. Damage goes to `report` as one line that names the file."""
        with _opened(self.path) as stream:
            source: Readable = _Counted(stream, on_bytes) if on_bytes else stream
            try:
                yield from read_lines(source, self.path, lambda what: report(f"{self.path}: {what}"))
            except OSError as error:
                report(f"{self.path}: {error.strerror or error}: what was readable is kept")


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
def _opened(path: str) -> Iterator[BinaryIO]:
    if path == STANDARD_INPUT:
        yield sys.stdin.buffer
        return
    with ExitStack() as stack:
        try:
            stream = stack.enter_context(Path(path).open("rb"))
        except OSError as error:
            what = f"cannot read {path}: {error.strerror}"
            raise InputError(what, advice="check the path and its permissions") from error
        yield stream


def find_logs(paths: Iterable[str]) -> list[LogFile]:
    """The logs under the given paths, each once; folders are searched recursively for names that look like logs.

    Raises InputError for a missing path and for a folder without logs.
    """
    found: dict[Path, LogFile] = {}
    for path in paths:
        for log in _logs_at(path):
            found.setdefault(Path(log.path).resolve() if log.path != STANDARD_INPUT else Path(log.path), log)
    return list(found.values())


def _logs_at(path: str) -> Iterator[LogFile]:
    if path == STANDARD_INPUT:
        yield LogFile(path, is_stream=True)
        return
    place = Path(path)
    if not place.exists():
        raise InputError(f"no such file or folder: {path}", advice="check the path")
    if not place.is_dir():
        yield LogFile(path, _size(place), is_stream=not place.is_file())
        return
    logs = sorted(Path(entry.path) for entry in log_entries(path, lambda error: None) if entry.is_file())
    if not logs:
        raise InputError(f"no logs in the folder {path}", advice="logs are named smtp*, *.log, *.log.* or *.gz")
    yield from (LogFile(str(file), _size(file)) for file in logs)


def _size(file: Path) -> int:
    status = file.stat()
    return status.st_size if file.is_file() else 0
