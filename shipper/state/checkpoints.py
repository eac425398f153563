"""Checkpoints: how far each followed log is safely stored."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

import msgspec

from shipper.model import Checkpoint

SCHEMA = """
CREATE TABLE IF NOT EXISTS checkpoints (
    head BLOB PRIMARY KEY, path TEXT NOT NULL, device INTEGER NOT NULL, inode INTEGER NOT NULL, offset INTEGER NOT NULL,
    lines INTEGER NOT NULL, began INTEGER, reached INTEGER, seen REAL NOT NULL, is_over INTEGER NOT NULL,
    error TEXT NOT NULL
) WITHOUT ROWID
"""

_FIELDS = Checkpoint.__struct_fields__


class Checkpoints:
    """The table of them. Changes last once the store commits."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def all(self) -> list[Checkpoint]:
        """Every log that was ever followed with this state, in the order of their paths."""
        rows = self._db.execute(f"SELECT {', '.join(_FIELDS)} FROM checkpoints ORDER BY path, head")
        return [msgspec.convert(dict(zip(_FIELDS, row, strict=True)), Checkpoint, strict=False) for row in rows]

    def keep(self, checkpoints: Iterable[Checkpoint], *, instead_of: Iterable[bytes] = ()) -> None:
        """Stores them; `instead_of` are the shorter heads by which some were known while they were short."""
        self._db.executemany("DELETE FROM checkpoints WHERE head = ?", [(head,) for head in instead_of])
        self._db.executemany(
            f"INSERT OR REPLACE INTO checkpoints ({', '.join(_FIELDS)}) VALUES ({', '.join('?' * len(_FIELDS))})",
            [msgspec.structs.astuple(checkpoint) for checkpoint in checkpoints],
        )
