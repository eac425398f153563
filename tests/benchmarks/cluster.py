"""Documents per second into an embedded node on the same machine, beside a loader that only posts what is prepared."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from shipper.embedded import EmbeddedNode
from tests.benchmarks import disk
from tests.benchmarks.disk import Disk
from tests.benchmarks.node import ask, processor_seconds
from tests.benchmarks.process import run

_INDICES = "utm-smtp-events-*,utm-smtp-messages-*"


@dataclass(frozen=True)
class Load:
    """One way into fresh indices. `seconds` are all that the sender took; `node_seconds` the node's processor time."""

    documents: int
    seconds: float
    processor_seconds: float
    node_seconds: float

    @property
    def documents_per_second(self) -> float:
        return self.documents / self.seconds


@dataclass(frozen=True)
class Shipping:
    """The best of some rounds each, by seconds; `disk` is what the last shipped round left."""

    bare: Load
    ship: Load
    disk: Disk

    @property
    def ratio(self) -> float:
        """Of documents a second, to the loader that reads and parses nothing."""
        return self.ship.documents_per_second / self.bare.documents_per_second

    @property
    def processor_ratio(self) -> float:
        """Processor time of the shipper for each second of the node's, while it ships."""
        return self.ship.processor_seconds / self.ship.node_seconds


def measure(log: Path, folder: Path, rounds: int, tell: Callable[[str], None]) -> Shipping:
    """The ways take turns, so that a busy moment and a node that is not warm yet hit both; a first load warms it."""
    prepared = _prepared(log, folder)
    with EmbeddedNode.start(heap="1g") as node:
        run(["setup"], {"UTM_SHIPPER_URL": node.url})
        bare, ship = list[Load](), list[Load]()
        _load_bare(node, prepared)
        for number in range(rounds):
            tell(f"round {number + 1} of {rounds}: posting what is prepared")
            bare.append(_load_bare(node, prepared))
            tell(f"round {number + 1} of {rounds}: ship")
            ship.append(_ship(node, log, folder / f"state-{number}"))
        tell("merging")
        stored = disk.measure(node.url, log.stat().st_size)
    return Shipping(min(bare, key=_seconds), min(ship, key=_seconds), stored)


def _seconds(load: Load) -> float:
    return load.seconds


def _prepared(log: Path, folder: Path) -> Path:
    """What `parse` makes of the log, as a `_bulk` body."""
    path = folder / "prepared.ndjson"
    command = [sys.executable, "-m", "shipper", "parse", "--emit", "all", "--bulk", str(log)]
    with path.open("wb") as output:
        subprocess.run(command, stdout=output, stderr=subprocess.PIPE, check=True)
    return path


def _load_bare(node: EmbeddedNode, prepared: Path) -> Load:
    _empty(node)
    before = processor_seconds(node.pid)
    command = [sys.executable, "-m", "tests.benchmarks.bare", node.url, str(prepared)]
    found = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
    return Load(node_seconds=processor_seconds(node.pid) - before, **found)


def _ship(node: EmbeddedNode, log: Path, state: Path) -> Load:
    """Its start is counted too."""
    _empty(node)
    before, begun = processor_seconds(node.pid), time.perf_counter()
    used = run(["ship", str(log)], os.environ | {"UTM_SHIPPER_URL": node.url, "UTM_SHIPPER_STATE": str(state)})
    seconds = time.perf_counter() - begun
    return Load(_written(used.said), seconds, used.processor_seconds, processor_seconds(node.pid) - before)


def _empty(node: EmbeddedNode) -> None:
    ask(node.url, "DELETE", f"/{_INDICES}?expand_wildcards=all")


def _written(said: str) -> int:
    """`cluster: 1,234 documents created, 0 were there already, 56 written, ...`"""
    line = next(line for line in said.splitlines() if "cluster: " in line)
    words = line.replace(",", "").split()
    return int(words[words.index("documents") - 1]) + int(words[words.index("written") - 1])
