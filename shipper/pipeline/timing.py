"""One log's lines with their UTC seconds."""

from __future__ import annotations

import datetime
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from zoneinfo import ZoneInfo

import msgspec

from shipper.model import DeadLetter, LogLine
from shipper.parse.clock import Clock, Timed, observe
from shipper.parse.head import Head, decode, local_second, read_head
from shipper.parse.year import Years, year_in_name

REACH = 7 * 86400
"""Seconds of log time over which one log's offset is carried to another that has none of its own."""


class Line(msgspec.Struct, frozen=True, gc=False):
    """A line with a readable head and a host."""

    log_line: LogLine
    head: Head
    host: str


class Reading(msgspec.Struct, frozen=True):
    """How lines are read: settings that concern every log."""

    host: str = ""
    zone: ZoneInfo | None = None
    ignore: Sequence[re.Pattern[str]] = ()


class Offsets:
    """What is known of each host's offset from UTC: (UTC second, offset) pairs from all logs at hand and from the state."""

    def __init__(self, known: dict[str, dict[int, int]] | None = None) -> None:
        self.known: dict[str, dict[int, int]] = known or {}

    def learn(self, host: str, second: int, offset: int) -> None:
        """Keeps one pair per host and day."""
        self.known.setdefault(host, {})[second // 86400 * 86400] = offset

    def near(self, host: str, local: int) -> int | None:
        """The offset known nearest in time, within reach."""
        pairs = self.known.get(host, {}).items()
        distance, offset = min(((abs(second - local), offset) for second, offset in pairs), default=(REACH + 1, 0))
        return offset if distance <= REACH + 86400 else None


class Tally(msgspec.Struct):
    """What one log's reading counted on the way."""

    lines: int = 0
    ignored: int = 0
    offsets: Counter[tuple[str, int, str]] = msgspec.field(default_factory=Counter)
    disagreements: Counter[str] = msgspec.field(default_factory=Counter)


class TimedLog:
    """Reads one log's lines into (UTC second, Line); what has no readable time becomes a dead letter."""

    def __init__(
        self, path: str, reading: Reading, offsets: Offsets, tally: Tally, on_dead: Callable[[DeadLetter], None]
    ) -> None:
        self._path = path
        self._reading = reading
        self._offsets = offsets
        self._tally = tally
        self._on_dead = on_dead
        self._clocks: dict[str, Clock[Line]] = {}
        self._years: dict[str, Years] = {}
        self._yearless: dict[str, list[Line]] = {}
        self._fold = _Fold(reading.zone) if reading.zone else None

    def read(self, lines: Iterable[LogLine]) -> Iterator[tuple[int, Line]]:
        """All lines of the log, each host's in file order."""
        for log_line in lines:
            self._tally.lines += 1
            line = self._recognize(log_line)
            if line is not None:
                yield from self._place(line)
        for host, waiting in list(self._yearless.items()):
            yield from self._from_name(host, waiting)
        for host, clock in self._clocks.items():
            yield from self._resolve(host, clock.finish())

    def _recognize(self, log_line: LogLine) -> Line | None:
        head = read_head(log_line.data)
        if self._reading.ignore and self._is_ignored(log_line.data):
            self._tally.ignored += 1
        elif head is not None and local_second(2000 if head.year is None else head.year, head.stamp) is not None:
            return Line(log_line, head, head.host or self._reading.host)
        elif not log_line.data.strip(b" \t\r\v\f"):
            self._tally.ignored += 1
        else:
            self._dead(log_line, "sources", "the line has no readable time")
        return None

    def _is_ignored(self, data: bytes) -> bool:
        text = decode(data)[0]
        return any(pattern.search(text) for pattern in self._reading.ignore)

    def _dead(self, log_line: LogLine, step: str, reason: str) -> None:
        self._on_dead(DeadLetter(step, reason, log_line.data, log_line.source, log_line.offset))

    def _place(self, line: Line) -> Iterator[tuple[int, Line]]:
        years = self._years.get(line.host)
        if years is None:
            years = self._years[line.host] = Years()
        local = years.local(line.head)
        if local is None:
            self._yearless.setdefault(line.host, []).append(line)
            return
        if line.host in self._yearless:
            for waiting in reversed(held := self._yearless.pop(line.host)):
                years.local(waiting.head)
            for waiting in held:
                yield from self._feed(waiting, years.local(waiting.head))
            local = years.local(line.head)
        yield from self._feed(line, local)

    def _from_name(self, host: str, waiting: list[Line]) -> Iterator[tuple[int, Line]]:
        year = year_in_name(self._path)
        for line in waiting:
            yield from self._feed(line, None if year is None else local_second(year, line.head.stamp))

    def _feed(self, line: Line, local: int | None) -> Iterator[tuple[int, Line]]:
        if local is None:
            self._dead(line.log_line, "clock", "the line's year is lost and neither a queue id nor the file's name tells it")
            return
        clock = self._clocks.get(line.host)
        if clock is None:
            clock = self._clocks[line.host] = Clock(self._offsets.near(line.host, local))
        timed = clock.feed(local, observe(line.head, local), line)
        if timed:
            yield from self._resolve(line.host, timed)

    def _resolve(self, host: str, timed: Iterable[Timed[Line]]) -> Iterator[tuple[int, Line]]:
        for one in timed:
            offset, origin = one.offset, "queue ids"
            if offset is None or not one.own:
                offset, origin = self._without_ids(host, one.local, offset)
            elif self._fold is not None and self._fold.offset(one.local) != offset and self._fold.other(one.local) != offset:
                self._tally.disagreements[host] += 1
            if offset is None:
                self._dead(one.item.log_line, "clock", "no queue id in reach tells the offset from UTC, and no zone is set")
                continue
            self._tally.offsets[host, offset, origin] += 1
            if one.own:
                self._offsets.learn(host, one.local - offset, offset)
            yield one.local - offset, one.item

    def _without_ids(self, host: str, local: int, carried: int | None) -> tuple[int | None, str]:
        """A log without ids of its own: another log's offset; the configured zone where it agrees with that, or alone."""
        if self._fold is None:
            return carried, "queue ids of other logs"
        zoned = self._fold.offset(local)
        if carried is None or carried in (zoned, self._fold.other(local)) or self._fold.is_possible(carried):
            return zoned, "the configured zone"
        self._tally.disagreements[host] += 1
        return carried, "queue ids of other logs"


class _Fold:
    """The configured zone's offset for local times in file order; after a jump back, the later reading of an hour."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._last = 0
        self._later = 0

    def offset(self, local: int) -> int:
        if local < self._last - 1800:
            self._later = 1
        elif local > self._last + 7200:
            self._later = 0
        self._last = local
        return self._at(local, self._later)

    def other(self, local: int) -> int:
        return self._at(local, 1 - self._later)

    def is_possible(self, offset: int) -> bool:
        """Whether the zone has this offset at some time of the year (daylight saving or not)."""
        year = datetime.datetime.fromtimestamp(self._last, datetime.UTC).year
        days = (datetime.datetime(year, month, 1, 12, tzinfo=self._zone) for month in (1, 7))
        return offset in [int((day.utcoffset() or datetime.timedelta()).total_seconds()) for day in days]

    def _at(self, local: int, fold: int) -> int:
        naive = datetime.datetime.fromtimestamp(local, datetime.UTC).replace(tzinfo=self._zone, fold=fold)
        return int((naive.utcoffset() or datetime.timedelta()).total_seconds())
