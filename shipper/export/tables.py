"""The tables and their columns, as `tables.yaml` declares them."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

import msgspec

Type = Literal["text", "number", "decimal", "flag", "time", "texts"]
Subject = Literal["message", "reception", "scan", "attempt", "delivery", "signature"]

_FILE = Path(__file__).with_name("tables.yaml")
_SOURCES = frozenset({"message", "line", "started", "judged", "delivery", "signature", "row"})


class Column(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`sources`: dotted places, of which the first that is there counts; the first part names what it is taken from."""

    name: str
    type: Type
    about: str
    sources: str | tuple[str, ...] = msgspec.field(name="from")

    @property
    def paths(self) -> tuple[tuple[str, ...], ...]:
        """The places, taken apart."""
        named = (self.sources,) if isinstance(self.sources, str) else self.sources
        return tuple(tuple(path.split(".")) for path in named)

    def __post_init__(self) -> None:
        for path in self.paths:
            if path[0] not in _SOURCES:
                raise ValueError(f"{self.name}: nothing is called {path[0]}")


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`of`: what each row is about."""

    name: str
    of: Subject
    about: str
    columns: tuple[Column, ...]


@cache
def all_tables() -> dict[str, Table]:
    """Name -> table, in the order of the file."""
    tables = msgspec.yaml.decode(_FILE.read_bytes(), type=tuple[Table, ...])
    return {table.name: table for table in tables}
