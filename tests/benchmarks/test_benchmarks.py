"""The benchmarks run: what they measure is looked at by people, not asserted."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

PARTS = [
    "prefix.match + kind.match, nothing else",
    "read + parse",
    "read + parse + join",
    "... + put aside, message documents (parse --emit messages)",
    "... + both documents, serialised (parse --emit all)",
]
SMALL = ["--lines", "1500", "--block", "60", "--rounds", "1"]


def run(*arguments: str) -> str:
    command = [sys.executable, "-m", "tests.benchmarks", *SMALL, *arguments]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout


def test_every_part_is_measured() -> None:
    found = json.loads(run("--json", "--memory", "300"))

    assert [part["what"] for part in found["speed"]] == PARTS
    assert found["speed"][0]["ratio"] == 1
    assert all(part["lines_per_second"] > 0 for part in found["speed"])
    assert (found["lines"], found["memory"]["lines"]) == (1500, 300)
    assert found["memory"]["ratio"] == found["memory"]["ten_times"] / found["memory"]["once"]


@pytest.mark.cluster
def test_the_table_with_an_embedded_node() -> None:
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in run("--cluster").splitlines()[2:]]

    assert rows[0] == ["what", "figure", "ratio"]
    assert [row[0] for row in rows[2:]] == [*PARTS, "ship to an embedded node", "ship: its own processor time"]
    assert rows[7][1].endswith(" documents/s")
