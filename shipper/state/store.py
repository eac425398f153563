"""One SQLite database: the state directory's, or a temporary one that only keeps memory bounded."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple, TypeVar, get_origin

import msgspec

from shipper.errors import StateError
from shipper.state import checkpoints, outbox
from shipper.state.checkpoints import Checkpoints
from shipper.state.dead_letters import SCHEMA as _DEAD_LETTERS
from shipper.state.dead_letters import DeadLetters
from shipper.state.opening import WAY_OUT, check, opened, unusable
from shipper.state.outbox import Outbox
from shipper.state.seen import Seen
from shipper.state.upgrades import from_version_1

T = TypeVar("T")

SCHEMA_VERSION = 2
_SCHEMA = """
CREATE TABLE messages (
    number INTEGER PRIMARY KEY, host TEXT NOT NULL, last INTEGER NOT NULL, queue_ids TEXT NOT NULL,
    message BLOB NOT NULL, document BLOB, is_shown INTEGER NOT NULL DEFAULT 1,
    is_open INTEGER NOT NULL DEFAULT 1
);
CREATE INDEX messages_by_age ON messages (host, last);
CREATE TABLE queue_ids (
    host TEXT NOT NULL, queue_id TEXT NOT NULL, message INTEGER NOT NULL, PRIMARY KEY (host, queue_id)
) WITHOUT ROWID;
CREATE TABLE memory (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
"""
# What is looked for among all messages on each round, or at each start, is little: it is not to be searched for.
_INDEXES = """
CREATE INDEX IF NOT EXISTS messages_open ON messages (is_open) WHERE is_open;
CREATE INDEX IF NOT EXISTS messages_not_shown ON messages (host) WHERE NOT is_shown
"""


class _Row(NamedTuple):
    number: int
    host: str
    last: int
    queue_ids: str
    message: bytes
    document: bytes | None
    is_shown: bool
    is_open: bool


class Store:
    """An open state. All changes of a run are one SQLite transaction, ended by `commit`. `name` is for messages."""

    _MOST_UNWRITTEN = 1000

    def __init__(self, connection: sqlite3.Connection, name: str) -> None:
        self.name = name
        self._db = connection
        self.dead_letters = DeadLetters(connection)
        self.checkpoints = Checkpoints(connection)
        self.outbox = Outbox(connection)
        self._encode = msgspec.msgpack.Encoder().encode
        self._number = connection.execute("SELECT coalesce(max(number), 0) FROM messages").fetchone()[0]
        self._seen = Seen()
        for key in connection.execute("SELECT host, queue_id FROM queue_ids"):
            self._seen.add(key)
        self._unwritten: dict[int, _Row] = {}
        self._unwritten_ids: dict[tuple[str, str], int] = {}
        self._replaced: list[tuple[int]] = []

    # Messages

    def put(
        self,
        host: str,
        last: int,
        queue_ids: Iterable[str],
        message: bytes,
        document: bytes | None = None,
        *,
        replaces: Iterable[int] = (),
        is_shown: bool = True,
        is_open: bool = True,
    ) -> int:
        """Stores a message under all its queue ids and returns its number.

        `document` is what remains to be given out for it, if anything; `replaces` are the numbers of what was stored of
        it before, under some of these ids; `is_shown`: what is known of it has been written;
        `is_open`: more of it is to come.
        """
        for number in replaces:
            if self._unwritten.pop(number, None) is None:
                self._replaced.append((number,))
        self._number += 1
        row = _Row(self._number, host, last, " ".join(queue_ids), message, document, is_shown, is_open)
        self._unwritten[self._number] = row
        for queue_id in row.queue_ids.split():
            self._unwritten_ids[host, queue_id] = self._number
            self._seen.add((host, queue_id))
        if len(self._unwritten) >= self._MOST_UNWRITTEN:
            self._write()
        return row.number

    def _write(self) -> None:
        """Rows go to SQLite many at a time; until then they are looked up here."""
        self._db.executemany("DELETE FROM messages WHERE number = ?", self._replaced)
        self._replaced.clear()
        rows = self._unwritten.values()
        self._db.executemany("INSERT INTO messages VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
        self._db.executemany(
            "INSERT OR REPLACE INTO queue_ids VALUES (?, ?, ?)",
            [(row.host, queue_id, row.number) for row in rows for queue_id in row.queue_ids.split()],
        )
        self._unwritten.clear()
        self._unwritten_ids.clear()

    def take(self, host: str, queue_id: str) -> bytes | None:
        """The message that holds this id; it is out of the store then."""
        if (host, queue_id) not in self._seen:
            return None
        number = self._unwritten_ids.get((host, queue_id))
        if number is not None:
            row = self._unwritten.pop(number)
            for own in row.queue_ids.split():
                self._unwritten_ids.pop((host, own), None)
            return row.message
        return self._take_written(host, queue_id)

    def take_unshown(self, host: str) -> list[bytes]:
        """The messages of this host of which more is known than was written; they are out of the store then."""
        self._write()
        rows = self._db.execute(
            "SELECT number, queue_ids, message FROM messages WHERE NOT is_shown AND host = ? ORDER BY number", (host,)
        ).fetchall()
        for number, queue_ids, _ in rows:
            self._delete(number, host, queue_ids)
        return [message for _, _, message in rows]

    def _take_written(self, host: str, queue_id: str) -> bytes | None:
        row = self._db.execute(
            "SELECT m.number, m.queue_ids, m.message FROM queue_ids q JOIN messages m ON m.number = q.message"
            " WHERE q.host = ? AND q.queue_id = ?",
            (host, queue_id),
        ).fetchone()
        if row is None:
            return None
        number, queue_ids, message = row
        self._delete(number, host, queue_ids)
        stored: bytes = message
        return stored

    def _delete(self, number: int, host: str, queue_ids: str) -> None:
        self._db.execute("DELETE FROM messages WHERE number = ?", (number,))
        self._db.executemany(
            "DELETE FROM queue_ids WHERE host = ? AND queue_id = ? AND message = ?",
            [(host, queue_id, number) for queue_id in queue_ids.split()],
        )

    def expire(self, host: str, before: int) -> Iterator[bytes]:
        """Removes this host's messages whose last line is older (UTC second), giving the documents they still owe."""
        self._write()
        while rows := self._db.execute(
            "SELECT number, queue_ids, document FROM messages WHERE host = ? AND last < ? ORDER BY last LIMIT ?",
            (host, before, self._MOST_UNWRITTEN),
        ).fetchall():
            for number, queue_ids, document in rows:
                self._delete(number, host, queue_ids)
                if document is not None:
                    yield document

    def documents(self) -> Iterator[bytes]:
        """The documents that stored messages still owe."""
        self._write()
        for (document,) in self._db.execute("SELECT document FROM messages WHERE document IS NOT NULL ORDER BY number"):
            yield document

    def count_open(self) -> int:
        """How many messages are not complete; complete ones are kept a while for late lines."""
        self._write()
        count: int = self._db.execute("SELECT count(*) FROM messages WHERE is_open").fetchone()[0]
        return count

    # Memory

    def remember(self, name: str, value: Any) -> None:
        """Stores any value under a name."""
        self._db.execute("INSERT OR REPLACE INTO memory VALUES (?, ?)", (name, self._encode(value)))

    def recall(self, name: str, type: type[T]) -> T | None:
        """The value stored under a name."""
        row = self._db.execute("SELECT value FROM memory WHERE name = ?", (name,)).fetchone()
        return None if row is None else self._decode(row[0], type)

    def recall_all(self, beginning: str, type: type[T]) -> list[T]:
        """All values whose names begin so."""
        rows = self._db.execute("SELECT value FROM memory WHERE substr(name, 1, ?) = ?", (len(beginning), beginning))
        return [self._decode(value, type) for (value,) in rows]

    def _decode(self, value: bytes, type: type[T]) -> T:
        try:
            return msgspec.msgpack.decode(value, type=type, dec_hook=_generic)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise StateError(f"{self.name} holds what this version cannot read: {error}", advice=WAY_OUT) from error

    def commit(self) -> None:
        """Makes all changes since the last commit last, and goes on."""
        self._write()
        self._db.commit()
        self._db.execute("BEGIN IMMEDIATE")


def _generic(type: Any, value: Any) -> Any:
    """Generic classes such as `Counter[str]` from what they were stored as."""
    return get_origin(type)(value)


@contextmanager
def open_store(folder: Path) -> Iterator[Store]:
    """The store in a state directory, made on first use, for one process at a time.

    What was not committed is undone at the end. Raises StateError when the folder cannot be used, when another
    process uses it, when the database is damaged, and when there is no room for it.
    """
    path = folder / "state.db"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise StateError(
            f"cannot use the state directory {folder}: {error}", advice="name another with --state"
        ) from error
    try:
        with closing(opened(path)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            check(connection, path)
            _prepare(connection, path)
            yield Store(connection, f"the state {path}")
    except sqlite3.Error as error:
        raise unusable(path, error) from error


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version == 0:
        for statement in (_SCHEMA + _DEAD_LETTERS).split(";"):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    elif version == 1:
        from_version_1(connection)
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    elif version != SCHEMA_VERSION:
        raise StateError(f"the state {path} was written by another version of utm-shipper", advice=WAY_OUT)
    for statement in (checkpoints.SCHEMA, outbox.SCHEMA, *_INDEXES.split(";")):
        connection.execute(statement)


@contextmanager
def temporary_store() -> Iterator[Store]:
    """A store on disk that vanishes with the process; it keeps memory bounded."""
    connection = sqlite3.connect("", isolation_level=None)
    try:
        prepare_unsafe(connection)
        yield Store(connection, "the temporary state")
    finally:
        connection.close()


def prepare_unsafe(connection: sqlite3.Connection) -> None:
    """The tables of a database that need not survive a crash, in a transaction that goes on."""
    connection.execute("PRAGMA page_size = 16384")
    connection.execute("PRAGMA cache_size = -16384")
    connection.execute("PRAGMA journal_mode = OFF")
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("BEGIN")
    for statement in (_SCHEMA + _DEAD_LETTERS).split(";"):
        connection.execute(statement)
