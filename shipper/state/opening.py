"""Opening a state's database, and one line for each way in which that, or using it, can fail."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from shipper.errors import StateError
from shipper.state.holder import held_by

WAY_OUT = "the state can be deleted: ship the logs again and the cluster ends up the same"

_WAIT = 1.0
_PRIMARY = 0xFF
"""Of an extended result code (https://sqlite.org/rescode.html)."""
_ADVICE = {
    sqlite3.SQLITE_FULL: "free some disk and run it again: nothing is lost",
    sqlite3.SQLITE_IOERR: "check the disk, its room and quotas, and run it again: nothing is lost",
    sqlite3.SQLITE_CANTOPEN: "run this as the user whom it belongs to, or name another with --state",
    sqlite3.SQLITE_READONLY: "run this as the user whom it belongs to, or name another with --state",
    sqlite3.SQLITE_PERM: "run this as the user whom it belongs to, or name another with --state",
}


def opened(path: Path) -> sqlite3.Connection:
    """A connection to the database, which is made if it is not there. Raises sqlite3.Error, or StateError."""
    try:
        if not path.stat().st_size:
            raise StateError(f"the state {path} is an empty file", advice=WAY_OUT)
    except FileNotFoundError:
        _make(path)
    except OSError as error:
        raise _out_of_reach(path, error) from error
    connection = sqlite3.connect(path, timeout=_WAIT, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
    except BaseException:
        connection.close()
        raise
    return connection


def _make(path: Path) -> None:
    """It is never there without its first page: what is empty has lost what was in it."""
    new = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        with closing(sqlite3.connect(new, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
        _put_there(new, path)
    except OSError as error:
        raise _out_of_reach(path, error) from error
    finally:
        new.unlink(missing_ok=True)


def _put_there(new: Path, path: Path) -> None:
    """Where another process was faster, its database stays."""
    try:
        path.hardlink_to(new)
    except FileExistsError:
        return
    except OSError:  # a file system without links
        new.rename(path)


def _out_of_reach(path: Path, error: OSError) -> StateError:
    return StateError(f"cannot use the state {path}: {error.strerror or error}", advice="name another with --state")


def check(connection: sqlite3.Connection, path: Path) -> None:
    """Finds damage before anything relies on the database: the time to read it once, some 1000 MB a second."""
    (first, *_) = connection.execute("PRAGMA quick_check(1)").fetchall()
    if first != ("ok",):
        told = " ".join(str(first[0]).split())
        raise StateError(f"the state {path} cannot be used: it is damaged ({told})", advice=WAY_OUT)


def unusable(path: Path, error: sqlite3.Error) -> StateError:
    """The one line for what SQLite says."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & _PRIMARY
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        holder = held_by(path.parent)
        who = f"process {holder}" if holder else "another process"
        return StateError(f"{who} uses the state {path}", advice="wait for it, or name another with --state")
    return StateError(f"the state {path} cannot be used: {error}", advice=_ADVICE.get(code, WAY_OUT))
