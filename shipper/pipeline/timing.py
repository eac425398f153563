"""One log's lines with their UTC seconds."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from zoneinfo import ZoneInfo

import msgspec

from shipper.model import DeadLetter, LogLine
from shipper.parse.clock import Clock, Reached, Timed, observe
from shipper.parse.head import Head, decode, local_second, read_head
from shipper.parse.year import Years, year_in_name, year_near
from shipper.parse.zone_fold import ZoneFold

REACH = 7 * 86400
"""Seconds of log time over which one log's offset is carried to another that has none of its own."""


_LONGEST_FOLD = 7200


class Line(msgspec.Struct, frozen=True, gc=False):
    """A line with a readable head and a host."""

    log_line: LogLine
    head: Head
    host: str


class Reading(msgspec.Struct, frozen=True):
    """How lines are read: settings that concern every log. `year` is that of lines whose year nothing else tells."""

    host: str = ""
    zone: ZoneInfo | None = None
    ignore: Sequence[re.Pattern[str]] = ()
    year: int | None = None

    def ignores(self, data: bytes) -> bool:
        """Whether the user's own rules leave this line out."""
        text = decode(data)[0]
        return any(pattern.search(text) for pattern in self.ignore)


class Beginning(msgspec.Struct, frozen=True):
    """How a log begins: its first host, that line's local second, the offset that its own ids tell, its UTC second."""

    host: str
    local: int
    offset: int | None
    time: int | None


class Offsets:
    """Each host's known offsets from UTC: (UTC second, offset) pairs from all logs at hand and from the state.

    `reached` is where each host's clock stood at the end of the log read last.
    """

    def __init__(
        self, known: dict[str, dict[int, int]] | None = None, reached: dict[str, Reached] | None = None
    ) -> None:
        self.known: dict[str, dict[int, int]] = known or {}
        self.reached: dict[str, Reached] = reached or {}

    def learn(self, host: str, second: int, offset: int) -> None:
        """Keeps one pair per host and hour."""
        self.known.setdefault(host, {})[second // 3600 * 3600] = offset

    def near(self, host: str, local: int) -> int | None:
        """The offset known nearest in time, within reach."""
        pairs = self.known.get(host, {}).items()
        distance, offset = min(((abs(second - local), offset) for second, offset in pairs), default=(REACH + 1, 0))
        return offset if distance <= REACH else None


class Tally(msgspec.Struct):
    """What one log's reading counted on the way."""

    lines: int = 0
    ignored: int = 0
    offsets: Counter[tuple[str, int, str]] = msgspec.field(default_factory=Counter)
    disagreements: Counter[str] = msgspec.field(default_factory=Counter)


class _HostTime:
    """One host's clock, its years, and how many lines it dated since `offset` of the day from `midnight` was noted."""

    __slots__ = ("clock", "dated", "midnight", "offset", "waiting", "years")

    def __init__(self, clock: Clock[Line]) -> None:
        self.clock = clock
        self.years = Years()
        self.waiting: list[Line] = []
        self.dated = 0
        self.offset: int | None = None
        self.midnight = 0


class TimedLog:
    """Reads one log's lines into (UTC second, Line); what has no readable time becomes a dead letter."""

    def __init__(
        self,
        path: str,
        reading: Reading,
        offsets: Offsets,
        tally: Tally,
        on_dead: Callable[[DeadLetter], None],
        *,
        goes_on: bool = False,
    ) -> None:
        """`goes_on`: the lines follow those of the same log that each host's clock has reached."""
        self._year_of_log = year_in_name(path) or reading.year
        self._goes_on = goes_on
        self._reading = reading
        self._offsets = offsets
        self._tally = tally
        self._on_dead = on_dead
        self._hosts: dict[str, _HostTime] = {}
        self._fold = ZoneFold(reading.zone) if reading.zone else None

    def first(self, lines: Iterable[LogLine]) -> Beginning | None:
        """When the log begins, as far as these lines tell. The log cannot be read with this object any more."""
        lines = list(lines)
        for time, line in self.read(lines):
            clock = self._hosts[line.host].clock
            return Beginning(line.host, time + (clock.offset or 0), clock.offset, time)
        for log_line in lines:
            head = read_head(log_line.data)
            year = (head.year or self._year_of_log) if head else None
            local = local_second(year, head.stamp) if head and year else None
            if head and local is not None:
                return Beginning(head.host or self._reading.host, local, None, None)
        return None

    def read(self, lines: Iterable[LogLine]) -> Iterator[tuple[int, Line]]:
        """All lines of the log, each host's in file order."""
        tally, hosts, checked = self._tally, self._hosts, self._fold is not None
        ignore, default_host = self._reading.ignore, self._reading.host
        stamp, local = "", None
        for log_line in lines:
            tally.lines += 1
            head = read_head(log_line.data)
            if head is None or ignore:
                head = self._keep(log_line, head)
                if head is None:
                    continue
            line = Line(log_line, head, head.host or default_host)
            host = hosts.get(line.host)
            if head.stamp is not stamp:  # the very same text is of the same time
                stamp = head.stamp
                local = None if head.year is None else local_second(head.year, stamp)
            if host is None or local is None or host.waiting:
                yield from self._place(line)
                continue
            host.years.near = local
            observed = None if head.queue_id is None and head.zone is None else observe(head, local)
            offset = None if checked or observed is None else host.clock.confirmed(local, observed)
            if offset is not None:
                host.dated += 1
                yield local - offset, line
            elif timed := host.clock.feed(local, observed, line):
                yield from self._resolve(line.host, host, timed)
        for name, host in hosts.items():
            if host.waiting:
                yield from self._from_name(name, host)
            yield from self._resolve(name, host, host.clock.finish())
            self._note(name, host, None)
            if host.clock.reached is not None:
                self._offsets.reached[name] = host.clock.reached

    def _keep(self, log_line: LogLine, head: Head | None) -> Head | None:
        """The head of a line that goes on; others are counted as ignored or become dead letters."""
        if self._reading.ignore and self._reading.ignores(log_line.data):
            self._tally.ignored += 1
        elif head is not None:
            return head
        elif not log_line.data.strip(b" \t\r\v\f"):
            self._tally.ignored += 1
        else:
            self._dead(log_line, "sources", "the line has no readable time")
        return None

    def _dead(self, log_line: LogLine, step: str, reason: str) -> None:
        self._on_dead(DeadLetter(step, reason, log_line.data, log_line.source, log_line.offset))

    def _place(self, line: Line) -> Iterator[tuple[int, Line]]:
        """A host's first line, or a line whose year must be found."""
        head = line.head
        if local_second(2000 if head.year is None else head.year, head.stamp) is None:
            self._dead(line.log_line, "sources", "the line has no readable time")
            return
        host = self._hosts.get(line.host)
        if host is None:
            host = self._hosts[line.host] = self._host_time(line)
        local = host.years.local(head)
        if local is None:
            host.waiting.append(line)
            return
        if host.waiting:
            held, host.waiting = host.waiting, []
            for waiting in reversed(held):
                host.years.local(waiting.head)
            for waiting in held:
                yield from self._feed(waiting, host, host.years.local(waiting.head))
            local = host.years.local(head)
        yield from self._feed(line, host, local)

    def _host_time(self, line: Line) -> _HostTime:
        """Goes on from the log that ended where this one begins, or from what other logs tell of that time."""
        head = line.head
        reached = self._offsets.reached.get(line.host)
        near = year_near(head.stamp, reached.local) if reached and self._goes_on else None
        year = head.year or near or self._year_of_log
        local = local_second(year, head.stamp) if year else None
        host = _HostTime(Clock() if local is None else self._new_clock(line.host, local, reached))
        if reached and near:
            host.years.near = reached.local
        return host

    def _new_clock(self, host: str, local: int, reached: Reached | None) -> Clock[Line]:
        if reached and reached.local - _LONGEST_FOLD < local < reached.local + REACH:
            return Clock(reached.offset, reached)
        return Clock(self._offsets.near(host, local))

    def _from_name(self, name: str, host: _HostTime) -> Iterator[tuple[int, Line]]:
        year = self._year_of_log
        for line in host.waiting:
            yield from self._feed(line, host, None if year is None else local_second(year, line.head.stamp))

    def _feed(self, line: Line, host: _HostTime, local: int | None) -> Iterator[tuple[int, Line]]:
        if local is None:
            self._dead(
                line.log_line, "clock", "the line's year is lost and neither a queue id nor the file's name tells it"
            )
        else:
            yield from self._resolve(line.host, host, host.clock.feed(local, observe(line.head, local), line))

    def _resolve(self, name: str, host: _HostTime, timed: Iterable[Timed[Line]]) -> Iterator[tuple[int, Line]]:
        for local, offset, own, line in timed:
            if own and offset is not None:
                if self._fold is not None and offset not in (self._fold.offset(local), self._fold.other(local)):
                    self._tally.disagreements[name] += 1
                time = local - offset
                if offset != host.offset or not host.midnight <= time < host.midnight + 86400:
                    self._note(name, host, offset, time // 86400)
                host.dated += 1
                yield time, line
                continue
            offset, origin = self._without_ids(name, local, offset)
            if offset is None:
                self._dead(line.log_line, "clock", "no queue id in reach tells the offset from UTC, and no zone is set")
                continue
            self._tally.offsets[name, offset, origin] += 1
            yield local - offset, line

    def _note(self, name: str, host: _HostTime, offset: int | None, day: int = 0) -> None:
        """Books the lines dated by the last offset, and makes the new one known to other logs."""
        if host.offset is not None:
            self._tally.offsets[name, host.offset, "queue ids"] += host.dated
        host.dated = 0
        host.offset, host.midnight = offset, day * 86400
        if offset is not None:
            self._offsets.learn(name, host.midnight, offset)

    def _without_ids(self, name: str, local: int, carried: int | None) -> tuple[int | None, str]:
        """For a log without ids of its own: another log's offset; the zone where it agrees with that, or alone."""
        if self._fold is None:
            return carried, "queue ids of other logs"
        zoned = self._fold.offset(local)
        if carried is None or carried in (zoned, self._fold.other(local)) or self._fold.is_possible(carried):
            return zoned, "the configured zone"
        self._tally.disagreements[name] += 1
        return carried, "queue ids of other logs"
