"""An export's memory does not grow with its messages."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.benchmarks.exports import from_logs, from_server
from tests.benchmarks.log import StressLog

MOST = 300_000_000


@pytest.mark.soak
def test_memory_of_an_export_from_a_cluster(tmp_path: Path) -> None:
    log = StressLog(messages=400)
    small, large = (from_server(log, tmp_path, messages) for messages in (3_000, 15_000))

    assert large.messages == 5 * small.messages
    assert "warning" not in large.said
    assert large.peak < 1.25 * small.peak
    assert large.peak < MOST


@pytest.mark.soak
def test_memory_of_an_export_from_logs(tmp_path: Path) -> None:
    """It is that of reading logs, which `tests/benchmarks` measures, and a little more."""
    exported = from_logs(StressLog(messages=400), tmp_path, 5_000)

    assert exported.messages > 4_500
    assert "warning" not in exported.said
    assert exported.peak < MOST
