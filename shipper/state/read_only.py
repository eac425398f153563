"""Looking into a state without holding it, also while another process does."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from shipper.errors import StateError
from shipper.state.dead_letters import DeadLetters
from shipper.state.store import SCHEMA_VERSION, WAY_OUT
from shipper.state.upgrades import from_version_1


@contextmanager
def view_dead_letters(folder: Path) -> Iterator[DeadLetters | None]:
    """The dead letters as the last commit left them; None where there is no state. Nothing is changed.

    Raises StateError when the state cannot be read.
    """
    path = folder / "state.db"
    try:
        if not path.exists():
            yield None
            return
        with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, timeout=5)) as connection:
            connection.execute("BEGIN")
            yield _letters_in(connection, folder)
    except (OSError, sqlite3.Error) as error:
        raise StateError(f"the state {path} cannot be read: {error}", advice=WAY_OUT) from error


def _letters_in(connection: sqlite3.Connection, folder: Path) -> DeadLetters | None:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version == 0:
        return None
    if version == 1:
        return _upgraded(connection)
    if version != SCHEMA_VERSION:
        raise StateError(f"the state in {folder} was written by another version of utm-shipper", advice=WAY_OUT)
    return DeadLetters(connection)


def _upgraded(connection: sqlite3.Connection) -> DeadLetters:
    """A copy, as it will be once a run that may write has brought the state to this version."""
    copy = sqlite3.connect(":memory:", isolation_level=None)
    (statement,) = connection.execute("SELECT sql FROM sqlite_master WHERE name = 'dead_letters'").fetchone()
    copy.execute(statement)
    rows = connection.execute("SELECT number, step, reason, source, offset, data FROM dead_letters")
    copy.executemany(
        "INSERT INTO dead_letters (number, step, reason, source, offset, data) VALUES (?, ?, ?, ?, ?, ?)", rows
    )
    from_version_1(copy)
    return DeadLetters(copy)
