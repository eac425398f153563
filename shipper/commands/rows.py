"""Rows on standard output: aligned columns on a terminal, columns with tabs in a pipe."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable, Sequence

import click

_MOST_PART = 4


def print_rows(names: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """On a terminal under the names of the columns, one line each: long values are cut, the last at the line's end."""
    if not sys.stdout.isatty():
        for row in rows:
            click.echo("\t".join(map(clean, row)))
        return
    width = shutil.get_terminal_size().columns
    table = [
        names,
        *([*(_end(clean(value), width // _MOST_PART) for value in row[:-1]), clean(row[-1])] for row in rows),
    ]
    widths = [max(map(len, column)) for column in zip(*(row[:-1] for row in table), strict=True)]
    for row in table:
        line = "  ".join([*(value.ljust(own) for value, own in zip(row, widths, strict=False)), row[-1]])
        click.echo(line if len(line) <= width else f"{line[: width - 1]}…")


def _end(text: str, width: int) -> str:
    """Of a long place the end tells more."""
    return text if len(text) <= width else f"…{text[1 - width :]}"


def clean(text: str) -> str:
    """What a log or a cluster quotes may hold line ends and terminal codes."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
