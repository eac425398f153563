"""The most memory that a process needs for a log and for ten times as much."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.log import StressLog
from tests.benchmarks.process import run


@dataclass(frozen=True)
class Memory:
    """Peaks in bytes."""

    lines: int
    once: int
    ten_times: int

    @property
    def ratio(self) -> float:
        return self.ten_times / self.once


def measure(log: StressLog, folder: Path, lines: int) -> Memory:
    peaks = [_peak(log.write(folder / f"{count}.log", count)) for count in (lines, 10 * lines)]
    return Memory(lines, *peaks)


def _peak(log: Path) -> int:
    used = run(["parse", "--emit", "all", str(log)])
    log.unlink()
    return used.peak
