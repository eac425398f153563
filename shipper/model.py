"""The values that travel between the steps: frozen. Dicts appear only as an event's fields and at the JSON edge."""

from __future__ import annotations

import datetime
from functools import lru_cache
from typing import Any, Literal

import msgspec

Operation = Literal["create", "index", "delete"]

Fields = dict[str, Any]
"""Dotted document path -> value, as one line states it."""

ACTIONS = frozenset(
    {
        "connection-opened",
        "connection-closed",
        "connection-lost",
        "policy-warning",
        "recipient-accepted",
        "dkim-checked",
        "dkim-check-failed",
        "spam-checked",
        "spam-check-failed",
        "malware-check-failed",
        "authentication-failed",
        "sender-verify-failed",
        "message-received",
        "rejected",
        "temporarily-rejected",
        "message-abandoned",
        "queued-for-scan",
        "scan-started",
        "disposition",
        "scan-finished",
        "delivered",
        "deferred",
        "failed",
        "host-failed",
        "tls-failed",
        "tls-fallback",
        "bounce-created",
        "completed",
        "frozen",
        "daemon",
        "continuation",
        "unrecognized",
    }
)
"""The closed list of `event.action`."""


class LogLine(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One line: its bytes without the line end, the path it came from, and its byte offset in the (unpacked) file.

    `ended` is false for a last line that has no line end.
    """

    data: bytes
    source: str
    offset: int
    ended: bool = True


class StageEvent(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One understood line, or one kept unrecognised.

    `time` is the line's UTC second, `order` its place among the lines of its host and second (later lines are larger),
    `id` the document id, `fields` what the line states, `encoding` how its bytes were read where they are no UTF-8.
    `replaces` says that an earlier run gave the same event with less in it.
    """

    id: str
    host: str
    time: int
    order: int
    stage: str
    process: str
    pid: int | None
    action: str
    kind: str
    queue_id: str | None
    fields: Fields
    original: str
    source: str
    offset: int
    encoding: str | None = None
    replaces: bool = False


@lru_cache(maxsize=1 << 14)
def iso_date(second: int) -> str:
    """A UTC second as documents have it: `2019-06-10T15:04:40.000Z`."""
    return datetime.datetime.fromtimestamp(second, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


class BulkItem(msgspec.Struct, frozen=True, gc=False):
    """One operation of a `_bulk` body.

    `body` is the document as serialised JSON (empty for a delete). `version`, when given, is sent as an external
    version with `version_type: external_gte`.
    """

    operation: Operation
    index: str
    id: str
    body: bytes = b""
    version: int | None = None


class DeadLetter(msgspec.Struct, frozen=True, gc=False):
    """What could not take its next step, with all that is needed to see why and to try again.

    `step` is the step that refused it (`sources`, `clock`, `cluster`, ...), `reason` one line, `source` and `offset`
    (bytes) where it was read, `data` the raw line or the document that was refused.
    """

    step: str
    reason: str
    data: bytes
    source: str = ""
    offset: int | None = None
