"""How long after a line was written its document is found, with `ship --follow` as it is without settings."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

from shipper.embedded import EmbeddedNode
from tests.benchmarks.log import StressLog
from tests.benchmarks.node import ask
from tests.benchmarks.process import run

_BEFORE = 500
_PATIENCE = 120.0
_BETWEEN_QUESTIONS = 0.02


@dataclass(frozen=True)
class Follow:
    """Seconds from a line's writing to the first search that counts it, one for each line."""

    seconds: list[float]

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    @property
    def worst(self) -> float:
        return max(self.seconds)


def measure(folder: Path, lines: int, tell: Callable[[str], None]) -> Follow:
    """After a log's beginning has been found, that many lines come one by one, at no regular times."""
    every = list(StressLog(messages=max(100, (_BEFORE + lines) // 5)).lines(_BEFORE + lines))
    log, pauses = folder / "followed.log", Random(1)
    log.write_bytes(_text(every[:_BEFORE]))
    with EmbeddedNode.start() as node, _following(node.url, log, folder / "followed") as is_alive:
        _until_found(node.url, _BEFORE, is_alive)
        found = list[float]()
        for number, line in enumerate(every[_BEFORE:], 1):
            time.sleep(pauses.uniform(0.1, 1.5))
            tell(f"line {number} of {lines}")
            with log.open("ab") as output:
                output.write(_text([line]))
            begun = time.perf_counter()
            _until_found(node.url, _BEFORE + number, is_alive)
            found.append(time.perf_counter() - begun)
    return Follow(found)


def _text(lines: list[bytes]) -> bytes:
    return b"".join(line + b"\n" for line in lines)


@contextmanager
def _following(url: str, log: Path, state: Path) -> Iterator[Callable[[], bool]]:
    environment = os.environ | {"UTM_SHIPPER_URL": url, "UTM_SHIPPER_STATE": str(state)}
    run(["setup"], environment)
    command = [sys.executable, "-m", "shipper", "ship", "--follow", str(log)]
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as program:
        try:
            yield lambda: program.poll() is None
        finally:
            program.terminate()


def _until_found(url: str, events: int, is_alive: Callable[[], bool]) -> None:
    end = time.monotonic() + _PATIENCE
    while _events(url) < events:
        if not is_alive() or time.monotonic() > end:
            raise RuntimeError(f"{events} events were not found")
        time.sleep(_BETWEEN_QUESTIONS)


def _events(url: str) -> int:
    """An index cannot be searched in the moment that it is made."""
    try:
        return int(ask(url, "GET", "/utm-smtp-events-*/_count")["count"])
    except RuntimeError:
        return 0
