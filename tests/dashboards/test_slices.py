"""A click on any slice of a chart leaves exactly the messages behind it in the dashboard's list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest

from tests.comparison import identity
from tests.dashboards.conftest import Archive
from tests.dashboards.requests import SAMPLE, Filter, Period, View, click, list_body, opened, query_of
from tests.dashboards.saved import Chart, Dashboard, Listing
from tests.dashboards.test_counts import CHARTS, NOW, named
from tests.dashboards.truth import Document, Group, paths

pytestmark = pytest.mark.cluster

IDENTITY = ["host.name", "email.local_id", "source", "email.sender.address", "event.start", "@timestamp"]
MOST = 40

Slice = tuple[str, list[Filter], list[Document]]
"""Its name, the filters of a click on it, its documents."""

SLICED = [(dashboard, chart) for dashboard, chart in CHARTS if chart.buckets and dashboard.list_of(chart.pattern)]


def clicks(chart: Chart, path: Sequence[Group], beside: Sequence[Group], period: Period) -> list[Filter]:
    """One filter for each bucket of the way to a slice.

    Charts pass all of them on at once (vis_type_vislib/public/vislib/lib/dispatch.js); in a table each cell of the row
    is clicked (vis_type_table/public/components/table_vis_grid_columns.tsx).
    """
    shown = [each.key for each in beside]
    return [click(bucket, each.key, chart, period, shown) for bucket, each in zip(chart.buckets, path, strict=True)]


def slices(chart: Chart, whole: Group, period: Period) -> list[Slice]:
    """Each innermost bucket."""
    return [
        (
            " > ".join(str(each.key) for each in path),
            clicks(chart, path, (path[-2] if len(path) > 1 else whole).inside, period),
            path[-1].documents,
        )
        for path in paths(whole)
        if len(path) == len(chart.buckets)
    ]


@pytest.mark.parametrize(("dashboard", "chart"), SLICED, ids=named)
def test_slices_lead_to_as_many_documents_as_they_show(archive: Archive, dashboard: Dashboard, chart: Chart) -> None:
    """All of them in one search, or forty of more: the first and the last, and some between."""
    period, listing = opened(dashboard.time, NOW), list_of(dashboard, chart)
    ways = spread(slices(chart, archive.group(chart, period), period))
    filters = {name: query_of(listing.pattern, (listing.query,), View(period, found)) for name, found, _ in ways}
    body = {"size": 0, "aggs": {"slices": {"filters": {"filters": filters}}}}
    buckets = archive.search(chart.pattern, body)["aggregations"]["slices"]["buckets"]

    listed = {name: found["doc_count"] for name, found in buckets.items()}
    wanted = {name: len(documents) for name, _, documents in ways}
    wrong = [f"{name}: {wanted[name]} drawn, {listed[name]} listed" for name in wanted if listed[name] != wanted[name]]
    assert wrong == [], chart.title


def spread(ways: Sequence[Slice]) -> Sequence[Slice]:
    """At most `MOST` of them, evenly."""
    if len(ways) <= MOST:
        return ways
    return [ways[number * (len(ways) - 1) // (MOST - 1)] for number in range(MOST)]


def list_of(dashboard: Dashboard, chart: Chart) -> Listing:
    listing = dashboard.list_of(chart.pattern)
    assert listing
    return listing


@pytest.mark.parametrize(("dashboard", "chart"), [s for s in SLICED if s[1].pattern.id.endswith("messages")], ids=named)
def test_a_slice_leads_to_the_very_messages_behind_it(archive: Archive, dashboard: Dashboard, chart: Chart) -> None:
    """One that is neither the largest nor the smallest, and that a list shows whole where there is such a one."""
    period, listing = opened(dashboard.time, NOW), list_of(dashboard, chart)
    ways = sorted(slices(chart, archive.group(chart, period), period), key=lambda way: len(way[2]))
    small = [way for way in ways if 0 < len(way[2]) <= SAMPLE] or ways[:1]
    name, filters, documents = small[len(small) // 2]

    wanted = Counter(identity(dict(document.original)) for document in documents)
    assert listed(archive, listing, View(period, filters)) == wanted, f"{chart.title}: {name}"


def listed(archive: Archive, listing: Listing, view: View) -> Counter[Any]:
    """What tells the messages of a list apart, all of them, and nothing else of each."""
    body = list_body(listing, view)
    short = {"query": body["query"], "sort": body["sort"], "size": 10_000, "_source": IDENTITY}
    hits = archive.search(listing.pattern, short)["hits"]["hits"]
    return Counter(identity(hit["_source"]) for hit in hits)
