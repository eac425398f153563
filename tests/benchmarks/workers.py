"""An archive of many days shipped by one process and by two: how much faster, and whether the same was sent.

The program, its processes and every byte that they send are real; the cluster, which would be what both wait for, is
a server that takes everything.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.accepting import accepting
from tests.benchmarks.log import START
from tests.benchmarks.process import run
from tests.generator import generate
from tests.generator.archive import write_days

MESSAGES_A_DAY = 1_500
Sent = dict[tuple[str, str], tuple[int, bytes]]
"""(index, id) -> (version, document): the last one that a cluster would keep."""


@dataclass(frozen=True)
class Workers:
    """Seconds by the clock, the best of the rounds. `processor` is that of the whole run, its workers included."""

    lines: int
    days: int
    documents: int
    one: float
    two: float
    one_processor: float
    two_processor: float
    same: bool

    @property
    def ratio(self) -> float:
        return self.one / self.two


def measure(folder: Path, days: int, rounds: int) -> Workers:
    traffic = generate(1, messages=days * MESSAGES_A_DAY, start=START, rate=MESSAGES_A_DAY / 24 / 60)
    logs = write_days((line.text for line in traffic.lines), folder / "archive")
    tries = [(_ship(folder, number, 1), _ship(folder, number, 2)) for number in range(rounds)]
    one, two = (min((pair[which] for pair in tries), key=lambda each: each.seconds) for which in (0, 1))
    sent = tries[0][0].sent
    return Workers(
        len(traffic.lines), len(logs), len(sent),
        one.seconds, two.seconds, one.processor_seconds, two.processor_seconds,
        all(each.sent == sent for pair in tries for each in pair),
    )  # fmt: skip


@dataclass(frozen=True)
class _Run:
    seconds: float
    processor_seconds: float
    sent: Sent


def _ship(folder: Path, number: int, workers: int) -> _Run:
    kept, state = folder / f"sent-{workers}-{number}", folder / f"state-{workers}-{number}"
    arguments = ["ship", "--without-templates", "--workers", str(workers), str(folder / "archive")]
    with accepting(kept) as url:
        used = run(arguments, {"UTM_SHIPPER_URL": url, "UTM_SHIPPER_STATE": str(state)})
    sent = last(kept)
    kept.unlink()
    return _Run(used.seconds, used.processor_seconds, sent)


def last(kept: Path) -> Sent:
    """What a cluster would hold of these bulk bodies."""
    held: Sent = {}
    for action, document in _items(kept):
        version = action.get("version", 0)
        key = action["_index"], action["_id"]
        if document is None:
            held.pop(key, None)
        elif key not in held or held[key][0] <= version:
            held[key] = version, document
    return held


def _items(kept: Path) -> Iterator[tuple[dict[str, object], bytes | None]]:
    with kept.open("rb") as lines:
        for line in lines:
            ((operation, action),) = json.loads(line).items()
            yield action, None if operation == "delete" else next(lines)
