"""What follows from what was counted and what was parsed."""

from __future__ import annotations

from datetime import date

import pytest

from shipper.report.estimate import INDEX_BYTES_OF_A_LOG_BYTE, Counted, Estimate, Sample, estimated, host_days

LEAP = {date(2024, 2, 27): 2, date(2024, 2, 28): 1, date(2024, 3, 1): 1, date(2024, 3, 4): 6}


def test_days_without_lines() -> None:
    (host,) = host_days(("utm", day, lines) for day, lines in reversed(LEAP.items()))
    assert (host.lines, host.days, host.first, host.last) == (10, 4, date(2024, 2, 27), date(2024, 3, 4))
    assert host.missing == [(date(2024, 2, 29), date(2024, 2, 29)), (date(2024, 3, 2), date(2024, 3, 3))]
    assert host.missing_days == 3


def test_a_host_of_one_day_misses_none() -> None:
    (host,) = host_days([("utm", date(2024, 2, 28), 1)])
    assert (host.missing, host.missing_days) == ([], 0)


def test_each_host_has_days_of_its_own_by_name() -> None:
    found = host_days([("b", date(2024, 1, 2), 5), ("a", date(2024, 1, 2), 7), ("b", date(2024, 1, 1), 6)])
    assert [(host.host, dict(host.lines_of_days)) for host in found] == [
        ("a", {date(2024, 1, 2): 7}),
        ("b", {date(2024, 1, 1): 6, date(2024, 1, 2): 5}),
    ]


COUNTED = Counted(logs=2, bytes=400_000, lines=2000, ignored=30, unreadable=10, hosts=())
SAMPLE = Sample(places=4, lines=500, messages=41, sent=900_000, seconds=2.5, is_all=False)


@pytest.mark.parametrize(("limit", "seconds"), [(None, 10.0), (100, 21.24), (1000, 10.0)])
def test_the_rest_is_like_the_sample(limit: float | None, seconds: float) -> None:
    assert estimated(COUNTED, SAMPLE, limit) == Estimate(
        counted=COUNTED,
        sample=SAMPLE,
        messages=164,
        documents=1960 + 164,
        sent=3_600_000,
        index_bytes=round(400_000 * INDEX_BYTES_OF_A_LOG_BYTE),
        seconds=seconds,
    )


def test_of_nothing_comes_nothing() -> None:
    nothing = Counted(1, 0, 0, 0, 0, ())
    estimate = estimated(nothing, Sample(1, 0, 0, 0, 0.01, is_all=True))
    assert (estimate.messages, estimate.documents, estimate.sent, estimate.index_bytes) == (0, 0, 0, 0)
