"""What there is of a period, from both sides, against the truth."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from shipper.retrieval import EVERYTHING, Coverage, FileArchive, Scope, read_logs, term
from shipper.sources.files import find_logs
from tests.generator import generate, render
from tests.generator.model import Traffic
from tests.pipeline.running import preparation, write_log
from tests.retrieval.shipped import Shipped

HOLE = (date(2019, 6, 12), date(2019, 6, 13))


def true_coverage(traffics: list[Traffic], scope: Scope) -> Coverage:
    first_day = datetime.min.date() if scope.since is None else scope.since.date()
    until = scope.until or datetime(9000, 1, 1, tzinfo=UTC)
    end_day = until.date() if until.time() == datetime.min.time() else until.date() + timedelta(days=1)
    days: dict[str, set[date]] = {}
    times = []
    for traffic in traffics:
        host = traffic.lines[0].host
        if scope.hosts and host not in scope.hosts:
            continue
        own = [message["@timestamp"] for message in traffic.messages]
        seconds = [datetime.fromtimestamp(line.utc, UTC).date() for line in traffic.events]
        found = {day for day in (*seconds, *map(_day, own)) if first_day <= day < end_day}
        if found:
            days[host] = found
        times += [
            time
            for time in own
            if (scope.since is None or datetime.fromisoformat(time) >= scope.since)
            and datetime.fromisoformat(time) < until
        ]
    frozen = {host: frozenset(days[host]) for host in sorted(days)}
    return Coverage(len(times), min(times, default=None), max(times, default=None), frozen)


def _day(time: str) -> date:
    return date.fromisoformat(time[:10])


SCOPES = {
    "everything": EVERYTHING,
    "since": Scope(since=datetime(2019, 6, 11, 15, 30, tzinfo=UTC)),
    "both": Scope(since=datetime(2019, 6, 12, tzinfo=UTC), until=datetime(2019, 6, 14, tzinfo=UTC)),
    "within a day": Scope(datetime(2019, 6, 11, 3, tzinfo=UTC), datetime(2019, 6, 11, 5, tzinfo=UTC)),
    "host": Scope(hosts=("utm",), where=(term("sophos.utm.status", "delivered"),)),
    "no host": Scope(hosts=("utm9",)),
    "long before": Scope(until=datetime(2010, 1, 1, tzinfo=UTC)),
}


@pytest.mark.cluster
def test_the_same_both_ways_and_true(spread: Shipped) -> None:
    with spread.from_cluster() as cluster, spread.from_files() as files:
        for name, scope in SCOPES.items():
            wanted = true_coverage([spread.traffic], scope)
            assert (name, files.coverage(scope)) == (name, wanted)
            assert (name, cluster.coverage(scope)) == (name, wanted)


def test_lines_that_are_not_kept_count(tmp_path: Path) -> None:
    """Each host has its own days; a line of any kind makes one."""
    start = datetime(2019, 6, 10, 8, tzinfo=UTC)
    traffics = [generate(3, messages=200, start=start, rate=0.05, host=host) for host in ("utm", "b")]
    for traffic in traffics[:1]:
        keep = [line for line in traffic.lines if datetime.fromtimestamp(line.utc, UTC).date() not in HOLE]
        keys = {key for line in keep for key in line.message}
        traffic.messages = [m for m, key in zip(traffic.messages, traffic.keys, strict=True) if key in keys]
        traffic.lines = keep
    logs = [write_log(tmp_path / f"{t.lines[0].host}.log", render(t.lines, "P1")) for t in traffics]
    reading = read_logs(
        find_logs(map(str, logs)), preparation(), keep=lambda event: False, on_notice=lambda words: None
    )
    with reading as archive:
        assert isinstance(archive, FileArchive)
        assert list(archive.events()) == []
        found = archive.coverage().days

    assert set(found) == {"b", "utm"}
    assert found["utm"].isdisjoint(HOLE)
    assert set(HOLE) <= found["b"]
    lines = {datetime.fromtimestamp(line.utc, UTC).date() for line in traffics[0].events}
    assert lines <= found["utm"]
