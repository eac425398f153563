"""Parquet with typed columns; what a column means stands in its metadata (`about`)."""

from __future__ import annotations

import os
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from shipper.export.rows import Row
from shipper.export.tables import Table, Type

# What reading logs gave back to the process is used again; Arrow's own pool would come on top of it.
pa.set_memory_pool(pa.system_memory_pool())

_BATCH = 500
_ROW_GROUP = 10_000
_TYPES: dict[Type, Any] = {
    "text": pa.string(),
    "number": pa.int64(),
    "decimal": pa.float64(),
    "flag": pa.bool_(),
    "time": pa.timestamp("ms", tz="UTC"),
    "texts": pa.list_(pa.string()),
}


class ParquetFile:
    """Rows wait as Arrow columns until they make a row group, so that memory stays small."""

    def __init__(self, path: Path, table: Table) -> None:
        self._path = path
        self._schema = pa.schema(
            [pa.field(column.name, _TYPES[column.type], metadata={"about": column.about}) for column in table.columns]
        )
        self._times = [number for number, column in enumerate(table.columns) if column.type == "time"]
        self._writer = pq.ParquetWriter(path, self._schema, compression="zstd")
        self._rows: list[Row] = []
        self._batches: list[Any] = []

    def add(self, row: Row) -> None:
        """Takes a row."""
        for number in self._times:
            if row[number] is not None:
                row[number] = _milliseconds(row[number])
        self._rows.append(row)
        if len(self._rows) >= _BATCH:
            self._pack()
            if len(self._batches) * _BATCH >= _ROW_GROUP:
                self._write()

    def _pack(self) -> None:
        columns = zip(*self._rows, strict=True)
        arrays = [pa.array(list(values), type=field.type) for values, field in zip(columns, self._schema, strict=True)]
        self._batches.append(pa.record_batch(arrays, schema=self._schema))
        self._rows.clear()

    def _write(self) -> None:
        self._writer.write_table(pa.Table.from_batches(self._batches, schema=self._schema))
        self._batches.clear()

    def close(self) -> None:
        """Writes what waits, and the file's end."""
        if self._rows:
            self._pack()
        self._write()
        self._writer.close()
        with self._path.open("rb") as written:
            os.fsync(written.fileno())


@lru_cache(maxsize=1 << 14)
def _milliseconds(time: str) -> int:
    return round(datetime.fromisoformat(time).timestamp() * 1000)
