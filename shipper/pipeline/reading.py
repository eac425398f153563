"""Logs -> stage events, in time order per host whatever the order of the files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice, pairwise

import msgspec

from shipper.model import DeadLetter, LogLine, StageEvent
from shipper.parse.clock import Reached
from shipper.parse.head import begins_like_a_line, read_head
from shipper.parse.lines import LineParser
from shipper.pipeline.balance import Balance
from shipper.pipeline.beginnings import order_beginnings
from shipper.pipeline.events import EventBuilder, IdsOfSecond, Unfinished
from shipper.pipeline.timing import Beginning, Line, Offsets, Reading, Tally, TimedLog
from shipper.sources.files import HEAD_BYTES, LogFile
from shipper.sources.follow.piece import Piece
from shipper.sources.merge import merge
from shipper.sources.ordinals import Edge, Ordinals

_PEEK_LINES = 500
_NEAR = 7 * 86_400
"""Seconds after the line before it within which a log may begin that goes on with a line that was cut in two."""
_RANK_BITS = 24
_LAST_RANK = 255


class Memory(msgspec.Struct):
    """What reading needs to know of earlier runs, so that a log shipped in pieces gives the same events as at once."""

    offsets: dict[str, dict[int, int]] = msgspec.field(default_factory=dict)
    reached: dict[str, Reached] = msgspec.field(default_factory=dict)
    unfinished: Unfinished = msgspec.field(default_factory=Unfinished)
    edges: list[Edge] = msgspec.field(default_factory=list)


Log = LogFile | Piece


class Progress(msgspec.Struct, frozen=True):
    """What was read of one log: how many lines had a time, and the UTC seconds of its very first and this last one."""

    log: Log
    lines: int
    began: int | None
    reached: int | None


class LogReader:
    """Reads logs into stage events. Dead letters and notices leave through the callbacks at once.

    `progress` tells of each log that `read` has come to the end of.
    """

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
        self._offsets = Offsets(self.memory.offsets, self.memory.reached)
        self._builder = EventBuilder(parser, self.memory.unfinished)
        self._waiting: list[_Log] = []
        self.progress: list[Progress] = []

    def read(self, files: Sequence[Log]) -> Iterator[StageEvent]:
        """All events of the files; at the end, split entries that still miss parts are given as far as they go."""
        return self.read_from(self.look_at(files))

    def look_at(self, files: Sequence[Log]) -> Beginnings:
        """Looks at how the logs begin and puts them in order; `read_from` goes on from there."""
        return Beginnings(self._in_order(files))

    def read_from(self, beginnings: Beginnings) -> Iterator[StageEvent]:
        """All events of the logs that were looked at."""
        self.progress = []
        logs = beginnings.logs
        recent = Recent() if len(logs) > 1 else None
        build, feed, count = self._builder.build, self._builder.feed, self._count
        balance = self._balance
        items = logs[0].items() if len(logs) == 1 else merge(logs)
        for _, (id, time, order, line) in items:
            if recent is not None and recent.has(line.host, time, id):
                balance.events += 1
                balance.repeated += 1
                continue
            event = build(id, time, order, line)
            if event is None:
                yield from count(feed(id, time, order, line))
                continue
            balance.events += 1
            if event.action == "unrecognized":
                balance.unrecognized += 1
            yield event
        self.memory.offsets = self._offsets.known
        self.memory.reached = self._offsets.reached
        yield from count(self._builder.finish())

    def _count(self, events: Iterator[StageEvent]) -> Iterator[StageEvent]:
        for event in events:
            self._balance.events += not event.replaces
            self._balance.unrecognized += event.action == "unrecognized"
            yield event

    def _in_order(self, files: Sequence[Log]) -> list[_Log]:
        logs = [_Log(self, file) for file in files]
        new = [log for log in logs if log.resumes_at is None]
        seconds = order_beginnings([log.beginning for log in new], self._offsets)
        for log, second in zip(new, seconds, strict=True):
            log.begins = float("-inf") if log.file.is_stream else second
        self._waiting = sorted(logs, key=_Log.order)
        begun = [log for log in self._waiting if log.resumes_at is None]
        for log, following in pairwise(begun):
            following.rank = log.rank + 1 if following.begins == log.begins else 0
        return list(self._waiting)

    def _continued_in(self, line: LogLine, now: float) -> _Log | None:
        """The log that goes on with a line that was cut in two in this UTC second: one that begins soon after."""
        self._waiting = [log for log in self._waiting if not log.opened]
        soonest = self._waiting[0].begins if self._waiting else 0
        near = (log for log in self._waiting if log.begins <= max(now, soonest) + _NEAR and not log.fragment)
        fitting = [log for log in near if log.first is not None and is_one_line(line.data, log.first.data)]
        return min(fitting, key=lambda log: log.first is None or begins_like_a_line(log.first.data), default=None)


class _Log:
    """One file, or a piece of one, as a stream of (id, UTC second, line).

    `resumes_at` is the UTC second that the pieces of this log before had got to; `rank` is its place among the logs
    that begin in the same second, the last one for what follows its first piece.
    """

    def __init__(self, reader: LogReader, file: Log) -> None:
        self._reader = reader
        self.opened = False
        self.fragment = b""
        self._known_by = b""
        self.first: LogLine | None = None
        self.beginning: Beginning | None = None
        self.is_one_second = False
        self._before = file.checkpoint if isinstance(file, Piece) and file.offset else None
        self.resumes_at = self._before.reached if self._before else None
        self.rank = 0 if self.resumes_at is None else _LAST_RANK
        self.begins = float("inf") if self.resumes_at is None else self.resumes_at
        self._now = 0.0
        self.file = file if file.is_stream or self.resumes_at is not None else self._peek(file)

    def order(self) -> tuple[float, bool, bool, str]:
        """Of logs that begin or go on in the same second, the one goes first that was begun or is over before."""
        path = "" if isinstance(self.file, Piece) else self.file.path
        return self.begins, self.resumes_at is None, not self.is_one_second, path

    def _peek(self, file: Log) -> Log:
        """Looks at the beginning: its bytes, its first line, and when it is."""
        lines = list(islice(file.lines(lambda what: None), _PEEK_LINES))
        if lines:
            self.first = lines[0]
        else:
            self._reader._on_notice(f"{file.path}: empty, no lines")
        timed = TimedLog(file.path, self._reader._reading, Offsets(), Tally(), lambda letter: None)
        self.beginning = timed.first(lines)
        self.is_one_second = len(lines) < _PEEK_LINES and _stamp(lines) == _stamp(reversed(lines))
        if isinstance(file, Piece) or file.head:
            return file
        head = b"\n".join(line.data for line in lines[:64])[:HEAD_BYTES]
        return msgspec.structs.replace(file, head=head)

    def items(self) -> Iterator[tuple[int, tuple[str, int, int, Line]]]:
        """Opens the file: (UTC second, (event id, UTC second, order, line)).

        The order comes from when the log begins and the number of the line, not from when it is read.
        """
        self.opened = True
        reader = self._reader
        tally = Tally()
        memory = reader.memory
        goes_on = self._before is not None
        ordinals = Ordinals(self.file.path, self.file.head, memory.edges, goes_on=goes_on)
        timed = TimedLog(self.file.path, reader._reading, reader._offsets, tally, self._dead, goes_on=goes_on)
        began, lines_before = self._beginning_of_log()
        first_order = order = ((began or 0) << 32) + (self.rank << _RANK_BITS) + lines_before
        second, host, counts, ids = -1, "", dict[str, int](), IdsOfSecond("", 0)
        for time, line in timed.read(self._lines()):
            if time != second or line.host != host:
                self._now = second = time
                host = line.host
                counts = ordinals.counts(host, second)
                ids = IdsOfSecond(host, second)
            content = line.head.content
            ordinal = counts.get(content, 0)
            counts[content] = ordinal + 1
            order += 1
            yield time, (ids.of(content, ordinal), time, order, line)
        reached = None if order == first_order else second
        reader.progress.append(Progress(self.file, order - first_order, began, reached))
        memory.edges = ordinals.added_to(memory.edges)
        reader._balance.lines += tally.lines
        reader._balance.ignored += tally.ignored
        reader._balance.offsets.update(tally.offsets)
        reader._balance.zone_disagreements.update(tally.disagreements)

    def _beginning_of_log(self) -> tuple[int | None, int]:
        """When the whole log began, and how many of its lines were read before: these number the lines that follow."""
        if self._before is not None and self._before.began is not None:
            return self._before.began, self._before.lines
        return int(self.begins) if 0 < self.begins < float("inf") else None, 0

    def _dead(self, letter: DeadLetter) -> None:
        """What can be read only once is known by its first dead line."""
        self._known_by = self._known_by or self.file.head or letter.data[:HEAD_BYTES]
        self._reader._balance.dead_letters += 1
        self._reader._on_dead(msgspec.structs.replace(letter, head=self._known_by))

    def _lines(self) -> Iterator[LogLine]:
        """The file's lines; one that the end of this file cut in two is made whole with the next file's start."""
        lines = self.file.lines(self._reader._on_notice, self._reader._on_bytes)
        if self.fragment:
            next(lines, None)
        for line in lines:
            yield line if line.ended else self._completed(line)

    def _completed(self, line: LogLine) -> LogLine:
        following = self._reader._continued_in(line, self._now)
        if following is None or following.first is None:
            return line
        following.fragment = following.first.data
        return LogLine(line.data + following.first.data, line.source, line.offset, following.first.ended)


def _stamp(lines: Iterable[LogLine]) -> str | None:
    """That of the first line that has one."""
    return next((head.stamp for line in lines if (head := read_head(line.data))), None)


def is_one_line(beginning: bytes, rest: bytes) -> bool:
    """Whether two pieces make one line: together they can be read, and not each for itself."""
    if read_head(beginning + rest) is None:
        return False
    return not begins_like_a_line(rest) or read_head(beginning) is None


class Beginnings:
    """Logs that were looked at, in the order in which they are to be read."""

    def __init__(self, logs: list[_Log]) -> None:
        self.logs = logs

    def earliest(self) -> dict[str, float]:
        """The UTC second in which the earliest log of each host begins that was not begun before."""
        seconds: dict[str, float] = {}
        for log in self.logs:
            if log.beginning is not None and log.begins < seconds.get(log.beginning.host, float("inf")):
                seconds[log.beginning.host] = log.begins
        return seconds


class Recent:
    """The events of the last minute: a line that a copy of its log gives again is left out."""

    _SECONDS = 64

    def __init__(self) -> None:
        self._seen: dict[str, dict[int, set[str]]] = {}

    def has(self, host: str, time: int, id: str) -> bool:
        """Whether this event was there before; it is from now on."""
        seconds = self._seen.setdefault(host, {})
        ids = seconds.get(time)
        if ids is None:
            ids = seconds[time] = set()
            if len(seconds) > self._SECONDS:
                del seconds[next(iter(seconds))]
        if id in ids:
            return True
        ids.add(id)
        return False
