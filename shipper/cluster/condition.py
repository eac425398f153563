"""How a cluster is: health, disks against their watermarks, blocks, room for shards, clock. Only reads."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from typing import Any, Literal

import msgspec

from shipper.cluster.answers import ask
from shipper.cluster.interface import Answer, Cluster

_DISK = "cluster.routing.allocation.disk"
_UNITS = {"b": 1, "kb": 2**10, "mb": 2**20, "gb": 2**30, "tb": 2**40, "pb": 2**50}
_SIZE = re.compile(r"([0-9.]+)\s*([kmgtp]?b)")
_BLOCKS = ("read_only_allow_delete", "read_only", "write", "metadata", "read")


class Health(msgspec.Struct, frozen=True):
    """`status` is that of our indices alone; `shards` are all of the cluster, assigned or not."""

    status: Literal["green", "yellow", "red"]
    data_nodes: int
    shards: int


class Disk(msgspec.Struct, frozen=True):
    """One data node's disk in bytes: `free` is what may still be used."""

    node: str
    total: int
    free: int


class Watermarks(msgspec.Struct, frozen=True):
    """As set, such as `85%` (used), `0.85` (used) or `20gb` (free); `headrooms` bound what a share asks for."""

    low: str
    high: str
    flood_stage: str
    headrooms: Mapping[str, str] = {}

    def passed(self, disk: Disk) -> str | None:
        """The highest of them that this disk has passed: `flood_stage`, `high` or `low`."""
        names = ("flood_stage", "high", "low")
        return next((name for name in names if disk.free < self.wanted(name, disk.total)), None)

    def wanted(self, name: str, total: int) -> float:
        """The bytes that must be free on a disk of this size."""
        mark = getattr(self, name).strip().lower()
        if (size := _bytes_of(mark)) is not None:
            return size
        used = float(mark.removesuffix("%")) / (100 if mark.endswith("%") else 1)
        headroom = _bytes_of(self.headrooms.get(name, "").strip().lower())
        return min(total - total * used, headroom if headroom is not None else float("inf"))


def _bytes_of(text: str) -> float | None:
    size = _SIZE.fullmatch(text)
    return float(size[1]) * _UNITS[size[2]] if size else None


class Rules(msgspec.Struct, frozen=True):
    """Settings of the cluster. `watermarks` is None where the cluster is told not to look at disks."""

    watermarks: Watermarks | None
    shards_per_node: int
    blocks: tuple[str, ...]


def health(cluster: Cluster, prefix: str) -> Health:
    """Raises ClusterError, and AuthenticationError where it is not permitted to look; so do the others."""
    ours = _asked(cluster, f"/_cluster/health/{prefix}-*")
    whole = _asked(cluster, "/_cluster/health")
    shards = sum(int(whole[f"{kind}_shards"]) for kind in ("active", "initializing", "unassigned"))
    return Health(ours["status"], int(whole["number_of_data_nodes"]), shards)


def rules(cluster: Cluster) -> Rules:
    """Those in force: transient before persistent before default."""
    answer = _asked(cluster, "/_cluster/settings?include_defaults=true&flat_settings=true")
    found = {**answer.get("defaults", {}), **answer.get("persistent", {}), **answer.get("transient", {})}
    is_on = found.get(f"{_DISK}.threshold_enabled", "true") == "true"
    blocks = [name for name in found if name.startswith("cluster.blocks.") and found[name] == "true"]
    return Rules(
        watermarks=_watermarks(found) if is_on else None,
        shards_per_node=int(found.get("cluster.max_shards_per_node", 1000)),
        blocks=tuple(sorted(name for name in blocks if not name.endswith(".auto_release"))),
    )


def _watermarks(found: Mapping[str, str]) -> Watermarks:
    names = {"low": "85%", "high": "90%", "flood_stage": "95%"}
    marks = {name: found.get(f"{_DISK}.watermark.{name}", usual) for name, usual in names.items()}
    headrooms = {name: found.get(f"{_DISK}.watermark.{name}.max_headroom", "-1") for name in names}
    return Watermarks(**marks, headrooms=headrooms)


def disks(cluster: Cluster) -> tuple[Disk, ...]:
    """Those of the nodes that hold data."""
    nodes = _asked(cluster, "/_nodes/stats/fs")["nodes"].values()
    return tuple(
        Disk(str(node.get("name", "?")), int(total["total_in_bytes"]), int(total["available_in_bytes"]))
        for node in nodes
        if any(str(role).startswith("data") for role in node.get("roles", ["data"]))
        and (total := node.get("fs", {}).get("total"))
    )


def blocked_indices(cluster: Cluster, prefix: str) -> dict[str, tuple[str, ...]]:
    """Our indices that refuse something: index -> names such as `read_only_allow_delete`."""
    answer = _asked(cluster, f"/{prefix}-*/_settings/index.blocks.*?flat_settings=true")
    found = {
        index: tuple(name for name in _BLOCKS if told["settings"].get(f"index.blocks.{name}") == "true")
        for index, told in answer.items()
    }
    return {index: names for index, names in sorted(found.items()) if names}


def clock_difference(cluster: Cluster, clock: Callable[[], float]) -> float | None:
    """Seconds by which the cluster's clock is ahead of ours (the node that differs most), None where nothing tells.

    From the nodes' own time, else from the `Date` that what stands before the cluster puts into its answer.
    """
    before = clock()
    answer = cluster.call("GET", "/_nodes/stats/fs")
    ours = (before + clock()) / 2
    times = _times(answer)
    return max((time - ours for time in times), key=abs, default=None)


def _times(answer: Answer) -> list[float]:
    if answer.status == 200:
        nodes = msgspec.json.decode(answer.body)["nodes"].values()
        return [node["timestamp"] / 1000 for node in nodes if "timestamp" in node]
    try:
        return [parsedate_to_datetime(answer.headers["date"]).timestamp()]
    except (KeyError, ValueError):
        return []


def _asked(cluster: Cluster, path: str) -> dict[str, Any]:
    return ask(cluster, "GET", path) or {}
