"""The small stories of tests/cases: whole documents."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.comparison import assert_equal, flatten
from tests.generator.syslog import as_read
from tests.pipeline.running import run

CASES = sorted(folder for folder in (Path(__file__).parent / "cases").iterdir() if folder.is_dir())


def documents(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def in_full(events: list[dict[str, Any]], log: Path) -> list[dict[str, Any]]:
    """The expected events with what follows from the input: each line's text, path and offset."""
    full, offset = [], 0
    for event, line in zip(events, log.read_bytes().splitlines(keepends=True), strict=True):
        text = as_read(line.removesuffix(b"\n").decode("utf-8", "surrogateescape"))
        flat = flatten(event) | {"event.original": text, "log.file.path": str(log), "log.offset": offset}
        full.append(flat)
        offset += len(line)
    return full


@pytest.mark.parametrize("folder", CASES, ids=lambda folder: folder.name)
def test_case(folder: Path) -> None:
    log = folder / "input.log"
    result = run(log)
    assert_equal(documents(folder / "messages.ndjson"), result.messages)
    found = sorted(map(flatten, result.events), key=lambda event: int(event["log.offset"]))
    if (folder / "events.ndjson").exists():
        assert found == in_full(documents(folder / "events.ndjson"), log)
    else:
        wanted = documents(folder / "actions.ndjson")
        assert [{path: event.get(path) for path in wanted[0]} for event in found] == wanted
    assert result.balance.holds
    assert result.balance.dead_letters == 0
