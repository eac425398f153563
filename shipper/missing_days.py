"""Days of which nothing is there: found, counted and told the same way wherever they are looked for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from itertools import pairwise

Stretch = tuple[date, date]
"""First and last day."""

_DAY = timedelta(days=1)
_MIDNIGHT = "T00:00:00.000"


def missing_days(days: Iterable[date], since: str = "", end: str | None = None) -> list[Stretch]:
    """Stretches of days that are not among `days`, within the bounds, where they are given, else between the first and
    the last of them. Bounds are times as documents have them; `end` is not wanted any more."""
    first, beyond = _day(since) if since else date.min, _first_beyond(end) if end else date.max
    there = sorted(day for day in days if first <= day < beyond)
    around = pairwise([*([first - _DAY] if since else []), *there, *([beyond] if end else [])])
    return [(one + _DAY, other - _DAY) for one, other in around if other - one > _DAY]


def count_days(stretches: Iterable[Stretch]) -> int:
    """How many days these are."""
    return sum((last - first).days + 1 for first, last in stretches)


def describe_stretch(stretch: Stretch) -> str:
    """`2019-06-12`, `2019-06-20 to 2019-06-21`."""
    first, last = stretch
    return f"{first}" if first == last else f"{first} to {last}"


def describe_days(stretches: Sequence[Stretch], most: int) -> str:
    """`3: 2019-06-12, 2019-06-20 to 2019-06-21`, so many stretches at most; `none`."""
    if not stretches:
        return "none"
    told = ", ".join(map(describe_stretch, stretches[:most]))
    more = len(stretches) - most
    return f"{count_days(stretches):,}: {told}{f', and {more:,} more stretches' if more > 0 else ''}"


def _first_beyond(end: str) -> date:
    """The first day of which nothing is wanted."""
    return _day(end) if end[10:].startswith(_MIDNIGHT) else _day(end) + _DAY


def _day(time: str) -> date:
    return date.fromisoformat(time[:10])
