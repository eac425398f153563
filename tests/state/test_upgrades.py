"""States of earlier versions are taken over as they are."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from shipper.model import DeadLetter
from shipper.state.dead_letters import Buried
from shipper.state.read_only import view_dead_letters
from shipper.state.store import SCHEMA_VERSION, open_store

VERSION_1 = """
CREATE TABLE messages (
    number INTEGER PRIMARY KEY, host TEXT NOT NULL, last INTEGER NOT NULL, queue_ids TEXT NOT NULL,
    message BLOB NOT NULL, document BLOB
);
CREATE INDEX messages_by_age ON messages (host, last);
CREATE TABLE queue_ids (
    host TEXT NOT NULL, queue_id TEXT NOT NULL, message INTEGER NOT NULL, PRIMARY KEY (host, queue_id)
) WITHOUT ROWID;
CREATE TABLE memory (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE dead_letters (
    number INTEGER PRIMARY KEY, step TEXT NOT NULL, reason TEXT NOT NULL, source TEXT NOT NULL, offset INTEGER,
    data BLOB NOT NULL, UNIQUE (step, reason, data)
);
INSERT INTO messages VALUES (1, 'utm', 10, 'a-1', x'6d', NULL);
INSERT INTO queue_ids VALUES ('utm', 'a-1', 1);
PRAGMA user_version = 1;
PRAGMA journal_mode = WAL;
"""
EVENT = b'{"event":{"dataset":"sophos_utm.smtp"},"sophos":{"utm":{"stage":"exim-in"}}}'
MESSAGE = b'{"event":{"dataset":"sophos_utm.smtp_message"},"sophos":{"utm":{"event_count":7}}}'
ROWS = [
    (1, "sources", "no time", "smtp.log", 7, b"\xff"),
    (2, "cluster", "no ip", "utm-smtp-events-2019.06/e1", None, EVENT),
    (4, "cluster", "no ip", "utm-smtp-messages-2019.06/m1", None, MESSAGE),
    (5, "cluster", "no ip", "utm-smtp-messages-2019.06/m2", None, b""),
    (6, "cluster", "no ip", "utm-smtp-messages-2019.06/m3", None, b"[1]"),
]


def sent(operation: str, place: str, data: bytes, version: int | None = None) -> DeadLetter:
    index, _, id = place.partition("/")
    return DeadLetter("cluster", "no ip", data, operation=operation, index=index, id=id, version=version)  # type: ignore[arg-type]


EXPECTED = [
    DeadLetter("sources", "no time", b"\xff", "smtp.log", 7),
    sent("create", "utm-smtp-events-2019.06/e1", EVENT),
    sent("index", "utm-smtp-messages-2019.06/m1", MESSAGE, 7),
    sent("delete", "utm-smtp-messages-2019.06/m2", b""),
    sent("create", "utm-smtp-messages-2019.06/m3", b"[1]"),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    connection = sqlite3.connect(tmp_path / "state.db", isolation_level=None)
    connection.executescript(VERSION_1)
    connection.executemany(
        "INSERT INTO dead_letters (number, step, reason, source, offset, data) VALUES (?, ?, ?, ?, ?, ?)", ROWS
    )
    connection.close()
    return tmp_path


def version(folder: Path) -> int:
    connection = sqlite3.connect(folder / "state.db")
    found: int = connection.execute("PRAGMA user_version").fetchone()[0]
    connection.close()
    return found


def test_everything_is_there_afterwards(folder: Path) -> None:
    for _ in range(2):
        with open_store(folder) as store:
            assert list(store.dead_letters.find()) == [Buried(n, 1, letter) for n, letter in enumerate(EXPECTED, 1)]
            store.commit()
    assert version(folder) == SCHEMA_VERSION
    with open_store(folder) as store:
        assert store.take("utm", "a-1") == b"m"


def test_a_run_that_did_not_end_well_leaves_the_old_version(folder: Path) -> None:
    with open_store(folder) as store:
        store.dead_letters.all()
    assert version(folder) == 1


def test_looking_changes_nothing(folder: Path) -> None:
    before = (folder / "state.db").read_bytes()
    with view_dead_letters(folder) as found:
        assert found
        assert found.all() == EXPECTED
    assert (version(folder), (folder / "state.db").read_bytes()) == (1, before)
