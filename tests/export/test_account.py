"""What is said of days without a message."""

from __future__ import annotations

from datetime import date

import pytest

from shipper.export.account import days_without, describe
from shipper.export.folder import Manifest, Part, Query


def manifest(days: list[str], since: str = "", until: str | None = None) -> Manifest:
    query = Query("1", "", True, "csv", ("messages",), since, until, ())
    parts = [Part(1, None, {"messages": 1}, {"delivered": 1}, {day: 1}) for day in days]
    return Manifest(query, tuple(parts), True)


MIDNIGHT, NOON = "T00:00:00.000Z", "T12:00:00.000Z"


@pytest.mark.parametrize(
    ("days", "since", "until", "missing"),
    [
        (["2019-06-10", "2019-06-11"], "", None, []),
        (["2019-06-10", "2019-06-12"], "", None, [("2019-06-11", "2019-06-11")]),
        (["2020-02-27", "2020-03-02"], "", None, [("2020-02-28", "2020-03-01")]),
        (["2019-06-10"], f"2019-06-10{NOON}", f"2019-06-11{MIDNIGHT}", []),
        (["2019-06-10"], f"2019-06-09{NOON}", f"2019-06-11{MIDNIGHT}", [("2019-06-09", "2019-06-09")]),
        (["2019-06-10"], f"2019-06-10{NOON}", f"2019-06-11{NOON}", [("2019-06-11", "2019-06-11")]),
        ([], f"2019-06-09{NOON}", f"2019-06-11{NOON}", []),
    ],
)  # fmt: skip
def test_days_without_a_message(days: list[str], since: str, until: str | None, missing: list[tuple[str, str]]) -> None:
    found = days_without(manifest(days, since, until))

    assert list(found) == [(date.fromisoformat(first), date.fromisoformat(last)) for first, last in missing]


def test_many_of_them_are_summed_up() -> None:
    said = list(describe(manifest([f"2019-{month:02}-{day:02}" for month in (1, 2, 3) for day in range(1, 28, 3)])))

    assert said[:3] == [
        "rows: 27 in messages",
        "27 messages = 27 delivered",
        "no message from 2019-01-02 to 2019-01-03",
    ]
    assert said[-1] == "no message in 6 later stretches of days either"
    assert len(said) == 23
