"""CSV by RFC 4180, in UTF-8, that a spreadsheet shows and does not execute."""

from __future__ import annotations

import csv
import os
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

from shipper.export.rows import Row
from shipper.export.tables import Table, Type

SEPARATOR = "|"
"""Between the items of a list; one that belongs to an item has a backslash before it, as has a backslash."""

_EXECUTED = frozenset("=+-@\t\r\n＝＋－＠")
"""What makes a formula of a cell (https://owasp.org/www-community/attacks/CSV_Injection), the full-width forms too."""
_UNSEEN = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})
"""Unicode categories of what a program may leave out before it looks at a cell: blanks, controls, what has no width."""


class CsvFile:
    """A table with a line of column names; an absent value is an empty cell."""

    def __init__(self, path: Path, table: Table) -> None:
        self._file = path.open("w", encoding="utf-8", errors="backslashreplace", newline="")
        self._writer = csv.writer(self._file)
        self._cells = [_CELLS[column.type] for column in table.columns]
        self._writer.writerow([column.name for column in table.columns])

    def add(self, row: Row) -> None:
        """Writes a line."""
        self._writer.writerow(
            ["" if value is None else cell(value) for cell, value in zip(self._cells, row, strict=True)]
        )

    def close(self) -> None:
        """Ends the file."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()


def defused(text: str) -> str:
    """The text, with an apostrophe before it where a spreadsheet would take it for a formula."""
    return f"'{text}" if _is_executed(text) else text


def _is_executed(text: str) -> bool:
    for character in text:
        if character in _EXECUTED:
            return True
        if unicodedata.category(character) not in _UNSEEN:
            return False
    return False


def _joined(items: list[str]) -> str:
    return defused(SEPARATOR.join(item.replace("\\", "\\\\").replace(SEPARATOR, f"\\{SEPARATOR}") for item in items))


def _flag(value: bool) -> str:
    return "true" if value else "false"


_CELLS: dict[Type, Callable[[Any], Any]] = {
    "text": defused,
    "texts": _joined,
    "flag": _flag,
    "number": str,
    "decimal": repr,
    "time": str,
}
