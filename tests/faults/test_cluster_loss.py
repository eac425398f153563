"""A cluster that loses a node, or a node that goes and comes back, ends up with what it would have had."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.end_to_end.node import Node, Place
from tests.end_to_end.traffic import START
from tests.faults.outcome import assert_same, found_in, outcome
from tests.faults.process import balance_of, following
from tests.faults.shipping import shipping, stored_so_far
from tests.generator import Traffic, generate
from tests.nodes.cluster_of_three import NAMES, ClusterOfThree, cluster_of_three
from tests.nodes.restartable import RestartableNode, restartable_node

pytestmark = pytest.mark.cluster

TRAFFIC: Traffic = generate(51, messages=500, start=START, rate=4)
SOME = 300
"""Events that are stored when the node goes."""
AWAY_SECONDS = 5


@pytest.fixture(scope="module")
def three() -> Iterator[ClusterOfThree]:
    with cluster_of_three() as cluster:
        yield cluster


@pytest.fixture(scope="module")
def single(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RestartableNode]:
    with restartable_node(tmp_path_factory.mktemp("node")) as node:
        yield node


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "smtp.log"
    path.write_bytes(TRAFFIC.text)
    return path


def a_place(folder: Path, url: str) -> Place:
    """Its indices go with the node."""
    return Place(Node(url), f"faults-{uuid4().hex[:10]}", folder)


def assert_all_there(place: Place) -> None:
    wanted = outcome(TRAFFIC.text)
    assert len(wanted.events) == len(TRAFFIC.lines) - len(TRAFFIC.ignored)
    assert_same(wanted, found_in(place, balance_of(place)))


def lose(three: ClusterOfThree, lost: str, asked: tuple[str, ...], place: Place, log: Path) -> None:
    """Ships with the URLs of `asked`, and kills `lost` in the middle."""
    place.set_up()
    urls = ",".join(three.url(name) for name in asked)
    with shipping(place, log, URL=urls, BULK_ITEMS="25") as shipper:
        shipper.wait_until(lambda: stored_so_far(place) > SOME)
        three.kill(lost)
        assert shipper.is_running
        shipper.end_well()
    assert_all_there(place)


@pytest.mark.soak
def test_a_cluster_loses_its_manager_which_is_asked_too(three: ClusterOfThree, tmp_path: Path, log: Path) -> None:
    lost = three.manager
    other = next(name for name in NAMES if name != lost)
    lose(three, lost, (lost, *NAMES), a_place(tmp_path, three.url(other)), log)
    assert three.manager != lost


@pytest.mark.soak
@pytest.mark.parametrize("role", ["asked", "elected"])
def test_a_cluster_loses_one_that_comes_back(three: ClusterOfThree, tmp_path: Path, log: Path, role: str) -> None:
    """One that is asked first, or the elected manager, which is not asked at all."""
    three.start_missing()
    manager = three.manager
    others = tuple(name for name in NAMES if name != manager)
    lost = others[0] if role == "asked" else manager
    place = a_place(tmp_path, three.url(others[1]))
    lose(three, lost, NAMES if role == "asked" else others, place, log)
    three.start_missing()
    assert_all_there(Place(Node(three.url(lost)), place.prefix, place.folder))


@pytest.mark.soak
def test_a_node_comes_back_while_logs_are_shipped(single: RestartableNode, tmp_path: Path, log: Path) -> None:
    place = a_place(tmp_path, single.url)
    place.set_up()
    with shipping(place, log, BULK_ITEMS="25") as shipper:
        shipper.wait_until(lambda: stored_so_far(place) > SOME)
        single.kill()
        time.sleep(AWAY_SECONDS)
        assert shipper.is_running
        single.start()
        shipper.end_well()
    assert any(f"{single.url}: " in line and "; trying again in " in line for line in shipper.said)
    assert_all_there(place)


@pytest.mark.soak
def test_a_node_comes_back_while_a_log_is_followed(single: RestartableNode, tmp_path: Path, log: Path) -> None:
    """It is away while nothing is asked, while something is, and more comes meanwhile."""
    whole = log.read_bytes()
    cut = whole.index(b"\n", len(whole) // 2) - 20
    log.write_bytes(whole[:cut])
    place = a_place(tmp_path, single.url)
    place.set_up()
    with following(place, log, BULK_ITEMS="100", ZONE="Europe/Berlin") as shipper:
        shipper.wait_until(lambda: shipper.rounds >= 1)
        rounds = shipper.rounds
        single.kill()
        with log.open("ab") as more:
            more.write(whole[cut:])
        time.sleep(AWAY_SECONDS)
        shipper.check()
        assert shipper.rounds == rounds
        single.start()
        shipper.wait_until(lambda: stored_so_far(place) == len(outcome(whole).events), 60)
        shipper.end()
    assert any(f"{single.url}: " in line and "; trying again in " in line for line in shipper.said)
    assert_all_there(place)
