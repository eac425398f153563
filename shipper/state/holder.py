"""Who holds a state: told by the kernel's list of locks, so that nothing has to be tried."""

from __future__ import annotations

from pathlib import Path

_LOCKS = Path("/proc/locks")
# The byte of the `-shm` file that the one who writes to a database in WAL mode keeps locked (SQLite's walformat,
# section 2.3.1: UNIX_SHM_BASE, WAL_WRITE_LOCK).
_WRITE_LOCK = 120


def held_by(folder: Path, locks: Path = _LOCKS) -> int | None:
    """The process id of the utm-shipper that holds the state in this folder.

    None where nobody does, and where the system does not tell (other systems than Linux; a process of another
    container has the id 0 at best).
    """
    try:
        inode = (folder / "state.db-shm").stat().st_ino
        lines = locks.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return None
    return next((pid for line in lines if (pid := _holder(line.split(), inode)) is not None), None)


def _holder(words: list[str], inode: int) -> int | None:
    """Of a line such as `1: POSIX ADVISORY WRITE 4711 fe:00:10029014 120 120`."""
    if len(words) != 8 or words[1] != "POSIX" or words[3] != "WRITE" or words[5].split(":")[-1] != str(inode):
        return None
    first, last = words[6:]
    is_it = first.isdecimal() and int(first) <= _WRITE_LOCK and (last == "EOF" or int(last) >= _WRITE_LOCK)
    return int(words[4]) if is_it else None
