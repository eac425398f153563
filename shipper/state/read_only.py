"""Looking into a state without holding it, also while another process does."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, TypeVar, get_origin
from urllib.parse import quote

import msgspec

from shipper.errors import StateError
from shipper.model import Checkpoint
from shipper.state.checkpoints import Checkpoints
from shipper.state.dead_letters import DeadLetters
from shipper.state.opening import WAY_OUT
from shipper.state.store import SCHEMA_VERSION
from shipper.state.upgrades import upgrade_dead_letters

T = TypeVar("T")

_WAIT = 5.0
_NOT_ALLOWED = ("readonly", "unable to open", "authorization denied")


class View:
    """A state as its last commit left it; later ones are not seen. Nothing is changed."""

    def __init__(self, connection: sqlite3.Connection, folder: Path) -> None:
        self._db = connection
        self._folder = folder

    @property
    def dead_letters(self) -> DeadLetters:
        """What could not take its next step; only to be looked at."""
        return DeadLetters(_upgraded(self._db) if _version(self._db) == 1 else self._db)

    def checkpoints(self) -> list[Checkpoint]:
        """How far each followed log is stored."""
        return Checkpoints(self._db).all() if self._has("checkpoints") else []

    def count_open(self) -> int:
        """How many messages are not complete (a state of version 1 does not tell them from the others)."""
        condition = "" if _version(self._db) == 1 else " WHERE is_open"
        count: int = self._db.execute(f"SELECT count(*) FROM messages{condition}").fetchone()[0]
        return count

    def recall(self, name: str, type: type[T]) -> T | None:
        """The value stored under a name. Raises StateError for one that this version cannot read."""
        row = self._db.execute("SELECT value FROM memory WHERE name = ?", (name,)).fetchone()
        try:
            return None if row is None else msgspec.msgpack.decode(row[0], type=type, dec_hook=_generic)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            what = f"the state {self._folder / 'state.db'} holds an unknown {name}: {error}"
            raise StateError(what, advice=WAY_OUT) from error

    def _has(self, table: str) -> bool:
        return self._db.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (table,)).fetchone() is not None


@contextmanager
def view_state(folder: Path) -> Iterator[View | None]:
    """The state in this folder; None where there is none. Raises StateError when it cannot be read."""
    path = folder / "state.db"
    try:
        if not _is_there(path):
            yield None
            return
        with closing(_opened(path)) as connection:
            yield None if _version(connection) == 0 else View(connection, folder)
    except sqlite3.Error as error:
        raise _unreadable(path, error) from error


@contextmanager
def view_dead_letters(folder: Path) -> Iterator[DeadLetters | None]:
    """The dead letters in this folder's state; None where there is no state. Raises StateError as `view_state`."""
    with view_state(folder) as view:
        yield view.dead_letters if view else None


def view_checkpoints(folder: Path) -> list[Checkpoint]:
    """The checkpoints in this folder's state; none where there is no state. Raises StateError as `view_state`."""
    with view_state(folder) as view:
        return view.checkpoints() if view else []


def _is_there(path: Path) -> bool:
    try:
        is_empty = not path.stat().st_size
    except FileNotFoundError:
        return False
    except OSError as error:
        raise _unreadable(path, error) from error
    if is_empty:
        raise StateError(f"the state {path} is an empty file", advice=WAY_OUT)
    return True


def _unreadable(path: Path, error: Exception) -> StateError:
    is_forbidden = isinstance(error, OSError) or any(words in str(error) for words in _NOT_ALLOWED)
    advice = "run this as the user whom it belongs to" if is_forbidden else WAY_OUT
    return StateError(f"the state {path} cannot be read: {getattr(error, 'strerror', None) or error}", advice=advice)


def _opened(path: Path) -> sqlite3.Connection:
    """In a read transaction.

    Reading a database in WAL mode needs files beside it that SQLite makes where there are none. Where it may not, and
    nobody else has made them, nobody writes either, and the file can be read as it stands.
    """
    try:
        return _begun(path, "mode=ro")
    except sqlite3.OperationalError:
        if path.with_name(f"{path.name}-wal").exists():
            raise
    return _begun(path, "mode=ro&immutable=1")


def _begun(path: Path, how: str) -> sqlite3.Connection:
    connection = sqlite3.connect(f"file:{quote(str(path))}?{how}", uri=True, timeout=_WAIT, isolation_level=None)
    try:
        connection.execute("BEGIN")
        if _version(connection) not in (0, 1, SCHEMA_VERSION):
            what = f"the state {path} was written by another version of utm-shipper"
            raise StateError(what, advice=WAY_OUT)
    except BaseException:
        connection.close()
        raise
    return connection


def _version(connection: sqlite3.Connection) -> int:
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version


def _generic(type: Any, value: Any) -> Any:
    """Generic classes such as `Counter[str]` from what they were stored as."""
    return get_origin(type)(value)


def _upgraded(connection: sqlite3.Connection) -> sqlite3.Connection:
    """A copy, as it will be once a run that may write has brought the state to this version."""
    copy = sqlite3.connect(":memory:", isolation_level=None)
    (statement,) = connection.execute("SELECT sql FROM sqlite_master WHERE name = 'dead_letters'").fetchone()
    copy.execute(statement)
    rows = connection.execute("SELECT number, step, reason, source, offset, data FROM dead_letters")
    copy.executemany(
        "INSERT INTO dead_letters (number, step, reason, source, offset, data) VALUES (?, ?, ?, ?, ?, ?)", rows
    )
    upgrade_dead_letters(copy)
    return copy
