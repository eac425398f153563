"""Dead letters on standard output: tables on a terminal, lines with tabs in a pipe, or everything there is to know."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import click

from shipper.commands.rows import clean, print_rows
from shipper.pipeline.letters import describe_letter, log_time
from shipper.state.dead_letters import Buried

_VALUES = re.compile(r"'[^']*'|\"[^\"]*\"|\b\d+\b")
_LIST = ("number", "step", "time", "where", "reason")
_SUMMARY = ("count", "step", "reason")


def print_list(letters: Iterable[Buried]) -> None:
    """One line each."""
    print_rows(_LIST, (_row(buried) for buried in letters))


def _row(buried: Buried) -> Sequence[str]:
    letter = buried.letter
    return str(buried.number), letter.step, log_time(letter) or "-", letter.where, letter.reason


def summarize(reasons: Iterable[tuple[str, str, int]]) -> list[tuple[int, str, str]]:
    """(how many, step, reason), most first; reasons that differ only in a quoted value or a number count as one."""
    counts: Counter[tuple[str, str]] = Counter()
    for step, reason, count in reasons:
        counts[step, _VALUES.sub("*", reason)] += count
    return [(count, step, reason) for (step, reason), count in counts.most_common()]


def print_summary(rows: Iterable[tuple[int, str, str]]) -> None:
    """How many there are of each step and reason."""
    print_rows(_SUMMARY, ((str(count), step, reason) for count, step, reason in rows))


def print_whole(buried: Buried) -> None:
    """All that is known of one, in paragraphs."""
    told = describe_letter(buried.letter, buried.number)
    document = told.pop("document", {})
    log = told.pop("log", None)
    shown: dict[str, Any] = {name: told[name] for name in ("step", "reason", "time") if name in told}
    if log is not None:
        shown |= {"log": log["file"]["path"], "offset": log["offset"], "line": told["data"]}
    shown |= {name: value for name, value in document.items() if name != "source"}
    click.echo(f"dead letter {buried.number}")
    for name, value in shown.items():
        click.echo(f"  {name + ':':<10} {clean(str(value))}")
    for name, raw in (("error", told.get("error")), ("document", document.get("source"))):
        if raw is not None:
            click.echo(f"  {name}:")
            click.echo(_indented(bytes(raw)))


def _indented(raw: bytes) -> str:
    text = json.dumps(json.loads(raw), indent=2, ensure_ascii=False)
    return "\n".join(f"    {clean(line)}" for line in text.splitlines())
