"""Days on which a gateway logged nothing, and the bars that a period has."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from shipper.dashboards.declaration import Chart
from shipper.dashboards.panels import load_panels
from shipper.figures.group import Group
from shipper.figures.periods import Unit
from shipper.figures.report import chosen, make_report
from shipper.figures.wording import facts, missing
from shipper.retrieval import Coverage, Scope

PANELS = load_panels()
DAYS = {
    "gate": frozenset(date(2019, 6, day) for day in (3, 4, 6, 7, 11)),
    "other": frozenset(date(2019, 6, day) for day in (4, 5)),
}


class Days:
    """A source that knows days only."""

    where = "nowhere"
    notices = ("warning: utm-smtp-messages-2019.05 is closed",)

    def coverage(self, scope: Scope) -> Coverage:
        return Coverage(7, "2019-06-03T08:00:00.000Z", "2019-06-11T09:00:00.000Z", DAYS)

    def count(self, charts: tuple[Chart, ...], scope: Scope, unit: Unit) -> list[Group]:
        return [Group(measured=(0,) * (len(chart.metrics) - 1)) for chart in charts]


@pytest.mark.parametrize(
    ("since", "until", "gate", "other"),
    [
        (None, None, (3 + 1, "2019-06-05, 2019-06-08 to 2019-06-10"), None),
        (5, None, (3 + 1, "2019-06-05, 2019-06-08 to 2019-06-10"), None),
        (1, 7, (3, "2019-06-01 to 2019-06-02, 2019-06-05"), (4, "2019-06-01 to 2019-06-03, 2019-06-06")),
        (6, 8, None, (2, "2019-06-06 to 2019-06-07")),
    ],
)
def test_which_days_are_missing(
    since: int | None, until: int | None, gate: tuple[int, str] | None, other: tuple[int, str] | None
) -> None:
    """Between the bounds that were asked for, else between a gateway's own first and last day."""
    bounds = (day and datetime(2019, 6, day, tzinfo=UTC) for day in (since, until))
    report = make_report(PANELS, chosen(PANELS, ("spam",)), Days(), Scope(*bounds))

    told = {host: (days, which) for host, days, which in missing(report)}
    assert told == {host: which for host, which in (("gate", gate), ("other", other)) if which}


def test_what_a_report_is_about() -> None:
    scope = Scope(datetime(2019, 6, 1, tzinfo=UTC), datetime(2019, 6, 12, tzinfo=UTC))
    report = make_report(PANELS, chosen(PANELS, ("spam",)), Days(), scope)

    assert list(facts(report)) == [
        ("Counted from", "nowhere"),
        ("Asked for", "since 2019-06-01 00:00:00, before 2019-06-12 00:00:00"),
        ("Gateways", "gate, other"),
        ("First message", "2019-06-03 08:00:00"),
        ("Last message", "2019-06-11 09:00:00"),
        ("Messages", "7"),
        ("Not counted", "utm-smtp-messages-2019.05 is closed"),
        ("Days without a log line", "15"),
    ]
    over_time = next(figure for figure in report.sections[0].figures if figure.chart.id == "spam-over-time")
    assert over_time.periods == tuple(f"2019-06-{day:02}" for day in range(3, 12))
