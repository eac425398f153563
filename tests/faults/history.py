"""What two gateways logged in some days and a third one in its archives, and the documents that come of it."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.comparison import Document, assert_equal
from tests.end_to_end.traffic import START
from tests.faults.outcome import Outcome
from tests.faults.site import Site, pack_into
from tests.generator import Traffic, cut, generate, merge


@dataclass(frozen=True)
class History:
    """`archived` and `live` are the parts of one log of two hosts, `remote` the archives of a third.

    `truth` are the documents of all messages, `events` how many lines make an event.
    """

    archived: tuple[bytes, ...]
    live: bytes
    remote: tuple[bytes, ...]
    truth: tuple[Document, ...]
    events: int

    @property
    def logs(self) -> tuple[bytes, ...]:
        """As if nothing had ever been rotated."""
        return b"".join((*self.archived, self.live)), b"".join(self.remote)


@cache
def history(seed: int = 0, messages: int = 400) -> History:
    """Of about `messages` messages."""
    older = generate(seed + 41, messages=messages // 2, start=START, rate=2, host="utm-a")
    newer = generate(seed + 42, messages=messages // 4, start=START, rate=1, host="utm-b", dialect="4.97")
    remote = generate(seed + 43, messages=messages // 4, start=START, rate=1, host="utm-c", dialect="4.82")
    both = merge(older, newer)
    count = len(both.lines)
    *archived, live = _cut(both, [count // 8, count // 4, count * 3 // 8])
    count = len(remote.lines)
    return History(
        tuple(archived),
        live,
        tuple(_cut(remote, [count * part // 8 for part in range(1, 8)])),
        (*both.messages, *remote.messages),
        sum(1 for traffic in (both, remote) for _ in traffic.events),
    )


def assert_true(history: History, found: Outcome) -> None:
    """It is what the generator meant."""
    assert len(found.events) == history.events
    assert_equal(history.truth, [json.loads(text) for _, text in found.messages.values()])


def _cut(traffic: Traffic, points: list[int]) -> list[bytes]:
    return [b"".join(line.text + b"\n" for line in lines) for lines in cut(traffic.lines, points)]


class Replay:
    """A history that happens again: in `live` a log that is rotated, in `archive` packed logs."""

    def __init__(self, history: History, folder: Path, rng: random.Random) -> None:
        self.live, self.archive = folder / "live", folder / "archive"
        self.live.mkdir(parents=True)
        pack_into(self.archive / "2019", history.archived, "smtp")
        self._site = Site(self.live, rng, history.live)
        self._steps = self._site.steps()
        self._size = len(history.live)
        self._remote = list(enumerate(history.remote))
        self._rng = rng

    def step(self, share: float) -> None:
        """The next thing happens; `share` is how much of the history may be over by now."""
        self._site.due = int(self._size * min(share, 1))
        next(self._steps)
        while self._remote and self._remote[0][0] < share * 8:
            self._drop_in()

    def finish(self) -> None:
        """All the rest happens at once."""
        while self._site.is_busy:
            next(self._steps)
        self._site.finish()
        while self._remote:
            self._drop_in()

    def _drop_in(self) -> None:
        number, text = self._remote.pop(0)
        pack_into(self.archive / "remote" / str(number), [text], "smtp")
