"""Bars over time: how long each is, when it begins, what it is called. All in UTC; weeks begin on Monday."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Literal

Unit = Literal["hour", "day", "week", "month", "quarter", "year"]

_LENGTHS: dict[Unit, timedelta] = {
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(days=7),
    "month": timedelta(days=30),
    "quarter": timedelta(days=91),
    "year": timedelta(days=365),
}
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_MOST_BARS = 62


def unit_for(first: datetime, last: datetime) -> Unit:
    """The shortest unit of which not too many lie between these times; two months still come by the day."""
    return next((unit for unit, length in _LENGTHS.items() if last - first <= _MOST_BARS * length), "year")


def start_of(time: datetime, unit: Unit) -> datetime:
    """When the bar begins in which this time lies."""
    hour = time.replace(minute=0, second=0, microsecond=0)
    if unit == "hour":
        return hour
    day = hour.replace(hour=0)
    if unit == "day":
        return day
    if unit == "week":
        return day - timedelta(days=day.weekday())
    months = _MONTHS[unit]
    return day.replace(month=(day.month - 1) // months * months + 1, day=1)


def all_between(first: datetime, last: datetime, unit: Unit) -> Iterator[datetime]:
    """The beginnings of all bars from one to another, both included."""
    while first <= last:
        yield first
        first = _next(first, unit)


def _next(start: datetime, unit: Unit) -> datetime:
    if unit in _MONTHS:
        months = start.month - 1 + _MONTHS[unit]
        return start.replace(year=start.year + months // 12, month=months % 12 + 1)
    return start + _LENGTHS[unit]


def key_of(start: datetime) -> str:
    """A bar's key: `2019-06-10T15`."""
    return f"{start:%Y-%m-%dT%H}"


def name_of(start: datetime, unit: Unit) -> str:
    """What a reader calls it: `2019-06-10 15:00`, `2019-06-10` (a day or the week from then on), `2019-06`,
    `2019 Q2`, `2019`."""
    if unit == "quarter":
        return f"{start:%Y} Q{(start.month + 2) // 3}"
    return start.strftime({"hour": "%Y-%m-%d %H:00", "month": "%Y-%m", "year": "%Y"}.get(unit, "%Y-%m-%d"))
