"""A network that is bad or away costs time, and nothing else."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from shipper.state.read_only import view_state
from tests.end_to_end.conftest import MakePlace
from tests.end_to_end.node import Node, Place
from tests.faults.history import History, Replay, assert_true, history
from tests.faults.outcome import assert_same, count, found_in, outcome
from tests.faults.process import Follower, balance_of, following
from tests.faults.proxy import Network, Storm, network
from tests.sinks.fault_proxy import status

pytestmark = pytest.mark.cluster

QUICK = {"CLUSTER_TIMEOUT": "1.5", "BULK_ITEMS": "80"}
QUIET_SECONDS = 30
"""Between two words about trouble."""
AWAY_SECONDS = 8
LEAST_WAIT = 0.25
LANES = 2


@pytest.fixture
def bad(simple: Place) -> Iterator[Network]:
    with network(simple.node.url) as between:
        yield between


def troubles(shipper: Follower) -> list[str]:
    return [line for line in shipper.said if "trying again" in line]


def assert_all_there(place: Place, whole: History) -> None:
    wanted = outcome(*whole.logs)
    assert_true(whole, wanted)
    assert_same(wanted, found_in(place, balance_of(place)))
    with view_state(place.folder / "state") as view:
        assert view
        assert view.dead_letters.count() == 0


def let_it_storm(place: Place, between: Network, folder: Path, seed: int, messages: int, steps: int) -> None:
    """For as long as the logs grow, and until all of their events are there."""
    whole = history(seed, messages)
    replay = Replay(whole, folder, random.Random(seed))
    storm = Storm(between, seed)
    between.up()
    with following(place, replay.live, replay.archive, URL=between.url, **QUICK) as shipper:
        shipper.wait_until(lambda: shipper.is_ready)
        began = time.monotonic()
        between.fault = storm
        for step in range(steps):
            shipper.check()
            replay.step(step / steps)
            time.sleep(0.05)
        replay.finish()
        shipper.wait_until(lambda: count(place) >= whole.events and storm.kinds <= storm.dealt.keys(), 600)
        between.fault = lambda request, size: None
        took = time.monotonic() - began
        shipper.wait_until(lambda: shipper.rounds > 0)
        assert 1 <= len(troubles(shipper)) <= 1 + took / QUIET_SECONDS
        shipper.end()
        assert all(line.startswith("utm-shipper: ") for line in shipper.said)
        print(
            f"{took:.1f} s, {Counter(target for _, target in between.asked)}", storm.dealt, *troubles(shipper), sep="\n"
        )
    assert_all_there(place, whole)


def test_a_storm(simple: Place, bad: Network, tmp_path: Path) -> None:
    let_it_storm(simple, bad, tmp_path, seed=1, messages=90, steps=100)


@pytest.mark.soak
@pytest.mark.parametrize("product", ["opensearch", "elasticsearch"])
@pytest.mark.parametrize("seed", [2, 3])
def test_a_long_storm(
    request: pytest.FixtureRequest, make_place: MakePlace, tmp_path: Path, product: str, seed: int
) -> None:
    place = make_place(Node(request.getfixturevalue(product)))
    place.set_up()
    with network(place.node.url) as between:
        let_it_storm(place, between, tmp_path, seed, messages=2000, steps=3000)


@pytest.mark.soak
def test_a_cluster_that_answers_nothing_but_503_is_asked_ever_more_rarely(
    simple: Place, bad: Network, tmp_path: Path
) -> None:
    whole = history(4, 100)
    replay = Replay(whole, tmp_path, random.Random(4))
    bad.up()
    with following(simple, replay.live, replay.archive, URL=bad.url, **QUICK) as shipper:
        shipper.wait_until(lambda: shipper.rounds > 0)
        bad.fault = lambda request, size: status(503)
        replay.finish()
        first = len(bad.asked)
        time.sleep(AWAY_SECONDS)
        shipper.check()
        asked = len(bad.asked) - first
        assert LANES <= asked <= LANES * AWAY_SECONDS / LEAST_WAIT / 2
        assert len(troubles(shipper)) == 1
        bad.fault = lambda request, size: None
        shipper.wait_until(lambda: count(simple) >= whole.events)
        shipper.end()
    assert_all_there(simple, whole)


@pytest.mark.soak
@pytest.mark.parametrize("refusal", ["refused", "503"])
def test_the_network_comes_after_the_shipper(simple: Place, bad: Network, tmp_path: Path, refusal: str) -> None:
    whole = history(5, 100)
    replay = Replay(whole, tmp_path, random.Random(5))
    if refusal == "503":
        bad.fault = lambda request, size: status(503)
        bad.up()
    with following(simple, replay.live, replay.archive, URL=bad.url, **QUICK) as shipper:
        shipper.wait_until(lambda: bool(troubles(shipper)))
        replay.finish()
        time.sleep(1)
        assert not shipper.is_ready
        assert len(troubles(shipper)) == 1
        bad.fault = lambda request, size: None
        bad.up()
        shipper.wait_until(lambda: shipper.is_ready and count(simple) >= whole.events)
        shipper.end()
    assert_all_there(simple, whole)
