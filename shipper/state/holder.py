"""Who holds a state: told by the kernel's list of locks, so that nothing has to be tried."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

_LOCKS = Path("/proc/locks")
# The byte of the `-shm` file that the one who writes to a database in WAL mode keeps locked (SQLite's walformat,
# section 2.3.1: UNIX_SHM_BASE, WAL_WRITE_LOCK).
_WRITE_LOCK = 120
# The first of the bytes of the database that one keeps locked who wants it alone (SQLite's os.h: SHARED_FIRST).
_EXCLUSIVE_LOCK = 0x40000002


def held_by(folder: Path, locks: Path = _LOCKS) -> int | None:
    """The process id of the utm-shipper that holds the state in this folder.

    None where nobody does, and where the system does not tell (other systems than Linux; a process of another
    container has the id 0 at best).
    """
    try:
        lines = [line.split() for line in locks.read_text(encoding="ascii", errors="replace").splitlines()]
        own = _locked(folder / "state.db-shm", _WRITE_LOCK, lines)
        return own or _locked(folder / "state.db", _EXCLUSIVE_LOCK, lines)
    except OSError:
        return None


def _locked(file: Path, byte: int, lines: Iterable[list[str]]) -> int | None:
    inode = file.stat().st_ino if file.exists() else None
    return next((pid for words in lines if (pid := _holder(words, inode, byte)) is not None), None)


def _holder(words: list[str], inode: int | None, byte: int) -> int | None:
    """Of a line such as `1: POSIX ADVISORY WRITE 4711 fe:00:10029014 120 120`."""
    if len(words) != 8 or words[1] != "POSIX" or words[3] != "WRITE" or words[5].split(":")[-1] != str(inode):
        return None
    first, last = words[6:]
    is_it = first.isdecimal() and int(first) <= byte and (last == "EOF" or int(last) >= byte)
    return int(words[4]) if is_it else None
