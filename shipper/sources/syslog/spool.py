"""The folder into which everything goes: one log per sender, `SPOOL/ADDRESS/smtp-TIME.log`."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from shipper.errors import ListenError
from shipper.sources.syslog.mending import CUT_SHORT, mend
from shipper.sources.syslog.sender_log import FILES, Rotation, SenderLog, begun_at

MOST_SENDERS = 256
_LOCK = "listening.lock"
_GZIP = b"\x1f\x8b"


def as_line(message: bytes) -> bytes:
    """A message as it stands in a spool file: byte for byte, but without line ends and NULs behind it.

    A line end within the message becomes `#012`, as syslog daemons write it, so that no message makes two lines; nor
    does one make its file look packed by how it begins.
    """
    line = message.rstrip(b"\n\0").replace(b"\n", b"#012")
    return b"#037" + line[1:] if line.startswith(_GZIP) else line


class Spool:
    """The logs of all senders. Made by `open_spool`."""

    def __init__(self, folder: Path, rotation: Rotation, now: Callable[[], float]) -> None:
        self._folder = folder
        self._rotation = rotation
        self._now = now
        self._logs: dict[str, SenderLog] = {}

    def has_place_for(self, sender: str) -> bool:
        """Whether this sender is known or may be one more: each holds a file open."""
        return sender in self._logs or len(self._logs) < MOST_SENDERS

    def append(self, sender: str, lines: Sequence[bytes]) -> int:
        """Writes a sender's lines and returns how many were taken, from the first on; `error_of` says why not all."""
        log = self._logs.get(sender)
        if log is None:
            log = self._logs[sender] = SenderLog(self._folder / sender, self._rotation, self._now)
        return log.append(lines)

    def error_of(self, sender: str) -> str:
        """Why the last write that failed did."""
        return self._logs[sender].error

    def end_old(self) -> None:
        """Ends the files whose time has come, and forgets senders without one. Raises OSError."""
        for sender, log in list(self._logs.items()):
            log.end_if_due()
            if log.is_idle:
                del self._logs[sender]

    def unsynced(self) -> list[int]:
        """Descriptors of the files to be synced, for `sync`."""
        return [file for log in self._logs.values() if (file := log.unsynced()) is not None]

    def finished_files(self) -> Iterator[Path]:
        """All files that nobody writes any more."""
        written = {log.path for log in self._logs.values()}
        return (path for path in _files(self._folder) if path not in written)

    def close(self) -> int:
        """Ends all files; returns how many of them end within a line for want of room. Raises OSError."""
        half_written = 0
        with ExitStack() as ending:
            for log in self._logs.values():
                ending.callback(log.end)
                try:
                    log.finish_line()
                except OSError:
                    half_written += 1
        return half_written


def sync(descriptors: Sequence[int]) -> None:
    """Makes what was written last, and closes the descriptors. Raises OSError where the disk cannot keep it."""
    with ExitStack() as closing:
        for descriptor in descriptors:
            closing.callback(os.close, descriptor)
        for descriptor in descriptors:
            os.fsync(descriptor)


@contextmanager
def open_spool(
    folder: Path, rotation: Rotation, now: Callable[[], float], say: Callable[[str], None]
) -> Iterator[Spool]:
    """The spool, for one process at a time; what a crash left is mended first.

    Raises ListenError when the folder cannot be used or another process uses it.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(folder / _LOCK, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        what = f"cannot use the spool folder {folder}: {error.strerror or error}"
        raise ListenError(what, advice="check its permissions, or name another with --spool") from error
    try:
        _take(lock, folder)
        for path in _files(folder):
            _mend(path, say)
        yield Spool(folder, rotation, now)
    finally:
        os.close(lock)


def _files(folder: Path) -> list[Path]:
    """What listeners wrote, whatever else may lie there."""
    return [path for path in sorted(folder.glob(f"*/{FILES}")) if begun_at(path) is not None]


def _take(lock: int, folder: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        what = f"another utm-shipper listens for the spool folder {folder}"
        raise ListenError(what, advice="end it, or name another folder with --spool") from error


def _mend(path: Path, say: Callable[[str], None]) -> None:
    try:
        count = mend(path)
    except OSError as error:
        say(f"warning: cannot mend {path}: {error.strerror or error}; it is left as it is")
        return
    if count:
        say(f"{path} ended within a line after a crash: its last {count:,} bytes were moved to {CUT_SHORT} beside it")
