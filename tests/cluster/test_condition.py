"""What a real cluster tells of itself, on both products, and what does not depend on one."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping

import msgspec
import pytest

from shipper.cluster.answers import ask
from shipper.cluster.condition import (
    Disk,
    Health,
    Rules,
    Watermarks,
    blocked_indices,
    clock_difference,
    disks,
    health,
    rules,
)
from shipper.cluster.interface import Answer, Cluster
from shipper.cluster.templates import TemplateOptions
from shipper.errors import AuthenticationError

GB = 2**30


class Told:
    """A cluster that answers each path as it is told."""

    product, version, where = "opensearch", "3.4.0", "http://told:9200"

    def __init__(self, answers: Mapping[str, object], status: int = 200, headers: Mapping[str, str] | None = None):
        self._answers = answers
        self._status = status
        self._headers = headers or {}

    def call(self, method: str, path: str, **options: object) -> Answer:
        return Answer(self._status, msgspec.json.encode(self._answers.get(path, {})), self._headers, self.where)

    def close(self) -> None:
        return


@pytest.fixture
def indices(cluster: Cluster, options: TemplateOptions) -> Iterator[tuple[str, str]]:
    """Two indices of ours; the second wants a copy that a single node cannot hold."""
    names = f"{options.prefix}-events-2024.05", f"{options.prefix}-messages-2024.05"
    for name, replicas in zip(names, (0, 1), strict=True):
        body = {"settings": {"index": {"number_of_shards": 1, "number_of_replicas": replicas}}}
        ask(cluster, "PUT", f"/{name}", body=msgspec.json.encode(body))
    yield names
    for name in names:
        ask(cluster, "DELETE", f"/{name}")


@pytest.mark.cluster
def test_health_is_of_our_indices_and_shards_are_of_all(
    cluster: Cluster, options: TemplateOptions, indices: tuple[str, str]
) -> None:
    before = health(cluster, f"{options.prefix}-other")
    assert (before.status, before.data_nodes) == ("green", 1)
    assert health(cluster, options.prefix) == Health("yellow", 1, before.shards)
    assert health(cluster, f"{options.prefix}-events") == Health("green", 1, before.shards)
    ask(cluster, "DELETE", f"/{indices[1]}")
    assert health(cluster, options.prefix) == Health("green", 1, before.shards - 2)
    ask(cluster, "PUT", f"/{indices[1]}")


@pytest.mark.cluster
def test_blocks_are_named_by_index(cluster: Cluster, options: TemplateOptions, indices: tuple[str, str]) -> None:
    assert blocked_indices(cluster, options.prefix) == {}
    blocks = {"index.blocks.read_only_allow_delete": True, "index.blocks.write": True, "index.blocks.read": False}
    ask(cluster, "PUT", f"/{indices[0]}/_settings", body=msgspec.json.encode(blocks))
    assert blocked_indices(cluster, options.prefix) == {indices[0]: ("read_only_allow_delete", "write")}
    assert blocked_indices(cluster, f"{options.prefix}-nothing") == {}
    for block in blocks:
        ask(cluster, "PUT", f"/{indices[0]}/_settings", body=msgspec.json.encode({block: None}))
    assert blocked_indices(cluster, options.prefix) == {}


@pytest.mark.cluster
def test_the_rules_in_force_are_those_that_were_set(cluster: Cluster) -> None:
    usual = rules(cluster)
    disk = "cluster.routing.allocation.disk"
    chosen = {
        f"{disk}.threshold_enabled": True,
        f"{disk}.watermark.low": "1kb",
        f"{disk}.watermark.high": "100b",
        f"{disk}.watermark.flood_stage": "0b",
        "cluster.max_shards_per_node": 777,
    }
    try:
        ask(cluster, "PUT", "/_cluster/settings", body=msgspec.json.encode({"persistent": chosen}))
        found = rules(cluster)
        assert found.watermarks
        assert msgspec.structs.replace(found.watermarks, headrooms={}) == Watermarks("1kb", "100b", "0b")
        assert (found.shards_per_node, found.blocks) == (777, ())
        assert [found.watermarks.passed(disk) for disk in disks(cluster)] == [None]
    finally:
        ask(cluster, "PUT", "/_cluster/settings", body=msgspec.json.encode({"persistent": dict.fromkeys(chosen)}))
    assert rules(cluster) == usual == Rules(None, 1000, ())


@pytest.mark.cluster
def test_disks_and_clock_are_those_of_this_machine(cluster: Cluster) -> None:
    (disk,) = disks(cluster)
    assert 0 < disk.free < disk.total
    ahead = clock_difference(cluster, time.time)
    assert ahead is not None
    assert abs(ahead) < 5
    later = clock_difference(cluster, lambda: time.time() + 1000)
    assert later is not None
    assert -1005 < later < -995


@pytest.mark.parametrize(
    ("marks", "total", "free", "passed"),
    [
        (Watermarks("85%", "90%", "95%"), 100, 15, None),
        (Watermarks("85%", "90%", "95%"), 100, 14, "low"),
        (Watermarks("85%", "90%", "95%"), 100, 9, "high"),
        (Watermarks("85%", "90%", "95%"), 100, 4, "flood_stage"),
        (Watermarks("0.85", "0.9", "0.95"), 100, 9, "high"),
        (Watermarks("30gb", "20GB", "1.5gb"), 1000 * GB, 25 * GB, "low"),
        (Watermarks("30gb", "20GB", "1.5gb"), 1000 * GB, 2 * GB, "high"),
        (Watermarks("30gb", "20GB", "1.5gb"), 1000 * GB, GB, "flood_stage"),
        (Watermarks("500mb", "200kb", "10b"), GB, 400 * 2**20, "low"),
        (Watermarks("85%", "90%", "95%", {"low": "200GB"}), 10000 * GB, 300 * GB, "flood_stage"),
        (
            Watermarks("85%", "90%", "95%", {"low": "200GB", "high": "150GB", "flood_stage": "100GB"}),
            10000 * GB,
            180 * GB,
            "low",
        ),
        (Watermarks("85%", "90%", "95%", {"low": "-1", "high": "-1", "flood_stage": "-1"}), 100, 14, "low"),
    ],
)
def test_a_watermark_is_passed(marks: Watermarks, total: int, free: int, passed: str | None) -> None:
    assert marks.passed(Disk("node", total, free)) == passed


def test_the_rules_are_transient_before_persistent_before_default() -> None:
    path = "/_cluster/settings?include_defaults=true&flat_settings=true"
    low, high = (f"cluster.routing.allocation.disk.watermark.{name}" for name in ("low", "high"))
    told = {
        "defaults": {low: "85%", high: "90%", f"{high}.max_headroom": "150GB", "cluster.max_shards_per_node": "1000"},
        "persistent": {low: "70%", high: "80%", "cluster.blocks.read_only": "true"},
        "transient": {
            low: "60%",
            "cluster.blocks.create_index": "true",
            "cluster.blocks.create_index.auto_release": "true",
        },
    }
    headrooms = {"low": "-1", "high": "150GB", "flood_stage": "-1"}
    assert rules(Told({path: told})) == Rules(
        Watermarks("60%", "80%", "95%", headrooms), 1000, ("cluster.blocks.create_index", "cluster.blocks.read_only")
    )


def _disk(total: int, free: int) -> dict[str, int]:
    return {"total_in_bytes": total, "available_in_bytes": free}


def test_only_nodes_with_data_count() -> None:
    nodes = {
        "a": {"name": "hot", "roles": ["data_hot", "ingest"], "fs": {"total": _disk(9, 4)}},
        "b": {"name": "lead", "roles": ["cluster_manager"], "fs": {"total": _disk(1, 1)}},
        "c": {"name": "blank", "roles": ["data"], "fs": {}},
    }
    assert disks(Told({"/_nodes/stats/fs": {"nodes": nodes}})) == (Disk("hot", 9, 4),)


def test_the_clock_of_the_node_that_differs_most_counts() -> None:
    nodes = {"nodes": {"a": {"timestamp": 1_700_000_001_000}, "b": {"timestamp": 1_699_999_990_000}, "c": {}}}
    assert clock_difference(Told({"/_nodes/stats/fs": nodes}), iter((1_700_000_000.0, 1_700_000_002.0)).__next__) == -11


def test_without_the_right_to_ask_nodes_the_date_of_the_answer_counts() -> None:
    date = {"date": "Tue, 14 Nov 2023 22:13:30 GMT"}
    assert clock_difference(Told({}, 403, date), lambda: 1_700_000_000.0) == 10
    assert clock_difference(Told({}, 403, {"date": "tomorrow"}), lambda: 1_700_000_000.0) is None
    assert clock_difference(Told({}, 403), lambda: 1_700_000_000.0) is None


def test_what_is_not_permitted_is_an_error_of_its_own() -> None:
    told = Told({}, 403)
    for look in (disks, rules, lambda cluster: health(cluster, "a"), lambda cluster: blocked_indices(cluster, "a")):
        with pytest.raises(AuthenticationError):
            look(told)
