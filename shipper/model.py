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
    day, of_day = divmod(second, 86400)
    minutes, seconds = divmod(of_day, 60)
    return f"{_iso_day(day)}T{minutes // 60:02}:{minutes % 60:02}:{seconds:02}.000Z"


@lru_cache(maxsize=1 << 10)
def _iso_day(day: int) -> str:
    return datetime.datetime.fromtimestamp(day * 86400, datetime.UTC).strftime("%Y-%m-%d")


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
    """What could not take its next step, with all that is needed to see why and to try again: a line or a document.

    `step` is the step that refused it (`sources`, `clock`, `cluster`, ...), `reason` one line, `data` the raw line or
    the document. A line has its `source` (path), its `offset` (bytes) in it, and `head`, how that log begins; of a
    document the `operation`, `index`, `id` and `version` with which it was sent are kept, and the cluster's own `error`
    (JSON).
    """

    step: str
    reason: str
    data: bytes
    source: str = ""
    offset: int | None = None
    head: bytes = b""
    operation: Operation | None = None
    index: str = ""
    id: str = ""
    version: int | None = None
    error: bytes = b""

    @property
    def where(self) -> str:
        """The line's place, or the document's."""
        if self.operation is not None:
            return f"{self.index}/{self.id}"
        return self.source if self.offset is None else f"{self.source}:{self.offset}"


class Checkpoint(msgspec.Struct, frozen=True):
    """One log, known by how its unpacked bytes begin, whatever it was renamed or packed to.

    `head` is at most 1024 of those bytes. `path`, `device` and `inode` tell where it was seen last. `offset` counts the
    unpacked bytes whose lines are safely stored, `lines` those lines; `began` and `reached` are the UTC seconds of the
    first and the last of them. `seen` is when it was last looked at (seconds since 1970), `is_over` says that nothing
    more will come (a packed log read to its end), `error` why it could not be read the last time.
    """

    head: bytes
    path: str
    device: int
    inode: int
    offset: int = 0
    lines: int = 0
    began: int | None = None
    reached: int | None = None
    seen: float = 0.0
    is_over: bool = False
    error: str = ""
