"""Documents whose ids may still change: the state knows of them before the cluster does, so none is forgotten there."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from shipper.model import BulkItem

SCHEMA = """
CREATE TABLE IF NOT EXISTS outbox (
    number INTEGER PRIMARY KEY, operation TEXT NOT NULL, target TEXT NOT NULL, id TEXT NOT NULL, body BLOB NOT NULL,
    version INTEGER
)
"""


class Outbox:
    """The table of them: committed together with what is remembered as written, then sent, then emptied."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def fill(self, items: Iterable[BulkItem]) -> None:
        """What is to be sent after the next commit."""
        self._db.executemany(
            "INSERT INTO outbox (operation, target, id, body, version) VALUES (?, ?, ?, ?, ?)",
            [(item.operation, item.index, item.id, item.body, item.version) for item in items],
        )

    def items(self) -> list[BulkItem]:
        """What the last commit left to be sent, in its order."""
        rows = self._db.execute("SELECT operation, target, id, body, version FROM outbox ORDER BY number")
        return [BulkItem(*row) for row in rows]

    def empty(self) -> None:
        """All of it has been sent."""
        self._db.execute("DELETE FROM outbox")
