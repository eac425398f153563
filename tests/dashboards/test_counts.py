"""Every panel of every dashboard counts on a real node exactly what truly happened, over many years of traffic."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from shipper.dashboards.saved_objects import saved_objects
from tests.dashboards.conftest import Archive
from tests.dashboards.requests import Period, View, chart_body, list_body, opened, other_body
from tests.dashboards.results import REST, Row, differences, rows_of, with_other
from tests.dashboards.saved import Chart, Dashboard, Listing, dashboards_of
from tests.dashboards.truth import rows

pytestmark = pytest.mark.cluster

NOW = datetime(2026, 1, 1, tzinfo=UTC)
"""When the dashboards are opened: any day on which the traffic is younger than the saved time says."""

SPRING = Period.between(datetime(2019, 5, 6, 7, 30, tzinfo=UTC), datetime(2019, 7, 20, tzinfo=UTC))

DASHBOARDS = dashboards_of(saved_objects("opensearch-dashboards"))
CHARTS = [(dashboard, chart) for dashboard in DASHBOARDS for chart in dashboard.charts]
LISTS = [(dashboard, listing) for dashboard in DASHBOARDS for listing in dashboard.lists]


def named(value: object) -> str:
    return str(getattr(value, "id", value)).removeprefix("utm-shipper-").removeprefix("panel-")


def counted(archive: Archive, chart: Chart, view: View) -> list[Row]:
    """What the node answers to the chart's searches."""
    answer = archive.search(chart.pattern, chart_body(chart, view))
    if other := other_body(chart, view, answer):
        answer = with_other(chart, answer, archive.search(chart.pattern, other))
    return rows_of(chart, answer)


def test_the_traffic_is_large_and_within_the_saved_time(archive: Archive) -> None:
    times = [message["@timestamp"] for message in archive.traffic.messages]

    assert len(times) >= 20_000
    assert {dashboard.time for dashboard in DASHBOARDS} == {("now-15y", "now")}
    assert len({time[:4] for time in times}) >= 7
    assert min(times) > "2011-01-01"
    assert max(times) < "2026-01-01"


@pytest.mark.parametrize(("dashboard", "chart"), CHARTS, ids=named)
def test_a_chart_shows_what_happened(archive: Archive, dashboard: Dashboard, chart: Chart) -> None:
    """Over the dashboard's own time: every bucket, and none of its parts is empty."""
    view = View(opened(dashboard.time, NOW))
    found = counted(archive, chart, view)

    assert differences(rows(chart, archive.group(chart, view.period)), found) == [], chart.title
    assert empty_parts(chart, found) == [], f"{chart.title}: nothing to see"


def empty_parts(chart: Chart, found: list[Row]) -> list[tuple[str, ...]]:
    """The chart itself without a bucket, and named queries that find nothing."""
    shown = [row for row in found if len(row[0]) == len(chart.buckets)]
    full = [path for path, values in shown if all(values.values())]
    if not full:
        return [()]
    if [bucket["type"] for bucket in chart.buckets] == ["filters"]:
        return [path for path, _ in shown if path not in full]
    return []


@pytest.mark.parametrize(("dashboard", "chart"), CHARTS, ids=named)
def test_what_a_chart_leaves_out_is_in_its_title(archive: Archive, dashboard: Dashboard, chart: Chart) -> None:
    """Parts of a whole are all drawn; where only the most frequent values are, the title says how many."""
    shown = rows(chart, archive.group(chart, opened(dashboard.time, NOW)))
    for level, bucket in enumerate(chart.buckets):
        cut = [path for path, values in shown if path[level:] == (REST,) and values["documents"]]
        if cut and not bucket["params"].get("otherBucket"):
            assert chart.kind in ("table", "horizontal_bar"), f"{chart.title}: parts are missing below {cut[0][:-1]}"
            assert f"(top {bucket['params']['size']}" in chart.title, chart.title


@pytest.mark.parametrize(("dashboard", "chart"), CHARTS, ids=named)
def test_a_chart_shows_what_happened_in_some_weeks(archive: Archive, dashboard: Dashboard, chart: Chart) -> None:
    """The bars over time are shorter then."""
    found = counted(archive, chart, View(SPRING))

    assert differences(rows(chart, archive.group(chart, SPRING)), found) == [], chart.title


def changed(id: str, level: int, **parameters: Any) -> tuple[Chart, Chart]:
    """A chart, and the same with other parameters of one bucket."""
    chart = next(chart for _, chart in CHARTS if chart.id == f"utm-shipper-panel-{id}")
    buckets = list(chart.buckets)
    buckets[level] = buckets[level] | {"params": buckets[level]["params"] | parameters}
    return chart, replace(chart, buckets=tuple(buckets))


QUERIED = changed("tls-weak-senders", 0)[0]
FILTERS = changed("dkim-signed", 0)[0].buckets[0]["params"]["filters"]
BROKEN = {
    "another field": changed("tls-inbound-suites", 0, field="sophos.utm.tls.outbound.ciphers"),
    "fewer values": changed("tls-encrypted", 0, size=3),
    "no bucket for what is missing": changed("tls-encrypted", 0, missingBucket=False),
    "no bucket for the others": changed("lines-over-time", 1, otherBucket=False),
    "other values": changed("tls-old-partners", 0, include=".* 1\\.[01]"),
    "another query": (QUERIED, replace(QUERIED, query=QUERIED.query.replace('"none" OR ', ""))),
    "another filter": changed(
        "dkim-signed", 0, filters=[*FILTERS[:1], FILTERS[1] | {"input": FILTERS[2]["input"]}, *FILTERS[2:]]
    ),
    "another metric": (
        (totals := next(chart for _, chart in CHARTS if chart.id.endswith("-totals"))),
        replace(totals, metrics=(*totals.metrics[:1], totals.metrics[2] | {"id": "2"}, *totals.metrics[2:])),
    ),
}


@pytest.mark.parametrize(("chart", "broken"), BROKEN.values(), ids=BROKEN)
def test_a_chart_that_counts_something_else_is_found_out(archive: Archive, chart: Chart, broken: Chart) -> None:
    view = View(opened(DASHBOARDS[0].time, NOW))
    found = counted(archive, broken, view)

    assert differences(rows(chart, archive.group(chart, view.period)), found) != []


@pytest.mark.parametrize(("dashboard", "listing"), LISTS, ids=named)
def test_a_list_holds_what_happened_and_fills_each_column(
    archive: Archive, dashboard: Dashboard, listing: Listing
) -> None:
    view = View(opened(dashboard.time, NOW))
    hits = archive.search(listing.pattern, list_body(listing, view))["hits"]

    wanted = len(archive.truth(listing.pattern).found(listing, view.period))
    assert (hits["total"]["value"], hits["total"]["relation"]) == (wanted, "eq"), listing.title
    assert [column for column in listing.columns if not any(has(hit, column) for hit in hits["hits"])] == []


def has(hit: dict[str, object], column: str) -> bool:
    """Whether a hit has something to show in this column: of its source, or computed."""
    found: object = hit["_source"]
    for name in column.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    computed = hit.get("fields", {})
    return found is not None or (isinstance(computed, dict) and computed.get(column, [None]) != [None])


@pytest.mark.parametrize("index", ["messages", "events"])
def test_the_fields_that_panels_count_can_be_counted_on_the_node(archive: Archive, index: str) -> None:
    caps = archive.place.node.ask("GET", f"/{archive.place.prefix}-{index}-*/_field_caps?fields=*")["fields"]
    countable = {name for name, types in caps.items() if all(kind["aggregatable"] for kind in types.values())}
    named_by_panels = {
        aggregation["params"]["field"]
        for _, chart in CHARTS
        if chart.pattern.id == f"utm-shipper-{index}"
        for aggregation in (*chart.metrics, *chart.buckets)
        if "field" in aggregation["params"]
    }

    assert named_by_panels
    assert named_by_panels - countable == set()
