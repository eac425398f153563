"""How long a bar of a chart over time is, when its interval is `auto`.

From OpenSearch Dashboards, src/plugins/data/common/search/aggs/: buckets/lib/time_buckets/{calc_auto_interval,
time_buckets,calc_opensearch_interval}.ts, utils/date_interval_utils/{parse_opensearch_interval,
date_histogram_interval}.ts; `histogram:barTarget` and `histogram:maxBars` as in src/plugins/data/server/ui_settings.ts.
A `moment.duration` as a number has months of 30 days and years of 365.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

BAR_TARGET = 50
MAX_BARS = 100

SECOND = 1000
MINUTE, HOUR, DAY = 60 * SECOND, 3600 * SECOND, 86_400 * SECOND
WEEK, MONTH, YEAR = 7 * DAY, 30 * DAY, 365 * DAY

_BOUNDS: tuple[tuple[float, int], ...] = (
    (inf, YEAR),
    (YEAR, MONTH),
    (3 * WEEK, WEEK),
    (WEEK, DAY),
    (DAY, 12 * HOUR),
    (6 * HOUR, 3 * HOUR),
    (2 * HOUR, HOUR),
    (45 * MINUTE, 30 * MINUTE),
    (20 * MINUTE, 10 * MINUTE),
    (9 * MINUTE, 5 * MINUTE),
    (3 * MINUTE, MINUTE),
    (45 * SECOND, 30 * SECOND),
    (15 * SECOND, 10 * SECOND),
    (7500, 5 * SECOND),
    (5 * SECOND, SECOND),
    (500, 100),
)
"""Longest time for one bar -> interval; descending."""

_UNITS = (("w", WEEK), ("d", DAY), ("h", HOUR), ("m", MINUTE), ("s", SECOND), ("ms", 1))
_OF_THE_CALENDAR = frozenset({"1w", "1d", "1h", "1m"})


@dataclass(frozen=True)
class Interval:
    """`text` as the server takes it."""

    milliseconds: int
    text: str

    @property
    def parameter(self) -> dict[str, str]:
        return {"calendar_interval" if self.text in _OF_THE_CALENDAR else "fixed_interval": self.text}


def auto_interval(duration: int) -> Interval:
    """Of the bars that cover so many milliseconds."""
    near = interval_near(BAR_TARGET, duration)
    if duration / near > MAX_BARS:
        near = interval_less_than(MAX_BARS, duration)
    return Interval(near, _text(near))


def interval_near(bars: int, duration: int) -> int:
    """`calcAutoIntervalNear`: the interval that gives about so many bars."""
    one = duration / bars
    below = next((number for number, (bound, _) in enumerate(_BOUNDS) if bound <= one), None)
    return max(int(one), 1) if below is None else _BOUNDS[below - 1][1]


def interval_less_than(bars: int, duration: int) -> int:
    """`calcAutoIntervalLessThan`: the longest interval that gives no fewer than so many bars."""
    one = duration / bars
    return next((interval for _, interval in _BOUNDS if interval <= one), max(int(one), 1))


def _text(milliseconds: int) -> str:
    """The largest unit that divides it; months and years never do, as theirs are those of the calendar on average."""
    for unit, size in _UNITS:
        number, rest = divmod(milliseconds, size)
        if number and not rest and (unit != "w" or number == 1):
            return f"{number}{unit}"
    raise ValueError(f"no interval: {milliseconds} ms")
