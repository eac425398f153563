"""Reports from a cluster and from the logs that were shipped there: the same numbers, and those of the truth."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime

import pytest

from shipper.dashboards.panels import load_panels
from shipper.figures import asking
from shipper.figures.asking import ClusterSource
from shipper.figures.counting import FileSource
from shipper.figures.group import Source
from shipper.figures.report import Report, Section, chosen, make_report
from shipper.retrieval import EVERYTHING, Scope
from tests.dashboards.meant import MESSAGES
from tests.end_to_end.conftest import MakePlace
from tests.end_to_end.node import Node, assert_well
from tests.figures.truth import Truth
from tests.generator import generate, render
from tests.pipeline.running import write_log
from tests.retrieval.shipped import START, Shipped, ship

pytestmark = pytest.mark.cluster

PANELS = load_panels()


def shipped_to(url: str, make_place: MakePlace) -> Shipped:
    """Messages of some days in indices of a day each."""
    place = make_place(Node(url))
    place.environment["UTM_SHIPPER_INDEX_GRANULARITY"] = "day"
    place.set_up()
    return ship(place, generate(51, messages=400, start=START, rate=0.2))


@pytest.fixture(scope="module")
def shipped(opensearch: str, make_place: MakePlace) -> Shipped:
    return shipped_to(opensearch, make_place)


@contextmanager
def from_cluster(shipped: Shipped) -> Iterator[Source]:
    with shipped.connected() as cluster:
        yield ClusterSource(cluster, shipped.place.prefix)


@contextmanager
def from_files(shipped: Shipped) -> Iterator[Source]:
    with shipped.from_files() as archive:
        yield FileSource(archive, "logs")


def both(shipped: Shipped, scope: Scope = EVERYTHING) -> Report:
    """The report, which is the same both ways."""
    with from_cluster(shipped) as cluster, from_files(shipped) as files:
        stored, read = (make_report(PANELS, chosen(PANELS, ()), source, scope) for source in (cluster, files))
    for ours, theirs in zip(stored.sections, read.sections, strict=True):
        assert numbers_of(ours) == numbers_of(theirs)
    assert (stored.coverage, stored.missing, stored.unit) == (read.coverage, read.missing, read.unit)
    return read


def numbers_of(section: Section) -> list[tuple[object, ...]]:
    return [(f.chart.id, f.header, f.rows, f.left_out, f.error, f.periods) for f in section.figures]


@pytest.mark.parametrize("product", ["opensearch", "elasticsearch"])
def test_both_ways_give_the_truth(request: pytest.FixtureRequest, make_place: MakePlace, product: str) -> None:
    shipped = (
        request.getfixturevalue("shipped")
        if product == "opensearch"
        else shipped_to(request.getfixturevalue(product), make_place)
    )
    report = both(shipped)
    truth = Truth(shipped.traffic, report.unit)
    figures = {figure.chart.id: figure for section in report.sections for figure in section.figures}

    assert [fault for figure in figures.values() for fault in truth.differences(figure)] == []
    assert figures.keys() == MESSAGES.keys() | {"totals", "lines-understood", "lines-by-process", "lines-over-time"}
    assert [figure.error for figure in figures.values()] == [0] * len(figures)
    assert report.coverage.messages == len(shipped.traffic.messages)


def test_a_part_of_the_time_and_a_host(shipped: Shipped) -> None:
    since, until = datetime(2019, 6, 10, 8, 20, tzinfo=UTC), datetime(2019, 6, 10, 9, tzinfo=UTC)
    report = both(shipped, Scope(since, until))
    truth = Truth(shipped.traffic, report.unit, since.isoformat(), until.isoformat())

    assert 0 < report.coverage.messages < len(shipped.traffic.messages)
    assert [fault for s in report.sections for figure in s.figures for fault in truth.differences(figure)] == []

    assert report.unit == "hour"
    assert both(shipped, Scope(hosts=("elsewhere",))).coverage.messages == 0


def test_days_without_a_line(shipped: Shipped) -> None:
    report = both(shipped, Scope(since=datetime(2019, 6, 8, tzinfo=UTC), until=datetime(2019, 6, 25, tzinfo=UTC)))
    logged = {line.host: set[date]() for line in shipped.traffic.events}
    for line in shipped.traffic.events:
        logged[line.host].add(datetime.fromtimestamp(line.utc, UTC).date())

    missing = {
        host: {date.fromordinal(n) for a, b in stretches for n in range(a.toordinal(), b.toordinal() + 1)}
        for host, stretches in report.missing.items()
    }
    days = {date(2019, 6, day) for day in range(8, 25)}
    assert missing == {host: days - there for host, there in logged.items()}
    assert all(stretches[0] == (date(2019, 6, 8), date(2019, 6, 9)) for stretches in report.missing.values())


@pytest.fixture
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that the path of a log stays in its line."""
    monkeypatch.setenv("COLUMNS", "300")


@pytest.mark.usefixtures("wide")
def test_what_is_printed_is_the_same_both_ways(shipped: Shipped) -> None:
    """But for the first line, which says what was counted."""
    stored, read = (assert_well(shipped.place.run("report", *paths)).stdout for paths in ([], [shipped.log]))

    assert stored.splitlines()[1:] == read.splitlines()[1:]
    assert stored.splitlines()[0].startswith(f"Counted from             {shipped.place.prefix}-* at http")
    assert read.splitlines()[0] == f"Counted from             {shipped.log}"


@pytest.mark.usefixtures("wide")
def test_nothing_is_there(opensearch: str, make_place: MakePlace) -> None:
    place = make_place(Node(opensearch))
    log = write_log(place.folder / "smtp.log", render(generate(1, messages=2, start=START).lines, "P1"))
    stored, read = (assert_well(place.run("report", "--host", "nowhere", *paths)).stdout for paths in ([], [log]))

    assert "Messages                 0\n" in stored
    assert stored.splitlines()[1:] == read.splitlines()[1:]


def test_closed_indices_are_told_of(opensearch: str, make_place: MakePlace) -> None:
    place = make_place(Node(opensearch))
    place.environment["UTM_SHIPPER_INDEX_GRANULARITY"] = "day"
    place.set_up()
    ship(place, generate(3, messages=60, start=START, rate=0.02))
    closed = f"{place.prefix}-messages-2019.06.11"
    place.node.ask("POST", f"/{closed}/_close")
    result = assert_well(place.run("report", "--dashboard", "dkim"))

    words = f"{closed} is closed and left out: open it to have its documents too"
    assert f"utm-shipper: warning: {words}\n" in result.stderr
    assert words in " ".join(result.stdout.split())


def test_numbers_are_exact_where_shards_know_only_a_part(shipped: Shipped, monkeypatch: pytest.MonkeyPatch) -> None:
    """But for those of inner buckets, which then say so."""
    dashboards = chosen(PANELS, ("overview", "tls", "dkim"))
    with from_cluster(shipped) as cluster:
        whole = make_report(PANELS, dashboards, cluster, EVERYTHING)
        monkeypatch.setattr(asking, "SHARD_SIZE", 1)
        monkeypatch.setattr(asking, "_PAGE", 7)
        part = make_report(PANELS, dashboards, cluster, EVERYTHING)
    wanted = {figure.chart.id: figure for section in whole.sections for figure in section.figures}
    found = {figure.chart.id: figure for section in part.sections for figure in section.figures}

    inexact = {id for id, figure in found.items() if figure.error}
    assert inexact == {"refusal-reasons"}
    assert {id: figure for id, figure in found.items() if id not in inexact} == {
        id: figure for id, figure in wanted.items() if id not in inexact
    }
