"""One JSON object a line, with all columns of the table; an absent value is null."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from shipper.export.rows import Row
from shipper.export.tables import Table

_encode = msgspec.json.Encoder().encode


class NdjsonFile:
    """A table as objects, values as they are in the documents."""

    def __init__(self, path: Path, table: Table) -> None:
        self._file = path.open("wb")
        self._names = [column.name for column in table.columns]

    def add(self, row: Row) -> None:
        """Writes a line."""
        self._file.write(_encode(dict(zip(self._names, row, strict=True))) + b"\n")

    def close(self) -> None:
        """Ends the file."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
