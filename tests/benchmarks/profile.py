"""Where the processor time of `parse --emit all` goes, by step and by line: looked at with each tick of the system."""

from __future__ import annotations

import linecache
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import shipper
from tests.benchmarks.speed import Bench

_EVERY = 0.001
_PACKAGE = f"{Path(shipper.__file__).parent}/"
_MOST_LINES = 30


@dataclass(frozen=True)
class Share:
    """`share` of the whole processor time, 0 to 1, spent in `where` and in what it calls outside the program."""

    where: str
    share: float


@dataclass(frozen=True)
class Profile:
    """`looks`: how often it was looked at. `lines` are the dearest ones: `parse/head.py:42 read_head: the source`."""

    looks: int
    steps: list[Share]
    lines: list[Share]


class _Looks:
    def __init__(self) -> None:
        self.steps = Counter[str]()
        self.lines = Counter[tuple[str, int, str]]()

    def look(self, number: int, frame: FrameType | None) -> None:
        while frame is not None and not frame.f_code.co_filename.startswith(_PACKAGE):
            frame = frame.f_back
        if frame is None:
            self.steps["(none of ours)"] += 1
            return
        place = frame.f_code.co_filename.removeprefix(_PACKAGE)
        self.steps[place.partition("/")[0]] += 1
        self.lines[place, frame.f_lineno or 0, frame.f_code.co_qualname] += 1


def measure(log: Path) -> Profile:
    bench = Bench(log)
    looks = _Looks()
    with _looked_at(looks):
        bench.emit_all()
    total = looks.steps.total()
    steps = [Share(step, count / total) for step, count in looks.steps.most_common()]
    lines = [Share(_shown(*where), count / total) for where, count in looks.lines.most_common(_MOST_LINES)]
    return Profile(total, steps, lines)


@contextmanager
def _looked_at(looks: _Looks) -> Iterator[None]:
    before = signal.signal(signal.SIGPROF, looks.look)
    signal.setitimer(signal.ITIMER_PROF, _EVERY, _EVERY)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _shown(place: str, line: int, function: str) -> str:
    source = linecache.getline(f"{_PACKAGE}{place}", line).strip()
    return f"{place}:{line} {function}: {source.replace('|', '/')[:60]}"
