"""What `ship` and its rounds need while very many messages wait for their delivery.

The program, its state on disk and every byte that it sends are real; the cluster is not: a real one would take hours.
"""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from shipper.state.read_only import view_checkpoints, view_state
from tests.benchmarks.accepting import accepting
from tests.benchmarks.log import StressLog
from tests.benchmarks.process import run

WAYS = {"ship": [], "ship --follow": ["--follow"]}
FEWER_EVENTS = """
import functools, shipper.pipeline.preparing as preparing
preparing.Limits = functools.partial(preparing.Limits, most_events={})
"""


@dataclass(frozen=True)
class Run:
    """`open_messages` are those that the state holds at the end; `peak` and `state`, at its largest, in bytes."""

    way: str
    lines: int
    open_messages: int
    peak: int
    state: int
    seconds: float
    processor_seconds: float

    @property
    def lines_per_second(self) -> float:
        return self.lines / self.seconds


def measure(log: StressLog, folder: Path, lines: int, *, most_events: int | None = None) -> Iterator[Run]:
    """`most_events`: with fewer of them in memory than usual, to see the same on a small scale."""
    path = log.write(folder / "open.log", lines)
    before = FEWER_EVENTS.format(most_events) if most_events else ""
    for number, way in enumerate(WAYS):
        with accepting() as url:
            yield _measure(way, path, lines, folder / f"state-{number}", url, before)


def _measure(way: str, log: Path, lines: int, state: Path, url: str, before: str) -> Run:
    watch = _Watch(log, state)
    arguments = ["ship", "--without-templates", *WAYS[way], str(log)]
    used = run(
        arguments, {"UTM_SHIPPER_URL": url, "UTM_SHIPPER_STATE": str(state)}, before=before, each_moment=watch.look
    )
    with view_state(state) as view:
        assert view
        return Run(way, lines, view.count_open(), used.peak, watch.largest, used.seconds, used.processor_seconds)


class _Watch:
    """Sees how large the state gets, and ends the program once all of the log is stored."""

    def __init__(self, log: Path, state: Path) -> None:
        self._size = log.stat().st_size
        self._state = state
        self._told = False
        self.largest = 0

    def look(self, program: subprocess.Popen[str]) -> None:
        files = [self._state / name for name in ("state.db", "state.db-wal", "state.db-shm")]
        self.largest = max(self.largest, sum(file.stat().st_size for file in files if file.exists()))
        if not self._told and sum(checkpoint.offset for checkpoint in view_checkpoints(self._state)) == self._size:
            self._told = True
            program.send_signal(signal.SIGTERM)
