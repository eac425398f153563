"""A refused document as it would be built now."""

from __future__ import annotations

import datetime

import msgspec

from shipper.documents.event_json import event_json
from shipper.model import BulkItem, DeadLetter, StageEvent
from shipper.parse.head import read_head
from shipper.parse.lines import LineParser


class _Host(msgspec.Struct):
    name: str = ""


class _Event(msgspec.Struct):
    original: str | None = None


class _File(msgspec.Struct):
    path: str = ""


class _Log(msgspec.Struct):
    file: _File = msgspec.field(default_factory=_File)
    offset: int = 0


class _Utm(msgspec.Struct):
    queue_ids: list[str] = msgspec.field(default_factory=list)
    original_encoding: str | None = None


class _Sophos(msgspec.Struct):
    utm: _Utm


class _Document(msgspec.Struct):
    """What is needed of an event's document, and of a message's."""

    time: datetime.datetime = msgspec.field(name="@timestamp")
    sophos: _Sophos
    event: _Event
    host: _Host = msgspec.field(default_factory=_Host)
    log: _Log = msgspec.field(default_factory=_Log)


def _read(letter: DeadLetter) -> _Document | None:
    try:
        return msgspec.json.decode(letter.data, type=_Document)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


def message_key(letter: DeadLetter) -> tuple[str, str] | None:
    """(host, queue id) of a message's document; None for any other, and for an attempt without an id."""
    document = _read(letter)
    if document is None or not document.sophos.utm.queue_ids:
        return None
    return document.host.name, document.sophos.utm.queue_ids[0]


def refused_item(letter: DeadLetter, parser: LineParser) -> BulkItem:
    """The operation that was refused: an event's document made anew of its line, any other as it is.

    A part of a split entry says what the whole entry says: it stays as it is.
    """
    assert letter.operation
    body = letter.data
    document = _read(letter)
    if document is not None and document.event.original is not None:
        body = _rebuilt(letter.id, document, document.event.original, parser) or body
    return BulkItem(letter.operation, letter.index, letter.id, body, letter.version)


def _rebuilt(id: str, document: _Document, original: str, parser: LineParser) -> bytes | None:
    head = read_head(original.encode(document.sophos.utm.original_encoding or "utf-8"))
    if head is None or head.parts != 1:
        return None
    statement = parser.parse(head)
    event = StageEvent(
        id, document.host.name, int(document.time.timestamp()), 0, statement.stage, head.process, head.pid,
        statement.action, statement.kind, statement.queue_id, statement.fields, head.line, document.log.file.path,
        document.log.offset, head.encoding,
    )  # fmt: skip
    return event_json(event)
