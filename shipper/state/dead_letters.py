"""The dead letters in the state: what could not take its next step, until it is replayed or dropped."""

from __future__ import annotations

import sqlite3

from shipper.model import DeadLetter

SCHEMA = """
CREATE TABLE dead_letters (
    number INTEGER PRIMARY KEY, step TEXT NOT NULL, reason TEXT NOT NULL, source TEXT NOT NULL, offset INTEGER,
    data BLOB NOT NULL, UNIQUE (step, reason, data)
);
"""


class DeadLetters:
    """The table of dead letters; changes last with the store's next commit."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def bury(self, letter: DeadLetter) -> None:
        """Keeps a dead letter; the same one again is kept once."""
        self._db.execute(
            "INSERT OR IGNORE INTO dead_letters (step, reason, source, offset, data) VALUES (?, ?, ?, ?, ?)",
            (letter.step, letter.reason, letter.source, letter.offset, letter.data),
        )

    def all(self) -> list[DeadLetter]:
        """All dead letters, oldest first."""
        rows = self._db.execute("SELECT step, reason, data, source, offset FROM dead_letters ORDER BY number")
        return [DeadLetter(*row) for row in rows]
