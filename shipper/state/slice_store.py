"""What one process leaves of the part of an archive that it read: a database file of its own, taken up and deleted."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

import msgspec

from shipper.model import DeadLetter
from shipper.state.store import Store, prepare_unsafe

_LETTERS = "CREATE TABLE letters (number INTEGER PRIMARY KEY, letter BLOB NOT NULL)"


class StoredRow(NamedTuple):
    """A message as a store has it: `queue_ids` are those that it is found by."""

    host: str
    last: int
    queue_ids: list[str]
    message: bytes
    is_shown: bool
    is_open: bool


class Letters:
    """Dead letters in the order in which they came."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection
        self._encode = msgspec.msgpack.Encoder().encode

    def add(self, letter: DeadLetter) -> None:
        """Keeps it."""
        self._db.execute("INSERT INTO letters (letter) VALUES (?)", (self._encode(letter),))


@contextmanager
def new_slice_store(path: Path) -> Iterator[tuple[Store, Letters]]:
    """A new database file; what was put into it is there at the end of the block. No crash is survived."""
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        prepare_unsafe(connection)
        connection.execute(_LETTERS)
        store = Store(connection, "the temporary state")
        yield store, Letters(connection)
        store.commit()
        connection.commit()


@contextmanager
def opened_slice(path: Path) -> Iterator[Slice]:
    """What is in it; the file is gone at the end."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        yield Slice(connection)
    path.unlink(missing_ok=True)


class Slice:
    """Reads such a file."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def messages(self, *, shown: bool) -> Iterator[StoredRow]:
        """Those of which all has been written, or the others."""
        rows = self._db.execute(
            "SELECT host, last, queue_ids, message, is_shown, is_open FROM messages WHERE is_shown = ? ORDER BY number",
            (shown,),
        )
        for host, last, queue_ids, message, is_shown, is_open in rows:
            yield StoredRow(host, last, queue_ids.split(), message, bool(is_shown), bool(is_open))

    def letters(self) -> Iterator[DeadLetter]:
        """The dead letters, oldest first."""
        decode = msgspec.msgpack.Decoder(DeadLetter).decode
        for (letter,) in self._db.execute("SELECT letter FROM letters ORDER BY number"):
            yield decode(letter)
