"""Logs that are read into an archive."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from shipper.errors import StateError
from shipper.retrieval import Document, read_logs
from shipper.sources.files import find_logs
from shipper.state import sorted_documents
from tests.comparison import assert_equal
from tests.generator import generate, render
from tests.pipeline.running import preparation, write_log

START = datetime(2019, 6, 10, 8, tzinfo=UTC)


def messages_of(log: Path) -> list[Document]:
    with read_logs(find_logs([str(log)]), preparation(), on_notice=lambda words: None) as archive:
        return [{k: v for k, v in message.items() if k != "_id"} for message in archive.messages()]


def test_a_message_whose_beginning_comes_last_is_there_once(tmp_path: Path) -> None:
    """It was given out under the id of its scan, long before the line came that gives it another."""
    traffic = generate(51, messages=250, start=START, rate=2)
    moved = next(key for key, name in zip(traffic.keys, traffic.scenarios, strict=True) if name == "delivered")
    late = [line for line in traffic.lines if moved in line.message and line.stage == "exim-in" and line.queue_id]
    assert late
    early = [line for line in traffic.lines if line not in late]
    log = write_log(tmp_path / "smtp.log", render([*early, *late], "P1"))

    found = messages_of(log)
    wanted = traffic.messages[traffic.keys.index(moved)]["email"]["local_id"]
    assert wanted in [m.get("email", {}).get("local_id") for m in found]
    ids = [queue_id for m in found for queue_id in m["sophos"]["utm"].get("queue_ids", [])]
    assert sorted(ids) == sorted(set(ids))


def test_a_log_that_is_there_twice(tmp_path: Path) -> None:
    traffic = generate(52, messages=120, start=START)
    for name in ("a.log", "b.log"):
        write_log(tmp_path / name, render(traffic.lines, "P1"))

    assert_equal(traffic.messages, messages_of(tmp_path), traffic.scenarios)


def test_a_disk_that_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = write_log(tmp_path / "smtp.log", render(generate(53, messages=60, start=START).lines, "P1"))
    full = sorted_documents._SCHEMA.replace(
        "CREATE TABLE messages", "PRAGMA max_page_count = 12; CREATE TABLE messages", 1
    )
    monkeypatch.setattr(sorted_documents, "_SCHEMA", full)

    with pytest.raises(StateError, match="documents cannot be put in order on disk: database or disk is full; name a"):
        messages_of(log)
