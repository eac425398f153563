"""Logs -> stage events, in time order per host whatever the order of the files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice

import msgspec

from shipper.model import DeadLetter, LogLine, StageEvent
from shipper.parse.head import begins_like_a_line, read_head
from shipper.parse.lines import LineParser
from shipper.pipeline.balance import Balance
from shipper.pipeline.events import EventBuilder, event_id
from shipper.pipeline.timing import Line, Offsets, Reading, Tally, TimedLog
from shipper.sources.files import HEAD_BYTES, STANDARD_INPUT, LogFile
from shipper.sources.merge import merge
from shipper.sources.ordinals import Ending, Ordinals

_PEEK_LINES = 500


class Memory(msgspec.Struct):
    """What reading needs to know of earlier runs, so that a log shipped in pieces gives the same events as at once."""

    offsets: dict[str, dict[int, int]] = msgspec.field(default_factory=dict)
    endings: list[Ending] = msgspec.field(default_factory=list)
    order: int = 0


class LogReader:
    """Reads logs into stage events. Dead letters and notices leave through the callbacks at once."""

    def __init__(
        self,
        reading: Reading,
        parser: LineParser,
        balance: Balance,
        *,
        memory: Memory | None = None,
        on_dead: Callable[[DeadLetter], None],
        on_notice: Callable[[str], None],
        on_bytes: Callable[[int], None] | None = None,
    ) -> None:
        self.memory = memory or Memory()
        self._reading = reading
        self._balance = balance
        self._on_dead = on_dead
        self._on_notice = on_notice
        self._on_bytes = on_bytes
        self._offsets = Offsets(self.memory.offsets)
        self._builder = EventBuilder(parser)
        self._pending: list[_Log] = []

    def read(self, files: Sequence[LogFile]) -> Iterator[StageEvent]:
        """All events of the files; at the end, split entries that still miss parts are given as far as they go."""
        logs = [_Log(self, file) for file in files]
        self._pending = sorted(logs, key=lambda log: log.begins)
        order = self.memory.order
        build, feed, count = self._builder.build, self._builder.feed, self._count
        balance = self._balance
        for _, (id, time, line) in merge(logs):
            order += 1
            event = build(id, time, order, line)
            if event is None:
                yield from count(feed(id, time, order, line))
                continue
            balance.events += 1
            if event.action == "unrecognized":
                balance.unrecognized += 1
            yield event
        self.memory.order = order
        self.memory.offsets = self._offsets.known
        yield from count(self._builder.finish())

    def _count(self, events: Iterator[StageEvent]) -> Iterator[StageEvent]:
        for event in events:
            self._balance.events += 1
            self._balance.unrecognized += event.action == "unrecognized"
            yield event

    def _next_after(self, log: _Log) -> _Log | None:
        """The log that begins next: a line cut in two by the end of this one may go on there."""
        self._pending = [other for other in self._pending if not other.opened]
        return self._pending[0] if self._pending else None


class _Log:
    """One file as a stream of (id, UTC second, line)."""

    def __init__(self, reader: LogReader, file: LogFile) -> None:
        self._reader = reader
        self.opened = False
        self.fragment = b""
        self.first: LogLine | None = None
        self.begins = float("-inf")
        self.file = file if file.path == STANDARD_INPUT else self._peek(file)

    def _peek(self, file: LogFile) -> LogFile:
        """Looks at the beginning: its bytes, its first line, and when it is."""
        lines = list(islice(file.lines(lambda what: None), _PEEK_LINES))
        self.first = lines[0] if lines else None
        if not lines:
            self._reader._on_notice(f"{file.path}: empty, no lines")
        timed = TimedLog(file.path, self._reader._reading, self._reader._offsets, Tally(), lambda letter: None)
        self.begins = next((time for time, _ in timed.read(lines)), float("inf"))
        head = b"\n".join(line.data for line in lines[:64])[:HEAD_BYTES]
        return msgspec.structs.replace(file, head=head)

    def items(self) -> Iterator[tuple[int, tuple[str, int, Line]]]:
        """Opens the file: (UTC second, (event id, UTC second, line))."""
        self.opened = True
        reader = self._reader
        tally = Tally()
        memory = reader.memory
        ordinals = Ordinals(self.file.path, self.file.head, memory.endings)
        timed = TimedLog(self.file.path, reader._reading, reader._offsets, tally, self._dead)
        for time, line in timed.read(self._lines()):
            content = line.head.content
            ordinal = ordinals.next(line.host, time, content)
            yield time, (event_id(line.host, time, content, ordinal), time, line)
        memory.endings = _latest(memory.endings, ordinals.endings())
        reader._balance.lines += tally.lines
        reader._balance.ignored += tally.ignored
        reader._balance.offsets.update(tally.offsets)
        reader._balance.zone_disagreements.update(tally.disagreements)

    def _dead(self, letter: DeadLetter) -> None:
        self._reader._balance.dead_letters += 1
        self._reader._on_dead(letter)

    def _lines(self) -> Iterator[LogLine]:
        """The file's lines; one that the end of this file cut in two is made whole with the next file's start."""
        lines = self.file.lines(self._reader._on_notice, self._reader._on_bytes)
        if self.fragment:
            next(lines, None)
        for line in lines:
            yield line if line.ended else self._completed(line)

    def _completed(self, line: LogLine) -> LogLine:
        following = self._reader._next_after(self)
        if following is None or following.first is None:
            return line
        rest = following.first
        whole = line.data + rest.data
        if read_head(whole) is None or (begins_like_a_line(rest.data) and read_head(line.data) is not None):
            return line
        following.fragment = rest.data
        return LogLine(whole, line.source, line.offset, rest.ended)


def _latest(endings: list[Ending], new: list[Ending]) -> list[Ending]:
    """One ending per host and log, in a bounded number."""
    fresh = {(ending.host, ending.path, ending.head) for ending in new}
    kept = [ending for ending in endings if (ending.host, ending.path, ending.head) not in fresh]
    return [*kept, *new][-1000:]
