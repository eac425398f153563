"""The most memory that a trace needs: of one message among many, and of all of them, from logs and from a server."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.exports import served
from tests.benchmarks.log import StressLog
from tests.benchmarks.process import run

EVERYBODY = "0.0.0.0/0"
_ID = re.compile(rb"([0-9A-Za-z]{6}-[0-9A-Za-z-]{9,16}) <= ")


@dataclass(frozen=True)
class Traced:
    """`told` is what was told of so many `messages`; `peak` in bytes, `said` what the program told."""

    way: str
    told: str
    messages: int
    peak: int
    processor_seconds: float
    said: str


def measure(log: StressLog, folder: Path, messages: int) -> Iterator[Traced]:
    """Traces among about so many messages each way."""
    yield from from_logs(log, folder, messages)
    yield from_server(log, folder, messages)


def from_logs(log: StressLog, folder: Path, messages: int) -> Iterator[Traced]:
    """Of a log that holds about so many: one message, and all that have a client of IPv4."""
    path = log.write(folder / "trace.log", messages * log.lines_of_a_block // sum(log.statuses.values()))
    for told, options in (("one", [_some_id(path)]), ("all", [EVERYBODY, "--raw"])):
        yield _trace("logs", told, messages, [*options, str(path)])
    path.unlink()


def from_server(log: StressLog, folder: Path, messages: int) -> Traced:
    """All messages of what answers like a cluster, which hands out each message whatever is looked for."""
    with served(log.write(folder / "small.log", min(log.lines_of_a_block, 30_000)), messages) as url:
        return _trace("cluster", "all", messages, [EVERYBODY, "--raw", "--url", url])


def _some_id(path: Path) -> str:
    with path.open("rb") as lines:
        return next(found[1].decode() for line in lines if (found := _ID.search(line)))


def _trace(way: str, told: str, messages: int, options: list[str]) -> Traced:
    used = run(["trace", *options])
    said = used.said.partition("Name:")[0]
    if way == "logs" and (counted := re.search(r"([\d,]+) messages", said)):
        messages = int(counted[1].replace(",", ""))
    return Traced(way, told, messages, used.peak, used.processor_seconds, said)
