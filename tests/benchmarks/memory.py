"""The most memory that a process needs for a log and for ten times as much."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.log import StressLog

_CHILD = """
import sys
from pathlib import Path
from shipper.commands import main
main(["parse", "--emit", "all", sys.argv[1]], standalone_mode=False)
sys.stderr.write(Path("/proc/self/status").read_text())
"""
"""The process looks at its own peak: what the kernel tells a parent counts the parent's own pages too."""


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
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, str(log)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=True,
    )
    log.unlink()
    peak = re.search(r"^VmHWM:\s+(\d+) kB$", done.stderr, re.MULTILINE)
    assert peak
    return int(peak[1]) * 1024
