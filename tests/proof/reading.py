"""A statement, read back from each of its forms with other programs than wrote them."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from shipper.commands import main
from tests.proof.truth import Question, Row

NUMBERS = ("attempts", "peer_port", "bits")
_DEFUSED = re.compile(r"'(?=[\s\x00-\x1f\u200b\ufeff]*[=+\-@＝＋－＠\t\r\n])")


def options_of(question: Question) -> list[str]:
    found = [word for partner in question.partners for word in ("--partner", partner)]
    found += ["--subdomains"] if question.subdomains else []
    found += ["--accepted"] if question.accepted else []
    found += ["--policy", question.policy]
    found += ["--from", question.since[:19]] if question.since else []
    return [*found, "--until", question.until[:19]] if question.until != "9" else found


def ended(result: Result, code: int) -> Result:
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == code, result.stderr
    return result


def run(question: Question, *arguments: str | Path, code: int = 10) -> Result:
    """Runs the command in this process."""
    given = ["tls-proof", *options_of(question), *map(str, arguments)]
    return ended(CliRunner().invoke(main, given), code)


def proven(question: Question, log: Path, folder: Path, *, code: int = 10) -> tuple[Any, list[Row]]:
    """The JSON object and the rows of the CSV file."""
    said = run(question, log, "--json", "--rows", "100000", "--csv", folder / "legs.csv", code=code).stdout
    return json.loads(said), read_csv(folder / "legs.csv")


def read_csv(file: Path) -> list[Row]:
    with file.open(encoding="utf-8", newline="") as lines:
        return [_values(row) for row in csv.DictReader(lines, strict=True)]


def _values(row: dict[str, str]) -> Row:
    values: Row = {name: _DEFUSED.sub("", value) or None for name, value in row.items()}
    for name in NUMBERS:
        values[name] = None if values[name] is None else int(values[name])
    values["queue_ids"] = sorted((values["queue_ids"] or "").split("|")) if values["queue_ids"] else []
    values["lines"] = (values["lines"] or "").split("\n") if values["lines"] else []
    return values
