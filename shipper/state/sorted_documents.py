"""Documents on disk until they are read in order: more than memory holds, gone with the process."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from typing import Literal, NamedTuple

from shipper.errors import StateError

_SCHEMA = """
CREATE TABLE messages (
    number INTEGER PRIMARY KEY, second INTEGER NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, body BLOB NOT NULL
);
CREATE UNIQUE INDEX messages_in_order ON messages (second, id);
CREATE TABLE events (
    number INTEGER PRIMARY KEY, second INTEGER NOT NULL, id TEXT NOT NULL, queue_id TEXT, pid INTEGER, client TEXT,
    parent_id TEXT, body BLOB NOT NULL
);
CREATE UNIQUE INDEX events_in_order ON events (second, id);
CREATE INDEX events_by_queue_id ON events (queue_id) WHERE queue_id IS NOT NULL;
CREATE INDEX events_by_parent_id ON events (parent_id) WHERE parent_id IS NOT NULL
"""
_PUT_MESSAGE = """
INSERT INTO messages (second, id, version, body) VALUES (?, ?, ?, ?)
ON CONFLICT (second, id) DO UPDATE SET version = excluded.version, body = excluded.body
WHERE excluded.version >= version
"""
_PUT_EVENT = """
INSERT INTO events (second, id, queue_id, pid, client, parent_id, body) VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO NOTHING
"""
_IN_ORDER = """
SELECT id, body FROM {table} INDEXED BY {index}
WHERE (second, id) > (?, ?) AND second < ?{narrowed} ORDER BY second, id
"""
_INDEXED = ("queue_id", "parent_id")
_ASKED_TOGETHER = 500
_AFTER_ALL = 1 << 62


class Marks(NamedTuple):
    """What events can be asked for by, beside their time. `client` is an address as `str` of `ipaddress` writes it."""

    queue_id: str | None = None
    pid: int | None = None
    client: str | None = None
    parent_id: str | None = None


Marked = tuple[Literal["queue_id", "pid", "client", "parent_id"], Collection[str | int]]
"""A name of `Marks`, and its values: some thousands at most."""


class SortedDocuments:
    """Message documents by (second, id), of which the fullest stays, and events, of which the first stays.

    Bodies are JSON; seconds are those of UTC.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def put_message(self, second: int, id: str, version: int, body: bytes) -> None:
        """Takes a message's document, also one that was there with no more lines (its version)."""
        self._db.execute(_PUT_MESSAGE, (second, id, version, zlib.compress(body, 1)))

    def drop_message(self, id: str, second: int) -> None:
        """The document has another id now."""
        self._db.execute("DELETE FROM messages WHERE second = ? AND id = ?", (second, id))

    def put_event(self, second: int, id: str, marks: Marks, body: bytes) -> None:
        """Takes an event's document."""
        self._db.execute(_PUT_EVENT, (second, id, *marks, zlib.compress(body, 1)))

    def messages(self, first: int, end: int | None, after: tuple[int, str] | None) -> Iterator[tuple[str, bytes]]:
        """(id, body) in order, from the second `first` to before `end`, and beyond (second, id) `after`."""
        return self._read("messages", first, end, after)

    def events(
        self,
        first: int,
        end: int | None,
        after: tuple[int, str] | None,
        marked: Marked | None = None,
    ) -> Iterator[tuple[str, bytes]]:
        """The same of events; with `marked` only of those that bear such a mark."""
        return self._read("events", first, end, after, marked)

    def _read(
        self,
        table: str,
        first: int,
        end: int | None,
        after: tuple[int, str] | None,
        marked: Marked | None = None,
    ) -> Iterator[tuple[str, bytes]]:
        start, until = (first, ""), _AFTER_ALL if end is None else end
        beyond = start if after is None else max(start, after)
        name, values = marked or ("", ())
        index = f"events_by_{name}" if name in _INDEXED else f"{table}_in_order"
        narrowed = f" AND {name} IN ({_marks(values)})" if marked else ""
        with closing(self._db.cursor()) as cursor:
            query = _IN_ORDER.format(table=table, index=index, narrowed=narrowed)
            for id, body in cursor.execute(query, (*beyond, until, *values)):
                yield id, zlib.decompress(body)

    def events_with(self, queue_ids: Collection[str]) -> Iterator[tuple[str, bytes]]:
        """(id, body) of the events that carry one of these queue ids, in order for each."""
        wanted = sorted(queue_ids)
        for start in range(0, len(wanted), _ASKED_TOGETHER):
            some = wanted[start : start + _ASKED_TOGETHER]
            query = f"SELECT id, body FROM events WHERE queue_id IN ({_marks(some)}) ORDER BY second, id"
            for id, body in self._db.execute(query, some):
                yield id, zlib.decompress(body)


def _marks(values: Collection[str | int]) -> str:
    return ", ".join("?" * len(values))


@contextmanager
def sorted_documents() -> Iterator[SortedDocuments]:
    """On disk, in the folder for temporary files. Raises StateError where that is full or cannot be used."""
    try:
        with closing(sqlite3.connect("", isolation_level=None)) as connection:
            connection.execute("PRAGMA page_size = 16384")
            connection.execute("PRAGMA cache_size = -16384")
            connection.execute("PRAGMA journal_mode = OFF")
            connection.execute("PRAGMA synchronous = OFF")
            for statement in _SCHEMA.split(";"):
                connection.execute(statement)
            connection.execute("BEGIN")
            yield SortedDocuments(connection)
    except sqlite3.Error as error:
        raise StateError(
            f"documents cannot be put in order on disk: {error}",
            advice="name a folder with more room for temporary files (SQLITE_TMPDIR)",
        ) from error
