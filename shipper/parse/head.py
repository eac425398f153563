"""The head of a line: everything up to the text that a declaration describes. Prefix forms P1 to P6.

<30>2019:06:10-11:04:40 utm exim-in[9103]: [1/2] 2019-06-10 11:04:40 +0200 [9103] 1haLqi-0002Mp-2G text
Jun 10 11:04:41 192.0.2.1 2019: 06:10-11:04:40 utm smtpd[9095]: SCANNER[9095]: 1haLqi-0002Mp-2G text
"""

from __future__ import annotations

import datetime
import re
from functools import lru_cache

import msgspec

_TIME = r"([0-9]{2}:[0-9]{2}-[0-9]{2}:[0-9]{2}:[0-9]{2})[ ]"
_ORIGIN = r"(?:([^\s\[\]]*[^\s\[\]:])[ ])?([^\s\[\]:]+)(?:\[([0-9]{1,10})\])?"  # host process[pid]
_PID = r"(?:\[([0-9]{1,10})\][ ])?"
_ITEMS = r"""
    (?:([A-Z]+)\[([0-9]{1,10})\]:[ ])?                                       # role of smtpd
    (?:([0-9A-Za-z]{6}-(?:[0-9A-Za-z]{6}-[0-9A-Za-z]{2}|[0-9A-Za-z]{11}-[0-9A-Za-z]{4}))(?:[ ]|\Z))?
    """
_RELAY = r"""
    (?:<[0-9]{1,3}>)?
    (?:
        [A-Z][a-z]{2}[ ][ 0-9][0-9][ ][0-9]{2}:[0-9]{2}:[0-9]{2}[ ]\S+[ ](?:<[0-9]{1,3}>)?
      | (?:1[ ])?[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{8,15}(?:Z|[+-][0-9]{2}:[0-9]{2})[ ]\S+[ ]
        (?:(?:([0-9]{4})(?=[ ])|\S+)[ ]\S+[ ]\S+[ ](?:-|(?:\[(?:[^\]\\]|\\.)*\])+)[ ])?(?:<[0-9]{1,3}>)?
    )?
    """
_HEAD = re.compile(
    rf"""
    {_RELAY}
    (?:([0-9]{{4}}):[ ]?)?{_TIME}
    {_ORIGIN}:[ ]?
    (?:\[([0-9]{{1,4}})([/\\])([0-9]{{1,4}})\][ ])?                              # part of a split entry
    (?:([0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}[ ][0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}})(?:\.[0-9]+)?(?:[ ]([+-][0-9]{{4}}))?[ ]
       {_PID})?                                                              # Exim's own time, zone, pid
    {_ITEMS}
    (.*)
    """,
    re.VERBOSE | re.ASCII | re.DOTALL,
)

# The usual line begins with a year, and Exim's own time is that of the prefix: what repeats is read once.
_USUAL_TIME = re.compile(rf"([0-9]{{4}}):{_TIME}", re.ASCII)
_USUAL_ORIGIN = re.compile(_ORIGIN, re.ASCII)
_LONGEST_ORIGIN = 200  # what is longer is not remembered
_USUAL_ITEMS = re.compile(rf"(?:([+-][0-9]{{4}})[ ])?{_PID}{_ITEMS}", re.VERBOSE | re.ASCII)

_BEGINNING = re.compile(rf"{_RELAY}(?:[0-9]{{4}}:[ ]?)?{_TIME}".encode(), re.VERBOSE)


# An id's time has six base-62 digits, and no UTM wrote a log before 1970.
_FIRST_YEAR, _LAST_YEAR = 1971, 2105


class Head(msgspec.Struct, frozen=True, gc=False):
    """One line taken apart as far as its text.

    `stamp` is the local time without year (`06:10-11:04:40`), `year` may be lost. `pid` is the process's, or the one
    that the program repeats where the prefix lost it. `content` is all from the process on. `part` of `parts`
    tells a split entry; `break_after` whether a line break ended this part. `zone` is Exim's own `+hhmm` in seconds.
    """

    year: int | None
    stamp: str
    host: str | None
    process: str
    pid: int | None
    content: str
    part: int
    parts: int
    break_after: bool
    zone: int | None
    role: str | None
    queue_id: str | None
    text: str
    line: str
    encoding: str | None


def decode(data: bytes) -> tuple[str, str | None]:
    """The line as text. What is no UTF-8 is read as Latin-1, which keeps every byte, and is said so."""
    try:
        return data.decode(), None
    except UnicodeDecodeError:
        return data.decode("latin-1"), "latin-1"


def read_head(data: bytes) -> Head | None:
    """Takes a line apart; None when it has no readable time."""
    try:
        line = data.decode()
    except UnicodeDecodeError:
        return _any_head(*decode(data))
    end = line.find(": ", 20, _LONGEST_ORIGIN)
    if end < 0 or (time := _usual_time(line[:20])) is None or (origin := _usual_origin(line[20:end])) is None:
        return _any_head(line)
    year, stamp, exims = time
    host, process, pid, before = origin
    begin = end + 2
    if line.startswith(exims, begin):
        begin += 20
    elif not "A" <= line[begin : begin + 1] <= "Z":
        return _any_head(line)
    items = _USUAL_ITEMS.match(line, begin)
    assert items is not None
    zone, exims_pid, role, role_pid, queue_id = items.groups()
    if pid is None and (some_pid := exims_pid or role_pid):
        pid = int(some_pid)
    return Head(
        year, stamp, host, process, pid, line[before:], 1, 1, False, _zone_seconds(zone) if zone else None,
        role, queue_id, line[items.end() :], line, None,
    )  # fmt: skip


@lru_cache(maxsize=1 << 10)
def _usual_time(text: str) -> tuple[int, str, str] | None:
    """`2019:06:10-11:04:40 ` as year and stamp, and as Exim writes it."""
    match = _USUAL_TIME.fullmatch(text)
    return (int(match[1]), match[2], f"{text[:10].replace(':', '-')} {text[11:]}") if match else None


@lru_cache(maxsize=1 << 12)
def _usual_origin(text: str) -> tuple[str | None, str, int | None, int] | None:
    """`utm exim-in[9103]` as host, process and pid, and where the process begins in the line."""
    match = _USUAL_ORIGIN.fullmatch(text)
    return (match[1], match[2], int(match[3]) if match[3] else None, 20 + match.start(2)) if match else None


def _any_head(line: str, encoding: str | None = None) -> Head | None:
    """The same for a line of any form."""
    match = _HEAD.fullmatch(line)
    if match is None:
        return None
    (
        relayed_year,
        year,
        stamp,
        host,
        process,
        pid,
        part,
        mark,
        parts,
        inner,
        zone,
        inner_pid,
        role,
        role_pid,
        queue_id,
        text,
    ) = match.groups()
    if part is None:
        number, count = 1, 1
    else:
        number, count = int(part), int(parts)
        if number > 1:
            inner = zone = inner_pid = role = role_pid = queue_id = None
            text = line[match.end(9) + 2 :]
    year = year or relayed_year
    some_pid = pid or inner_pid or role_pid
    return Head(
        int(year) if year else int(inner[:4]) if inner else None,
        stamp,
        host,
        process,
        int(some_pid) if some_pid else None,
        line[match.start(5) :],
        number,
        count,
        mark == "\\",
        _zone_seconds(zone) if zone else None,
        role,
        queue_id,
        text,
        line,
        encoding,
    )


def begins_like_a_line(data: bytes) -> bool:
    """Whether these bytes start with a time as a log line does."""
    return _BEGINNING.match(data) is not None


def is_one_line(beginning: bytes, rest: bytes) -> bool:
    """Whether two pieces make one line: together they can be read, and not each for itself."""
    if read_head(beginning + rest) is None:
        return False
    return not begins_like_a_line(rest) or read_head(beginning) is None


def _zone_seconds(zone: str) -> int:
    seconds = int(zone[1:3]) * 3600 + int(zone[3:5]) * 60
    return -seconds if zone[0] == "-" else seconds


@lru_cache(maxsize=4096)
def local_second(year: int, stamp: str) -> int | None:
    """The local time in seconds since 1970-01-01 00:00:00 local; None for no such date (from 1971 to 2105)."""
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        return None
    day = _local_day(year, stamp[:5])
    hour, minute, second = int(stamp[6:8]), int(stamp[9:11]), int(stamp[12:14])
    if day is None or hour > 23 or minute > 59 or second > 60:
        return None
    return day + hour * 3600 + minute * 60 + second


@lru_cache(maxsize=1024)
def _local_day(year: int, month_day: str) -> int | None:
    try:
        date = datetime.date(year, int(month_day[:2]), int(month_day[3:5]))
    except ValueError:
        return None
    return (date.toordinal() - 719163) * 86400
