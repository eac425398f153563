"""Documents read back from a cluster and from the logs that were shipped there: the same, and those of the truth."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from shipper.cluster import ConnectionSettings, connect
from shipper.retrieval import (
    EVERYTHING,
    Archive,
    ClusterArchive,
    Document,
    FileArchive,
    Key,
    ReadSettings,
    Scope,
    key_of,
    read_logs,
)
from shipper.sources.files import find_logs
from tests.comparison import assert_equal
from tests.end_to_end.conftest import MakePlace
from tests.end_to_end.node import Node, Place
from tests.generator import generate, render
from tests.generator.model import Traffic
from tests.pipeline.running import preparation, write_log

pytestmark = pytest.mark.cluster

START = datetime(2019, 6, 10, 8, tzinfo=UTC)
PAGE = 50


class Shipped:
    """A log in a place of its own, and both ways back to its documents."""

    def __init__(self, place: Place, log: Path, traffic: Traffic) -> None:
        self.place = place
        self.log = log
        self.traffic = traffic

    @contextmanager
    def from_cluster(self, **settings: Any) -> Iterator[ClusterArchive]:
        node = self.place.node
        node.ask("POST", f"/{self.place.prefix}-*/_refresh")
        ca_file = self.place.environment.get("UTM_SHIPPER_CLUSTER_CA_FILE")
        login = {
            name: self.place.environment.get(f"UTM_SHIPPER_CLUSTER_{name.upper()}") for name in ("username", "password")
        }
        cluster = connect(ConnectionSettings(urls=(node.url,), ca_file=ca_file, **login))
        yield ClusterArchive(cluster, self.place.prefix, ReadSettings(**{"page": PAGE} | settings))
        cluster.close()

    @contextmanager
    def from_files(self) -> Iterator[FileArchive]:
        with read_logs(find_logs([str(self.log)]), preparation(), on_notice=lambda words: None) as archive:
            yield archive


def ship(place: Place, traffic: Traffic) -> Shipped:
    log = write_log(place.folder / "smtp.log", render(traffic.lines, "P1"))
    place.ship(log)
    return Shipped(place, log, traffic)


@pytest.fixture(scope="module", params=["opensearch", "elasticsearch"])
def crowded(request: pytest.FixtureRequest, make_place: MakePlace) -> Shipped:
    """Hundreds of messages and thousands of lines in a few seconds."""
    place = make_place(Node(request.getfixturevalue(request.param)))
    place.set_up()
    return ship(place, generate(1, messages=600, start=START, rate=60 * 400))


@pytest.fixture(scope="module", params=["opensearch", "elasticsearch"])
def spread(request: pytest.FixtureRequest, make_place: MakePlace) -> Shipped:
    """An index a day, over many days."""
    place = make_place(Node(request.getfixturevalue(request.param)))
    place.environment["UTM_SHIPPER_INDEX_GRANULARITY"] = "day"
    place.set_up()
    return ship(place, generate(2, messages=400, start=START, rate=0.05))


def in_order(documents: list[Document]) -> bool:
    keys = [key_of(document) for document in documents]
    return keys == sorted(set(keys))


def without_id(document: Document) -> Document:
    return {name: value for name, value in document.items() if name != "_id"}


def read(archive: Archive, kind: str, scope: Scope = EVERYTHING, after: Key | None = None) -> list[Document]:
    return list(archive.messages(scope, after) if kind == "messages" else archive.events(scope, after))


def assert_both_give_the_truth(shipped: Shipped, kind: str) -> None:
    with shipped.from_cluster() as cluster, shipped.from_files() as files:
        ours, theirs = read(cluster, kind), read(files, kind)

    assert ours == theirs
    assert in_order(ours)
    truth = shipped.traffic
    if kind == "messages":
        assert_equal(truth.messages, [without_id(document) for document in ours], truth.scenarios)
    else:
        assert len(ours) == len(truth.lines) - len(truth.ignored)


@pytest.mark.parametrize("kind", ["messages", "events"])
def test_both_give_the_truth_where_seconds_are_crowded(crowded: Shipped, kind: str) -> None:
    assert_both_give_the_truth(crowded, kind)


@pytest.mark.parametrize("kind", ["messages", "events"])
def test_both_give_the_truth_over_many_indices(spread: Shipped, kind: str) -> None:
    assert_both_give_the_truth(spread, kind)


def test_a_second_holds_far_more_than_a_page(crowded: Shipped) -> None:
    with crowded.from_cluster() as archive:
        times = [document["@timestamp"] for document in archive.messages()]

    assert max(times.count(time) for time in set(times)) > 3 * PAGE


def test_pages_of_many_indices(spread: Shipped) -> None:
    indices = [name for name in spread.place.node.indices(spread.place.prefix) if "-messages-" in name]

    assert len(indices) > 5
