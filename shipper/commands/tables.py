"""Counts as tables on standard output: next to each other on a terminal, one below the other in a pipe."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.columns import Columns
from rich.console import Console
from rich.padding import Padding
from rich.table import Table as RichTable

from shipper.report.summary import Table

_TITLE_WIDTH = 26
_COUNT_WIDTH = 7


def print_tables(tables: Sequence[Table]) -> None:
    """Each table with its total in the heading; one that counted nothing is left out."""
    console = Console(highlight=False)
    made = [_rich(table) for table in tables if table.rows]
    if console.is_terminal:
        console.print(Columns([Padding(table, (0, 0, 1, 0), expand=False) for table in made], padding=(0, 4)))
        return
    for table in made:
        console.print(table)
        console.print()


def _rich(table: Table) -> RichTable:
    made = RichTable(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    made.add_column(table.title, min_width=_TITLE_WIDTH)
    made.add_column(f"{table.total:,}", justify="right", min_width=_COUNT_WIDTH)
    for value, count in table.rows:
        made.add_row(value, f"{count:,}")
    return made
