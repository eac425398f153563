"""States that earlier versions wrote, brought to what this one needs."""

from __future__ import annotations

import sqlite3

import msgspec

from shipper.model import DeadLetter, Operation
from shipper.state import dead_letters


class _Document(msgspec.Struct):
    event: dict[str, object]
    sophos: dict[str, dict[str, object]]


def from_version_1(connection: sqlite3.Connection) -> None:
    """Version 1 kept of a dead letter neither a line's log nor how a document was sent.

    Its messages were all written when it kept them.
    """
    upgrade_dead_letters(connection)
    for column in ("is_shown", "is_open"):
        connection.execute(f"ALTER TABLE messages ADD COLUMN {column} INTEGER NOT NULL DEFAULT 1")


def upgrade_dead_letters(connection: sqlite3.Connection) -> None:
    """From those of version 1: this table alone."""
    connection.execute("ALTER TABLE dead_letters RENAME TO dead_letters_1")
    for statement in dead_letters.SCHEMA.split(";"):
        connection.execute(statement)
    letters = dead_letters.DeadLetters(connection)
    for row in connection.execute("SELECT step, reason, data, source, offset FROM dead_letters_1 ORDER BY number"):
        letter = DeadLetter(*row)
        letters.bury(_as_document(letter) if letter.step == "cluster" else letter)
    connection.execute("DROP TABLE dead_letters_1")


def _as_document(letter: DeadLetter) -> DeadLetter:
    index, _, id = letter.source.partition("/")
    operation, version = _sent_as(letter.data)
    return msgspec.structs.replace(letter, source="", operation=operation, index=index, id=id, version=version)


def _sent_as(data: bytes) -> tuple[Operation, int | None]:
    """What the document tells of it. Creating it never does harm."""
    if not data:
        return "delete", None
    try:
        document = msgspec.json.decode(data, type=_Document)
        if document.event["dataset"] == "sophos_utm.smtp_message":
            return "index", int(str(document.sophos["utm"]["event_count"]))
    except (msgspec.MsgspecError, KeyError, ValueError):
        pass
    return "create", None
