"""Checkpoints: how far each followed log is safely stored."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

import msgspec

SCHEMA = """
CREATE TABLE IF NOT EXISTS checkpoints (
    head BLOB PRIMARY KEY, path TEXT NOT NULL, device INTEGER NOT NULL, inode INTEGER NOT NULL, offset INTEGER NOT NULL,
    lines INTEGER NOT NULL, began INTEGER, reached INTEGER, seen REAL NOT NULL, is_over INTEGER NOT NULL,
    error TEXT NOT NULL
) WITHOUT ROWID
"""


class Checkpoint(msgspec.Struct, frozen=True):
    """One log, known by how its unpacked bytes begin (`head`, at most 1024 of them), whatever it was renamed or packed to.

    `path`, `device` and `inode` tell where it was seen last. `offset` counts the unpacked bytes whose lines are safely
    stored, `lines` those lines; `began` and `reached` are the UTC seconds of the first and the last of them. `seen` is
    when it was last looked at (seconds since 1970), `is_over` says that nothing more will come (a packed log read to
    its end), `error` why it could not be read the last time.
    """

    head: bytes
    path: str
    device: int
    inode: int
    offset: int = 0
    lines: int = 0
    began: int | None = None
    reached: int | None = None
    seen: float = 0.0
    is_over: bool = False
    error: str = ""


_FIELDS = Checkpoint.__struct_fields__


class Checkpoints:
    """The table of them. Changes last once the store commits."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def all(self) -> list[Checkpoint]:
        """Every log that was ever followed with this state, in the order of their paths."""
        rows = self._db.execute(f"SELECT {', '.join(_FIELDS)} FROM checkpoints ORDER BY path, head")
        return [Checkpoint(*before, is_over=bool(is_over), error=error) for *before, is_over, error in rows]

    def keep(self, checkpoints: Iterable[Checkpoint], *, instead_of: Iterable[bytes] = ()) -> None:
        """Stores them; `instead_of` are the shorter heads by which some were known while they were short."""
        self._db.executemany("DELETE FROM checkpoints WHERE head = ?", [(head,) for head in instead_of])
        self._db.executemany(
            f"INSERT OR REPLACE INTO checkpoints ({', '.join(_FIELDS)}) VALUES ({', '.join('?' * len(_FIELDS))})",
            [msgspec.structs.astuple(checkpoint) for checkpoint in checkpoints],
        )
