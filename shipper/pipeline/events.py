"""Timed lines -> stage events; split syslog entries are put together again on the way."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Iterator
from hashlib import blake2b

import msgspec

from shipper.model import LogLine, StageEvent
from shipper.parse.head import Head, decode, read_head
from shipper.parse.lines import STAGES, LineParser, Statement
from shipper.pipeline.timing import Line

_LONGEST_WAIT = 300
_MOST_RESTS = 1000


class Part(msgspec.Struct, frozen=True):
    """One line with its place; those of a split entry are kept until it is whole.

    `given` says that its event was given out before the entry was whole.
    """

    id: str
    host: str
    time: int
    order: int
    line: LogLine
    given: bool = False

    def is_followed_by(self, other: Part) -> bool:
        """Whether another part is the next one of the same entry."""
        mine, its = read_head(self.line.data), read_head(other.line.data)
        near = 0 <= other.time - self.time <= _LONGEST_WAIT
        return mine is not None and its is not None and near and (mine.part + 1, mine.parts) == (its.part, its.parts)


class Unfinished(msgspec.Struct):
    """Split entries that a run left incomplete, by process: `waiting` for their ends, `rests` for their beginnings."""

    waiting: dict[str, list[Part]] = msgspec.field(default_factory=dict)
    rests: dict[str, list[Part]] = msgspec.field(default_factory=dict)


class EventBuilder:
    """Builds one event per line. The first part of a split entry states what the whole entry says."""

    def __init__(self, parser: LineParser, unfinished: Unfinished | None = None) -> None:
        self._parser = parser
        self.unfinished = unfinished or Unfinished()
        self.waiting = self.unfinished.waiting

    def build(self, id: str, time: int, order: int, line: Line) -> StageEvent | None:
        """The event of a line that is no part of a split entry, while none is waiting; None otherwise: feed it then."""
        head = line.head
        if self.waiting or head.parts != 1:
            return None
        kind, action, stage, queue_id, fields = self._parser.read(head, head.text)
        log_line = line.log_line
        return StageEvent(
            id, line.host, time, order, stage, head.process, head.pid, action, kind, queue_id, fields, head.line,
            log_line.source, log_line.offset, head.encoding,
        )  # fmt: skip

    def feed(self, id: str, time: int, order: int, line: Line) -> Iterator[StageEvent]:
        """Events that are whole now, in the order of their lines for any one process."""
        head = line.head
        part = Part(id, line.host, time, order, line.log_line)
        key = f"{line.host}\0{head.process}\0{head.pid}"
        if head.parts == 1 or head.part == 1:
            yield from self._release(key)
        yield from self._release_old(line.host, time)
        if head.parts == 1:
            yield _event(part, head, self._parser.parse(head))
            return
        self.waiting.setdefault(key, []).append(part)
        if head.part == head.parts:
            yield from self._release(key)

    def finish(self) -> Iterator[StageEvent]:
        """Gives what is still waiting as far as it goes; it goes on waiting, for the next run."""
        for key, parts in list(self.waiting.items()):
            rest = self.unfinished.rests.pop(key, [])
            if rest and parts[-1].is_followed_by(rest[0]):
                self.waiting[key] = [*parts, *rest]
                yield from self._release(key)
            else:
                yield from self._release(key)
                self.waiting[key] = [msgspec.structs.replace(part, given=True) for part in parts]

    def _release_old(self, host: str, time: int) -> Iterator[StageEvent]:
        for key, parts in list(self.waiting.items()):
            if parts[0].host == host and parts[0].time < time - _LONGEST_WAIT:
                yield from self._release(key)

    def _release(self, key: str) -> Iterator[StageEvent]:
        parts = self.waiting.pop(key, None)
        if not parts:
            return
        heads = [head for part in parts if (head := read_head(part.line.data))]
        first = heads[0]
        if first.part != 1 and len(self.unfinished.rests) < _MOST_RESTS:
            self.unfinished.rests[key] = [msgspec.structs.replace(part, given=True) for part in parts]
        statement = self._whole(first, heads)
        for part, head in zip(parts, heads, strict=True):
            yield _event(part, head, statement)
            statement = self._continuation(statement)

    def _whole(self, first: Head, heads: list[Head]) -> Statement:
        """What the entry states. Parts are joined as bytes: one may end inside a character."""
        if first.part != 1:
            return Statement("continuation", "continuation", STAGES.get(first.process, "other"), None, {})
        joined = b"".join(head.text.encode(head.encoding or "utf-8") + b"\n" * head.break_after for head in heads)
        text, _ = decode(joined)
        statement = self._parser.parse(first, text)
        if statement.action == "unrecognized" and "\n" in text:
            statement = self._parser.parse(first, text.partition("\n")[0])
        return statement

    @staticmethod
    def _continuation(whole: Statement) -> Statement:
        return Statement("continuation", "continuation", whole.stage, whole.queue_id, {})


def _event(part: Part, head: Head, statement: Statement) -> StageEvent:
    line = part.line
    return StageEvent(
        part.id, part.host, part.time, part.order, statement.stage, head.process, head.pid, statement.action,
        statement.kind, statement.queue_id, statement.fields, head.line, line.source, line.offset, head.encoding,
        part.given,
    )  # fmt: skip


class IdsOfSecond:
    """Makes the ids of the lines of one host and UTC second: 16 characters that need no escaping.

    An id is the second and 64 bits over the line's own content, its host and second, and its ordinal among identical
    lines. The second comes first, as a cluster keeps ids that begin alike in half the space: 64 bits have to tell apart
    no more than the lines of one second.
    """

    __slots__ = ("_beginning", "_hashed")

    def __init__(self, host: str, time: int) -> None:
        self._beginning = (time & 0xFFFFFFFF).to_bytes(4, "big")
        self._hashed = blake2b(f"{host}\0{time}\0".encode(), digest_size=8)

    def of(self, content: str, ordinal: int) -> str:
        hashed = self._hashed.copy()
        hashed.update(f"{content}\0{ordinal}".encode())
        return urlsafe_b64encode(self._beginning + hashed.digest()).decode()
