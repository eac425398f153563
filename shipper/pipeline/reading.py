"""Logs -> stage events, in time order per host whatever the order of the files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice, pairwise

import msgspec

from shipper.model import DeadLetter, LogLine, StageEvent
from shipper.parse.clock import Reached
from shipper.parse.head import begins_like_a_line, is_one_line, read_head
from shipper.parse.lines import LineParser
from shipper.pipeline.balance import Balance
from shipper.pipeline.beginnings import order_beginnings
from shipper.pipeline.events import EventBuilder, IdsOfSecond, Unfinished
from shipper.pipeline.logs import Log, Looked, Progress
from shipper.pipeline.recent import Recent
from shipper.pipeline.timing import Beginning, Line, Offsets, Reading, Tally, TimedLog
from shipper.sources.files import HEAD_BYTES, LogFile
from shipper.sources.follow.piece import Piece
from shipper.sources.merge import merge
from shipper.sources.ordinals import Edge, Ordinals

_PEEK_LINES = 500
_NEAR = 7 * 86_400
"""Seconds after the line before it within which a log may begin that goes on with a line that was cut in two."""
_RANK_BITS = 24
_OFFSET_BITS = 4
"""A line takes 16 bytes at least, so that its offset by sixteens tells lines of a log apart."""
_LAST_RANK = 255


class Memory(msgspec.Struct):
    """What reading needs to know of earlier runs, so that a log shipped in pieces gives the same events as at once."""

    offsets: dict[str, dict[int, int]] = msgspec.field(default_factory=dict)
    reached: dict[str, Reached] = msgspec.field(default_factory=dict)
    unfinished: Unfinished = msgspec.field(default_factory=Unfinished)
    edges: list[Edge] = msgspec.field(default_factory=list)


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

    def take_up(self, looked: Sequence[Looked], later: Sequence[Looked] = ()) -> Beginnings:
        """Logs that another reader has looked at. `later` are not read; they may have the rest of a line."""
        logs = [_Log(self, each.log, each) for each in looked]
        self._waiting = sorted([*logs, *(_Log(self, each.log, each) for each in later)], key=_Log.order)
        return Beginnings(sorted(logs, key=_Log.order))

    @property
    def fragments(self) -> dict[str, bytes]:
        """Of the logs that are not read yet: the first lines, by path, that were given to other logs' last ones."""
        return {log.file.path: log.fragment for log in self._waiting if log.fragment and not log.opened}

    def read_from(
        self,
        beginnings: Beginnings,
        *,
        recent: Recent | None = None,
        goes_on: bool = False,
        on_border: Callable[[], None] | None = None,
    ) -> Iterator[StageEvent]:
        """All events of the logs that were looked at.

        `recent` are those of the logs just before; `goes_on`: others follow, which may have the rest of a split entry.
        `on_border` is called where all logs that were begun are at their ends, before the next one.
        """
        self.progress = []
        logs = beginnings.logs
        recent = recent or (Recent() if len(logs) > 1 else None)
        build, feed, count = self._builder.build, self._builder.feed, self._count
        balance = self._balance
        items = logs[0].items() if len(logs) == 1 else merge(logs)
        current: object = None
        for log, (id, time, order, line) in items:
            if on_border is not None and log is not current and len(logs) > 1:
                current = log
                if self._is_border(logs, current):
                    on_border()
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
        self.keep_clocks()
        if not goes_on:
            yield from count(self._builder.finish())

    def forget_offsets(self, known: dict[str, dict[int, int]]) -> None:
        """The offsets that are known are these alone."""
        self._offsets.known = {host: dict(pairs) for host, pairs in known.items()}

    def keep_clocks(self) -> None:
        """`memory` knows what was learned of the hosts' clocks so far."""
        self.memory.offsets = self._offsets.known
        self.memory.reached = self._offsets.reached

    def _is_border(self, logs: Sequence[_Log], log: object) -> bool:
        """Whether nothing of the logs before this one is left, and it was not begun before."""
        assert isinstance(log, _Log)
        begun = sum(other.opened for other in logs)
        return log.is_at_start and len(self.progress) == begun - 1 > 0 and not self.fragments

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

    def __init__(self, reader: LogReader, file: Log, looked: Looked | None = None) -> None:
        self._reader = reader
        self.opened = False
        self.lines = 0
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
        if looked is not None:
            self._know(looked)
        self.file = file if looked or file.is_stream or self.resumes_at is not None else self._peek(file)

    def _know(self, looked: Looked) -> None:
        self.first, self.beginning = looked.first, looked.beginning
        self.begins, self.rank = looked.begins, looked.rank
        self.is_one_second, self.fragment = looked.is_one_second, looked.fragment

    def looked(self) -> Looked:
        """What another reader needs to take this log up."""
        return Looked(self.file, self.first, self.beginning, self.begins, self.rank, self.is_one_second, self.fragment)

    @property
    def is_at_start(self) -> bool:
        """Whether just its first line was given."""
        return self.lines == 1

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
        if not isinstance(file, LogFile) or file.head:
            return file
        head = b"\n".join(line.data for line in lines[:64])[:HEAD_BYTES]
        return msgspec.structs.replace(file, head=head)

    def items(self) -> Iterator[tuple[int, tuple[str, int, int, Line]]]:
        """Opens the file: (UTC second, (event id, UTC second, order, line)).

        The order comes from when the log begins and the line's place in it, not from when it is read.
        """
        self.opened = True
        reader = self._reader
        tally = Tally()
        memory = reader.memory
        goes_on = self._before is not None
        ordinals = Ordinals(self.file.path, self.file.head, memory.edges, goes_on=goes_on)
        timed = TimedLog(self.file.path, reader._reading, reader._offsets, tally, self._dead, goes_on=goes_on)
        began = self._beginning_of_log()
        first_order = ((began or 0) << 32) + (self.rank << _RANK_BITS)
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
            self.lines += 1
            order = first_order + (line.log_line.offset >> _OFFSET_BITS)
            yield time, (ids.of(content, ordinal), time, order, line)
        reader.progress.append(Progress(self.file, self.lines, began, second if self.lines else None))
        memory.edges = ordinals.added_to(memory.edges)
        reader._balance.lines += tally.lines
        reader._balance.ignored += tally.ignored
        reader._balance.offsets.update(tally.offsets)
        reader._balance.zone_disagreements.update(tally.disagreements)

    def _beginning_of_log(self) -> int | None:
        """When the whole log began, whichever piece of it this is."""
        if self._before is not None and self._before.began is not None:
            return self._before.began
        return int(self.begins) if 0 < self.begins < float("inf") else None

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

    def looked(self) -> list[Looked]:
        """What another reader needs to take these logs up."""
        return [log.looked() for log in self.logs]

    def without(self, known: Callable[[Log], bool]) -> Beginnings:
        """Those that are not known."""
        return Beginnings([log for log in self.logs if not known(log.file)])

    def parted(self, first: int) -> tuple[Beginnings, Beginnings]:
        """So many of them, and the others."""
        return Beginnings(self.logs[:first]), Beginnings(self.logs[first:])
