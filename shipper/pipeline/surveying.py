"""Logs -> how many lines of which host on which day, by the heads of the lines alone: much faster than parsing."""

from __future__ import annotations

import datetime
import re
from collections import Counter
from collections.abc import Callable, Sequence

import msgspec

from shipper.model import LogLine
from shipper.parse.head import Head, decode, local_second, read_head
from shipper.parse.year import Years, year_in_name, year_near
from shipper.pipeline.timing import Reading
from shipper.report.estimate import Counted, host_days
from shipper.sources.files import LogFile

# The usual head, all of it needed: what comes after its colon can be any text. What does not fit is read in full.
_USUAL = re.compile(
    rb"(?:<[0-9]{1,3}>)?([0-9]{4}:[ ]?[0-9]{2}:[0-9]{2})-(?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)[ ]"
    rb"([^\s\[\]]*[^\s\[\]:])[ ][^\s\[\]:]+(?:\[[0-9]{1,10}\])?:"
)
_DAY = 86_400


class Survey(msgspec.Struct, frozen=True):
    """What was counted, and how many lines each log has."""

    counted: Counted
    lines_of_logs: tuple[int, ...]


def survey(
    files: Sequence[LogFile],
    reading: Reading,
    *,
    on_notice: Callable[[str], None],
    on_bytes: Callable[[int], None] | None = None,
) -> Survey:
    """Reads every line once. A line that two logs share, cut in two, is counted as two. Raises InputError."""
    counting = _Counting(reading)
    lines_of_logs = []
    for file in files:
        before = counting.lines
        counting.read(file, on_notice, on_bytes)
        lines_of_logs.append(counting.lines - before)
    return Survey(counting.counted(len(files)), tuple(lines_of_logs))


class _Counting:
    """Counts by what the heads say; dates are made of it at the end."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._usual: Counter[tuple[bytes, bytes]] = Counter()
        self._others: Counter[tuple[str, int]] = Counter()
        self.lines = self._bytes = self._ignored = self._unreadable = 0

    def read(self, file: LogFile, on_notice: Callable[[str], None], on_bytes: Callable[[int], None] | None) -> None:
        """All lines of one log."""
        match, usual, ignores = _USUAL.match, self._usual, self._reading.ignore
        undated = _Undated(year_in_name(file.path) or self._reading.year)
        lines = size = 0
        last: re.Match[bytes] | None = None
        for line in file.lines(on_notice, on_bytes):
            lines += 1
            data = line.data
            size += len(data) + line.ended
            if not ignores and (found := match(data)):
                last = found
                usual[found[1], found[2]] += 1
            else:
                self._read_whole(line, undated, last)
        for host, local in undated.rest():
            self._place(host, local)
        self.lines += lines
        self._bytes += size

    def _read_whole(self, line: LogLine, undated: _Undated, last: re.Match[bytes] | None) -> None:
        if self._reading.ignore and self._reading.ignores(line.data):
            self._ignored += 1
            return
        head = read_head(line.data)
        if head is None:
            is_empty = not line.data.strip(b" \t\r\v\f")
            self._ignored += is_empty
            self._unreadable += not is_empty
            return
        host = head.host or self._reading.host
        if last is not None:
            undated.near(host, _day_of(last[1]))
        for known, local in undated.take(host, head):
            self._place(known, local)

    def _place(self, host: str, local: int | None) -> None:
        if local is None:
            self._unreadable += 1
        else:
            self._others[host, local // _DAY] += 1

    def counted(self, logs: int) -> Counted:
        """What all logs had."""
        days = Counter(self._others)
        unreadable = self._unreadable
        for (stamp, host), count in self._usual.items():
            local = _day_of(stamp)
            if local is None:
                unreadable += count
            else:
                days[decode(host)[0], local // _DAY] += count
        hosts = host_days((host, _date(day), count) for (host, day), count in days.items())
        return Counted(logs, self._bytes, self.lines, self._ignored, unreadable, hosts)


def _day_of(stamp: bytes) -> int | None:
    """`2019:06:10` as the local second in which the day begins."""
    return local_second(int(stamp[:4]), f"{stamp[-5:].decode()}-00:00:00")


def _date(day: int) -> datetime.date:
    return datetime.date.fromordinal(day + datetime.date(1970, 1, 1).toordinal())


class _Undated:
    """Lines of one log whose heads lost the year: they wait for one that tells it."""

    def __init__(self, year_of_log: int | None) -> None:
        self._year_of_log = year_of_log
        self._years: dict[str, Years] = {}
        self._waiting: dict[str, list[str]] = {}

    def near(self, host: str, local: int | None) -> None:
        """A line before had this local second."""
        self._years.setdefault(host, Years()).near = local

    def take(self, host: str, head: Head) -> list[tuple[str, int | None]]:
        """(host, local second) of the lines that are known now; None for no such time."""
        if local_second(head.year or 2000, head.stamp) is None:
            return [(host, None)]
        years = self._years.setdefault(host, Years())
        if years.near is None and head.year is None and head.queue_id is None and self._year_of_log:
            return [(host, local_second(self._year_of_log, head.stamp))]
        local = years.local(head)
        if local is None:
            self._waiting.setdefault(host, []).append(head.stamp)
            return []
        known = [_near(stamp, local) for stamp in self._waiting.pop(host, ())]
        return [(host, time) for time in (*known, local)]

    def rest(self) -> list[tuple[str, int | None]]:
        """Those of which nothing tells the year."""
        return [(host, None) for host, stamps in self._waiting.items() for _ in stamps]


def _near(stamp: str, local: int) -> int | None:
    year = year_near(stamp, local)
    return None if year is None else local_second(year, stamp)
