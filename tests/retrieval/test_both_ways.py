"""Documents read back from a cluster and from the logs that were shipped there: the same, and those of the truth."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from shipper.retrieval import ClusterArchive, Scope, key_of
from tests.end_to_end.conftest import MakePlace
from tests.end_to_end.node import Node
from tests.generator import generate
from tests.nodes.secured import SecuredNode
from tests.retrieval.shipped import PAGE, START, Shipped, assert_both_give_the_truth, ship

pytestmark = pytest.mark.cluster


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


def test_reading_goes_on_behind_any_message(crowded: Shipped) -> None:
    with crowded.from_cluster() as cluster, crowded.from_files() as files:
        everything = list(cluster.messages())
        for number in (0, 1, 49, 50, 51, len(everything) - 2, len(everything) - 1):
            after = key_of(everything[number])
            assert list(cluster.messages(after=after)) == everything[number + 1 :]
            assert list(files.messages(after=after)) == everything[number + 1 :]


def test_the_lines_of_messages_are_the_same_both_ways(spread: Shipped) -> None:
    actions = {"message-received", "scan-started", "disposition", "delivered", "deferred", "failed", "completed"}
    with spread.from_cluster() as cluster, spread.from_files() as files:
        messages = list(cluster.messages())
        ours, theirs = cluster.lines_of(messages, actions), files.lines_of(messages, actions)

    assert ours == theirs
    wanted = [line for line in spread.traffic.lines if line.queue_id and line.message and line.action in actions]
    assert sum(map(len, ours.values())) == len(wanted)
    assert list(ours) == [message["_id"] for message in messages]


def test_closed_indices_are_told_of(opensearch: str, make_place: MakePlace) -> None:
    place = make_place(Node(opensearch))
    place.environment["UTM_SHIPPER_INDEX_GRANULARITY"] = "day"
    place.set_up()
    shipped = ship(place, generate(3, messages=60, start=START, rate=0.02))
    closed = f"{place.prefix}-messages-2019.06.11"
    place.node.ask("POST", f"/{closed}/_close")
    said: list[str] = []
    with shipped.connected() as cluster, shipped.from_files() as files:
        archive = ClusterArchive(cluster, place.prefix, on_notice=said.append)
        there = [m for m in files.messages() if not m["@timestamp"].startswith("2019-06-11")]
        assert list(archive.messages()) == there
        assert list(archive.messages(Scope(until=datetime(2019, 6, 11, tzinfo=UTC)))) == [
            m for m in there if m["@timestamp"] < "2019-06-11"
        ]

    assert said == [f"warning: {closed} is closed and left out: open it to have its documents too"]


def test_indices_that_overlap_give_each_document_once(opensearch: str, make_place: MakePlace) -> None:
    """Somebody changed the granularity and shipped the logs again."""
    place = make_place(Node(opensearch))
    place.set_up()
    shipped = ship(place, generate(4, messages=80, start=START, rate=0.02))
    for granularity in ("day", "year"):
        place.environment["UTM_SHIPPER_INDEX_GRANULARITY"] = granularity
        place.ship("--overwrite", shipped.log, state=granularity)
    with shipped.from_cluster() as cluster, shipped.from_files() as files:
        assert list(cluster.messages()) == list(files.messages())
        assert list(cluster.events()) == list(files.events())


def test_an_older_server_tells_ties_apart_by_the_id(
    secured_opensearch: SecuredNode, make_place: MakePlace, tmp_path: Path
) -> None:
    """OpenSearch 2.19 does not know `_shard_doc`."""
    node = secured_opensearch
    place = make_place(Node(node.url, node.basic_credentials(), node.tls()))
    place.environment |= {
        "UTM_SHIPPER_CLUSTER_USERNAME": node.user,
        "UTM_SHIPPER_CLUSTER_PASSWORD": node.password,
        "UTM_SHIPPER_CLUSTER_CA_FILE": str(node.ca_file),
    }
    place.set_up()
    shipped = ship(place, generate(5, messages=300, start=START, rate=60 * 400))
    for kind in ("messages", "events"):
        assert_both_give_the_truth(shipped, kind)
