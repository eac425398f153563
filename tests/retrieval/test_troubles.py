"""A cluster that forgets, is busy or cannot be reached while it is read."""

from __future__ import annotations

import json
from typing import Any

import pytest

from shipper.cluster import Cluster
from shipper.cluster.interface import Answer, UnreachableError
from shipper.errors import ClusterError
from shipper.retrieval import ClusterArchive, ReadSettings
from tests.retrieval.shipped import PAGE, Shipped

pytestmark = pytest.mark.cluster


class Forgetful:
    """A cluster that forgets a point in time, or is busy, or out of reach, at every so many searches."""

    def __init__(self, cluster: Cluster, every: int) -> None:
        self._cluster = cluster
        self._every = every
        self._searches = 0
        self.product, self.version, self.where = cluster.product, cluster.version, cluster.where
        self.close = cluster.close

    def call(self, method: str, path: str, *, body: bytes | None = None, **options: Any) -> Answer:
        if method == "POST" and path.startswith("/_search?"):
            self._searches += 1
            turn, rest = divmod(self._searches, self._every)
            if not rest and body:
                if turn % 3 == 0:
                    self._forget(json.loads(body)["pit"]["id"])
                elif turn % 3 == 1:
                    return Answer(503, b'{"error": {"type": "unavailable_shards_exception"}}', {}, self.where)
                else:
                    raise UnreachableError("cut off")
        return self._cluster.call(method, path, body=body, **options)

    def _forget(self, point: str) -> None:
        if self.product == "opensearch":
            self._cluster.call("DELETE", "/_search/point_in_time", body=json.dumps({"pit_id": [point]}).encode())
        else:
            self._cluster.call("DELETE", "/_pit", body=json.dumps({"id": point}).encode())


def assert_goes_on(shipped: Shipped, every: int, page: int) -> None:
    slept: list[float] = []
    with shipped.from_cluster() as undisturbed:
        wanted = list(undisturbed.events())
    with shipped.connected() as cluster:
        archive = ClusterArchive(
            Forgetful(cluster, every), shipped.place.prefix, ReadSettings(page=page), sleep=slept.append
        )
        assert list(archive.events()) == wanted

    assert slept
    assert set(slept) <= {0.5, 1.0, 2.0}


@pytest.mark.parametrize("every", [2, 3])
def test_reading_goes_on_after_any_trouble(spread: Shipped, every: int) -> None:
    assert_goes_on(spread, every, page=PAGE)


def test_reading_goes_on_in_the_middle_of_a_second(crowded: Shipped) -> None:
    """What was read of it is read again: a second must be read whole between two troubles."""
    assert_goes_on(crowded, 7, page=700)


def test_patience_ends(crowded: Shipped) -> None:
    slept: list[float] = []
    with crowded.connected() as cluster:
        archive = ClusterArchive(Forgetful(cluster, 1), crowded.place.prefix, sleep=slept.append)
        with pytest.raises(ClusterError):
            list(archive.messages())

    assert sum(slept) >= ReadSettings().patience


def test_no_point_in_time_stays_open(crowded: Shipped) -> None:
    node = crowded.place.node
    path = "/_search/point_in_time/_all" if "opensearch" in crowded.product else "/_nodes/stats/indices/search"
    before = _open_views(node.ask("GET", path))
    with crowded.from_cluster() as archive:
        messages = archive.messages()
        next(messages)
        assert _open_views(node.ask("GET", path)) > before
        messages.close()
        list(archive.messages())

    assert _open_views(node.ask("GET", path)) == before


def _open_views(answer: Any) -> int:
    if "pits" in answer:
        return len(answer["pits"])
    return sum(stats["indices"]["search"]["open_contexts"] for stats in answer["nodes"].values())
