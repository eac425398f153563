"""A shipper that is killed again and again, while logs grow and are rotated, ends up as if it had run once."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from urllib.error import HTTPError

import pytest

from tests.end_to_end.node import Place
from tests.faults.history import Replay, assert_true, history
from tests.faults.killing import MOMENTS, Killer, remains
from tests.faults.outcome import assert_same, count, found_in, outcome
from tests.faults.process import balance_of, following
from tests.faults.site import pack_into
from tests.sinks.fault_proxy import FaultProxy, fault_proxy

pytestmark = pytest.mark.cluster

STEPS = 40
"""Of what happens to the logs in one life, at most."""
ENOUGH, LONGEST = 2.0, 12.0
"""Seconds of a life that stored something, and of one that did not, where its moment does not come."""
ENDS = ("before the first round", "between cluster and commit")
"""Each of these has to occur among many lives; the other ones cannot be had for sure."""
MANY = 50


class Lives:
    """Lives of the shipper, one after the other, while `replay` goes on; `ends` counts what their ends were like."""

    def __init__(self, place: Place, replay: Replay, rng: random.Random, count: int) -> None:
        self._place = place
        self._state = place.folder / "state"
        self._replay = replay
        self._rng = rng
        self._count = count
        self._moments = [MOMENTS[number % len(MOMENTS)] for number in range(count)]
        rng.shuffle(self._moments)
        self.rounds: list[int] = []
        self.ends: Counter[str] = Counter()

    def live(self, proxy: FaultProxy, moment: str) -> None:
        """Until the moment comes."""
        rng = self._rng
        killer = Killer(moment, rng.choice((0, 1, 1, 2)), rng.randrange(1, 4), rng, self._state)
        proxy.always = killer.always
        bulk_items, show_after = rng.choice(("40", "200", "5000")), rng.choice(("0.1", "1", "30"))
        settings = {"URL": proxy.url, "BULK_ITEMS": bulk_items, "FOLLOW_SHOW_AFTER": show_after}
        with following(self._place, self._replay.live, self._replay.archive, **settings) as shipper:
            killer.begin(shipper)
            enough = time.monotonic() + ENOUGH
            self._go_on(lambda: killer.done.is_set() or (shipper.rounds > 0 and time.monotonic() > enough))
            killer.strike()
            assert shipper.process.returncode == -9, shipper.said
            self.rounds.append(shipper.rounds)
            self._look(shipper.is_ready)

    def _go_on(self, is_over: Callable[[], bool]) -> None:
        """Things happen until it is over, some seconds at most; not more than the share of this life."""
        begun, end = len(self.rounds), time.monotonic() + LONGEST
        step = 0
        while not is_over() and time.monotonic() < end:
            step += 1
            self._replay.step((begun + min(step / STEPS, 1)) / self._count)
            time.sleep(self._rng.uniform(0, 0.03))

    def _look(self, was_ready: bool) -> None:
        """What this end left behind."""
        left = remains(self._state)
        self.ends["before the first round"] += not was_ready
        self.ends["stored nothing"] += not self.rounds[-1]
        self.ends["in a commit"] += left.is_torn
        self.ends["between two commits"] += left.outbox > 0
        with suppress(HTTPError):
            self.ends["between cluster and commit"] += count(self._place) > left.events

    def all(self) -> None:
        with fault_proxy(self._place.node.url) as proxy:
            for moment in self._moments:
                self.live(proxy, moment)


@pytest.mark.parametrize(
    ("kills", "seed"),
    [(14, 1), *(pytest.param(kills, seed, marks=pytest.mark.soak) for kills, seed in ((50, 1), (300, 2), (300, 3)))],
)
def test_killed_again_and_again(simple: Place, tmp_path: Path, kills: int, seed: int) -> None:
    rng = random.Random(seed)
    whole = history(seed, messages=8 * kills)
    replay = Replay(whole, tmp_path, rng)
    lives = Lives(simple, replay, rng, kills)
    lives.all()
    print(lives.rounds, dict(lives.ends))
    replay.finish()
    wanted = outcome(*whole.logs)
    assert_true(whole, wanted)
    with following(simple, replay.live, replay.archive) as shipper:
        shipper.wait_until(lambda: shipper.is_ready and count(simple) >= len(wanted.events))
        shipper.end()
    assert_same(wanted, found_in(simple, balance_of(simple)))
    assert (all if kills >= MANY else any)(lives.ends[end] for end in ENDS)


def test_what_a_killed_run_had_not_shown_is_shown_by_one_that_reads_nothing(simple: Place, tmp_path: Path) -> None:
    remote = history().remote
    pack_into(tmp_path / "archive", remote, "smtp")
    wanted = outcome(b"".join(remote))
    with following(simple, tmp_path, FOLLOW_SHOW_AFTER="1000d") as shipper:
        shipper.wait_until(lambda: shipper.rounds > 0 and balance_of(simple).events == len(wanted.events))
        shipper.kill()
    before = found_in(simple, balance_of(simple))
    assert before.events == wanted.events
    assert len(before.messages) < len(wanted.messages)
    with following(simple, tmp_path) as shipper:
        shipper.wait_until(lambda: shipper.is_ready)
        shipper.end()
    assert_same(wanted, found_in(simple, balance_of(simple)))
