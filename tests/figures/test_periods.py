"""How long bars over time are, when they begin, what they are called."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from shipper.figures.periods import Unit, all_between, name_of, start_of, unit_for

NOON = datetime(2019, 5, 15, 12, 34, 56, tzinfo=UTC)


@pytest.mark.parametrize(
    ("days", "unit"),
    [(0, "hour"), (2.5, "hour"), (2.7, "day"), (62, "day"), (63, "week"), (365, "week"), (500, "month"),
     (1860, "month"), (1900, "quarter"), (5475, "quarter"), (5700, "year"), (40_000, "year")],
)  # fmt: skip
def test_two_months_come_by_the_day_and_fifteen_years_by_the_quarter(days: float, unit: Unit) -> None:
    assert unit_for(NOON, NOON + timedelta(days=days)) == unit


@pytest.mark.parametrize(
    ("unit", "start", "name"),
    [
        ("hour", datetime(2019, 5, 15, 12, tzinfo=UTC), "2019-05-15 12:00"),
        ("day", datetime(2019, 5, 15, tzinfo=UTC), "2019-05-15"),
        ("week", datetime(2019, 5, 13, tzinfo=UTC), "2019-05-13"),
        ("month", datetime(2019, 5, 1, tzinfo=UTC), "2019-05"),
        ("quarter", datetime(2019, 4, 1, tzinfo=UTC), "2019 Q2"),
        ("year", datetime(2019, 1, 1, tzinfo=UTC), "2019"),
    ],
)
def test_where_a_bar_begins(unit: Unit, start: datetime, name: str) -> None:
    assert start_of(NOON, unit) == start
    assert name_of(start, unit) == name


@pytest.mark.parametrize("unit", ["hour", "day", "week", "month", "quarter", "year"])
def test_bars_follow_each_other_without_a_gap(unit: Unit) -> None:
    bars = list(all_between(start_of(NOON, unit), start_of(NOON + timedelta(days=400), unit), unit))

    assert bars[0] <= NOON < bars[1]
    assert bars == sorted({start_of(NOON + timedelta(hours=hour), unit) for hour in range(400 * 24 + 1)})
