"""Documents per second into an embedded node on the same machine."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from shipper.embedded import EmbeddedNode


@dataclass(frozen=True)
class Shipping:
    """`processor_seconds` are the shipper's own."""

    documents: int
    seconds: float
    processor_seconds: float

    @property
    def documents_per_second(self) -> float:
        return self.documents / self.seconds


def measure(log: Path, folder: Path) -> Shipping:
    with EmbeddedNode.start() as node:
        environment = os.environ | {"UTM_SHIPPER_URL": node.url, "UTM_SHIPPER_STATE": str(folder / "state")}
        _run(environment, "setup")
        begun, used = time.perf_counter(), _processor_seconds()
        said = _run(environment, "ship", str(log))
        return Shipping(_written(said), time.perf_counter() - begun, _processor_seconds() - used)


def _run(environment: dict[str, str], *arguments: str) -> str:
    command = [sys.executable, "-m", "shipper", *arguments]
    return subprocess.run(command, env=environment, stderr=subprocess.PIPE, text=True, check=True).stderr


def _processor_seconds() -> float:
    """Of children that have ended; the node has not."""
    times = os.times()
    return times.children_user + times.children_system


def _written(said: str) -> int:
    """`cluster: 1,234 documents created, 0 were there already, 56 written, ...`"""
    line = next(line for line in said.splitlines() if "cluster: " in line)
    words = line.replace(",", "").split()
    return int(words[words.index("documents") - 1]) + int(words[words.index("written") - 1])
