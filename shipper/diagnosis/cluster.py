"""Checks of a cluster that answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from shipper.cluster import condition, setup
from shipper.cluster.backfill import Relaxed, find_relaxed
from shipper.cluster.condition import Disk, Health, Watermarks
from shipper.cluster.interface import Cluster
from shipper.cluster.products import PRODUCTS
from shipper.cluster.templates import TemplateOptions
from shipper.diagnosis.check import Check, looked
from shipper.errors import TemplatesError

# An index of events and one of messages, each with a replica.
SHARDS_OF_A_PERIOD = 4
_PERIODS_AHEAD = 12
_CLOCK_TOLERANCE = 60.0
_GIB = 2**30


def cluster_checks(cluster: Cluster, options: TemplateOptions, clock: Callable[[], float]) -> Iterator[Check]:
    """Each as soon as it is known. `clock` gives seconds since 1970."""
    product = PRODUCTS[cluster.product].title
    yield Check("cluster", "ok", f"{product} {cluster.version} at {cluster.where}".replace("  ", " "))
    yield looked("templates", lambda: templates_check(cluster, options))
    yield looked("health", lambda: health_check(condition.health(cluster, options.prefix), options.prefix))
    yield looked("disks", lambda: disks_check(condition.disks(cluster), condition.rules(cluster).watermarks))
    yield looked("blocks", lambda: blocks_check(cluster, options.prefix))
    yield looked("backfill", lambda: backfill_check(find_relaxed(cluster, options.prefix)))
    yield looked("shards", lambda: shards_check(cluster, options.prefix))
    yield looked("clock", lambda: clock_check(condition.clock_difference(cluster, clock)))


def templates_check(cluster: Cluster, options: TemplateOptions) -> Check:
    """Missing or older ones keep `ship` from writing; others may be meant so."""
    try:
        setup.ensure_current(cluster, options)
    except TemplatesError as error:
        return Check("templates", "failed", error.what, error.advice)
    differences = tuple(map(str, setup.check(cluster, options)))
    if not differences:
        return Check("templates", "ok", "all are in place")
    words = f"{len(differences)} differences from those of this program"
    return Check("templates", "warning", words, "run utm-shipper setup, unless they are meant so", differences)


def health_check(health: Health, prefix: str) -> Check:
    """Of our own indices: a red one cannot take all documents."""
    words = f"indices {prefix}-* are {health.status}"
    if health.status == "red":
        return Check("health", "failed", words, "see why shards are not assigned: GET /_cluster/allocation/explain")
    if health.status == "yellow":
        return Check("health", "warning", f"{words}: copies are missing", "add a node, or ask for no replicas")
    return Check("health", "ok", words)


def disks_check(disks: tuple[Disk, ...], marks: Watermarks | None) -> Check:
    """The disk that is nearest to being full, against the watermarks."""
    if not disks:
        return Check("disks", "warning", "no node tells of its disk", "look at the disks yourself")
    if marks is None:
        return Check("disks", "ok", f"{_told(min(disks, key=_share))}; the cluster is told not to look at them")
    passed = {disk: marks.passed(disk) for disk in disks}
    for mark, state, meaning in (
        ("flood_stage", "failed", "its indices become read-only"),
        ("high", "warning", "shards are moved away from it"),
        ("low", "warning", "it gets no new shards"),
    ):
        over = [disk for disk, highest in passed.items() if highest == mark]
        if over:
            words = f"{_told(min(over, key=_share))}, past the {mark} watermark ({getattr(marks, mark)}): {meaning}"
            return Check("disks", "failed" if state == "failed" else "warning", words, "free some disk, or add a node")
    return Check("disks", "ok", f"{_told(min(disks, key=_share))}, within the watermarks")


def _share(disk: Disk) -> float:
    return disk.free / disk.total if disk.total else 0.0


def _told(disk: Disk) -> str:
    return f"{disk.node} has {disk.free / _GIB:,.1f} GiB free ({_share(disk):.0%})"


def blocks_check(cluster: Cluster, prefix: str) -> Check:
    """A full disk leaves `read_only_allow_delete` behind; other blocks a person has set, maybe on purpose."""
    whole = condition.rules(cluster).blocks
    if whole:
        return Check("blocks", "failed", f"the whole cluster is blocked: {', '.join(whole)}", "set it to null")
    blocked = condition.blocked_indices(cluster, prefix)
    if not blocked:
        return Check("blocks", "ok", f"no index {prefix}-* refuses writing")
    is_full = any("read_only_allow_delete" in names for names in blocked.values())
    words = f"{len(blocked)} indices refuse writing: {', '.join(blocked)}"
    details = tuple(f"{index}: {', '.join(names)}" for index, names in blocked.items())
    advice = "free some disk; where the block stays, set index.blocks.read_only_allow_delete to null"
    if is_full:
        return Check("blocks", "failed", words, advice, details)
    return Check("blocks", "warning", words, "unblock them before lines of their time are shipped", details)


def backfill_check(relaxed: list[Relaxed]) -> Check:
    """Indices that a backfill has relaxed: while it runs they are meant so, after it was killed they are not."""
    if not relaxed:
        return Check("backfill", "ok", "no index is relaxed")
    words = f"{len(relaxed)} indices are relaxed: {', '.join(index.index for index in relaxed)}"
    details = tuple(f"{index.index}: since {index.since} by {index.by}" for index in relaxed)
    return Check("backfill", "warning", words, "unless that ship --backfill is running: utm-shipper setup", details)


def shards_check(cluster: Cluster, prefix: str) -> Check:
    """Each new period needs an index of events and one of messages."""
    health, per_node = condition.health(cluster, prefix), condition.rules(cluster).shards_per_node
    most = per_node * health.data_nodes
    words = f"{health.shards:,} of {most:,} shards are in use"
    advice = "delete or merge old indices, use index.granularity: year, or raise cluster.max_shards_per_node"
    if most - health.shards < SHARDS_OF_A_PERIOD:
        return Check("shards", "failed", f"{words}: the next indices cannot be made", advice)
    if most - health.shards < SHARDS_OF_A_PERIOD * _PERIODS_AHEAD:
        return Check("shards", "warning", f"{words}: room for {(most - health.shards) // 4} periods", advice)
    return Check("shards", "ok", words)


def clock_check(ahead: float | None) -> Check:
    """Seconds by which the cluster's clock is ahead of this machine's."""
    if ahead is None:
        return Check("clock", "warning", "the cluster does not tell its time", "compare the clocks yourself")
    if abs(ahead) > _CLOCK_TOLERANCE:
        words = f"the cluster's clock is {abs(ahead):,.0f} s {'ahead of' if ahead > 0 else 'behind'} this machine's"
        return Check("clock", "warning", words, "let both follow a time server")
    return Check("clock", "ok", f"the cluster's clock and this machine's differ by {abs(ahead):.1f} s")
