"""The tables of an export, read with other programs than wrote them."""

from __future__ import annotations

import csv
import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq

from tests.export.truth import Row, Tables

TABLES = ("messages", "exim_in", "smtpd", "exim_out", "deliveries", "dkim")
_FORMULA = re.compile(r"'(?=[\s\x00-\x1f\u200b\ufeff]*[=+\-@＝＋－＠\t\r\n])")


def read_tables(folder: Path, format: str) -> Tables:
    """All parts of each table, in order; values as in the documents."""
    return {table: read_table(folder, format, table) for table in TABLES}


def read_table(folder: Path, format: str, table: str) -> list[Row]:
    files = sorted(folder.glob(f"{table}-*.{format}"))
    read = {"csv": _csv, "ndjson": _ndjson, "parquet": _parquet}[format]
    return [row for file in files for row in read(file)]


def _ndjson(file: Path) -> list[Row]:
    return [json.loads(line) for line in file.read_bytes().splitlines()]


def _parquet(file: Path) -> list[Row]:
    rows: list[Row] = pq.read_table(file).to_pylist()
    return [{name: _written(value) for name, value in row.items()} for row in rows]


def _written(value: Any) -> Any:
    if not isinstance(value, datetime):
        return value
    offset = value.utcoffset()
    assert offset is not None
    assert not offset
    return value.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def _csv(file: Path) -> list[Row]:
    with file.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, strict=True))
    with duckdb.connect() as base:
        other = base.execute(
            "SELECT * FROM read_csv(?, header = true, all_varchar = true, quote = '\"', escape = '\"', delim = ',',"
            " null_padding = false)",
            [str(file)],
        ).fetchall()
    assert [tuple(value or None for value in row.values()) for row in rows] == [
        tuple(value or None for value in row) for row in other
    ]
    return [{name: value or None for name, value in row.items()} for row in rows]


def as_cells(row: Row) -> Row:
    """What stands in a CSV file for these values."""
    return {name: _cell(value) for name, value in row.items()}


def _cell(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value and _defused(value)
    if isinstance(value, list):
        return _defused("|".join(re.sub(r"([\\|])", r"\\\1", item) for item in value)) or None
    return str(value).lower() if isinstance(value, bool) else repr(value)


def _defused(text: str) -> str:
    return f"'{text}" if _FORMULA.match(f"'{text}") else text
