"""A trace's memory does not grow with the messages that it looks through."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.benchmarks.log import StressLog
from tests.benchmarks.traces import from_logs, from_server

MOST = 300_000_000


@pytest.mark.soak
def test_memory_of_a_trace_from_a_cluster(tmp_path: Path) -> None:
    log = StressLog(messages=400)
    small, large = (from_server(log, tmp_path, messages) for messages in (2_000, 10_000))

    assert large.peak < 1.25 * small.peak
    assert large.peak < MOST


@pytest.mark.soak
def test_memory_of_a_trace_from_logs(tmp_path: Path) -> None:
    """It is that of reading logs, which `tests/benchmarks` measures, and a little more."""
    one, everything = from_logs(StressLog(messages=400), tmp_path, 5_000)

    assert one.messages > 4_500
    assert everything.peak < 1.25 * one.peak
    assert everything.peak < MOST
