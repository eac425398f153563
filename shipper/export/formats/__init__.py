"""How a table is written."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Literal, Protocol

from shipper.errors import ShipperError
from shipper.export.rows import Row
from shipper.export.tables import Table

Format = Literal["csv", "ndjson", "parquet"]


class TableFile(Protocol):
    """A file that is being written."""

    def add(self, row: Row) -> None:
        """Writes a row."""
        ...

    def close(self) -> None:
        """Ends the file; it is whole then, and on the disk."""
        ...


class OpenTable(Protocol):
    """Begins a file of this table."""

    def __call__(self, path: Path, table: Table) -> TableFile: ...


def opener(format: Format) -> OpenTable:
    """What begins files of this format. Raises ShipperError where it needs a package that is not installed."""
    if format == "csv":
        from shipper.export.formats.csv_file import CsvFile

        return CsvFile
    if format == "ndjson":
        from shipper.export.formats.ndjson_file import NdjsonFile

        return NdjsonFile
    try:
        importlib.import_module("pyarrow.parquet")
    except ImportError:
        raise ShipperError(
            "Parquet files need the package pyarrow, which is not installed",
            advice="pip install 'utm-shipper[parquet]', or take --format csv or ndjson",
        ) from None
    from shipper.export.formats.parquet_file import ParquetFile

    return ParquetFile
