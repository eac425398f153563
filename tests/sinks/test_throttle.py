"""No more documents a second than allowed: to the moment by a clock of the test's own, and through the whole sink."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shipper.cluster.interface import Answer
from shipper.model import BulkItem, DeadLetter
from shipper.sinks.bulk import BulkCounts, BulkSettings, BulkSink
from shipper.sinks.throttle import Throttle, burst


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_one_burst_at_once_then_the_rate_to_the_moment() -> None:
    clock = Clock()
    throttle = Throttle(100, clock)
    assert [throttle.reserve(count) - clock.now for count in (60, 40, 50, 100)] == pytest.approx([0, 0, 0.5, 1.5])


def test_a_pause_is_made_up_for_by_one_burst_only() -> None:
    clock = Clock()
    throttle = Throttle(10, clock)
    throttle.reserve(10)
    clock.now += 3600
    assert [throttle.reserve(10) - clock.now for _ in range(3)] == pytest.approx([0, 1, 2])


@pytest.mark.parametrize(("rate", "most"), [(0.25, 1), (1, 1), (7.5, 7), (2000, 2000)])
def test_a_burst_is_what_a_second_allows_and_at_least_one(rate: float, most: int) -> None:
    assert burst(rate) == most


def test_below_one_a_second() -> None:
    clock = Clock()
    throttle = Throttle(0.25, clock)
    assert [throttle.reserve(1) - clock.now for _ in range(3)] == pytest.approx([0, 4, 8])


@given(
    st.sampled_from([0.5, 3.0, 10.0, 250.0]),
    st.lists(st.tuples(st.floats(0, 5), st.integers(1, 250)), min_size=1, max_size=40),
)
def test_in_any_stretch_no_more_than_the_rate_and_one_burst(rate: float, asked: list[tuple[float, int]]) -> None:
    clock = Clock()
    throttle = Throttle(rate, clock)
    left: list[tuple[float, int]] = []
    for pause, count in asked:
        clock.now += pause
        count = min(count, burst(rate))
        left.append((throttle.reserve(count), count))
    for first in range(len(left)):
        for last in range(first, len(left)):
            length = left[last][0] - left[first][0]
            together = sum(count for _, count in left[first : last + 1])
            assert together <= rate * length + burst(rate) + 1e-6


def test_waiting_ends_at_once_when_told() -> None:
    throttle, stop = Throttle(1), threading.Event()
    throttle.reserve(3600)
    waiting = threading.Thread(target=throttle.take, args=(1, stop), daemon=True)
    waiting.start()
    stop.set()
    waiting.join(5)
    assert not waiting.is_alive()


class Counting:
    """A cluster that takes all, and remembers when how many documents came."""

    product, version, where = "opensearch", "3.4.0", "nowhere"

    def __init__(self) -> None:
        self.came: list[tuple[float, int]] = []
        self.refusals = 0

    def call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: bytes | None = None,
        content_type: str = "application/json",
    ) -> Answer:
        count = len((body or b"").splitlines()) // 2
        self.came.append((time.monotonic(), count))
        if self.refusals:
            self.refusals -= 1
            return Answer(503, b"{}", {}, self.where)
        results = [{"create": {"status": 201}}] * count
        return Answer(200, msgspec.json.encode({"items": results}), {}, self.where)

    def close(self) -> None:
        pass


def ship(cluster: Counting, settings: BulkSettings, count: int) -> BulkCounts:
    """Ships so many documents."""
    refused: list[DeadLetter] = []
    with BulkSink(cluster, settings, on_dead_letter=refused.append) as sink:
        for number in range(count):
            sink.write(BulkItem("create", f"i-{number % 3}", f"id{number}", b"{}"))
    assert refused == []
    return sink.counts


def assert_held(cluster: Counting, rate: float, least: int) -> None:
    """As many came as should, never more in any stretch than the rate and a burst."""
    came = sorted(cluster.came)
    assert sum(count for _, count in came) == least
    for first in range(len(came)):
        for last in range(first + 1, len(came)):
            together = sum(count for _, count in came[first + 1 : last + 1])
            # A request may be late by some moments: those that came just before the stretch count into it.
            assert together <= rate * (came[last][0] - came[first][0]) + 2 * burst(rate)


@pytest.mark.parametrize("lanes", [1, 4])
def test_all_lanes_together_keep_the_limit(lanes: int) -> None:
    cluster = Counting()
    counts = ship(cluster, BulkSettings(in_flight=lanes, documents_per_second=400), 1000)
    assert counts.created == 1000
    assert max(count for _, count in cluster.came) <= 400
    assert max(cluster.came)[0] - min(cluster.came)[0] >= (1000 - 400) / 400 - 0.05
    assert_held(cluster, 400, 1000)


def test_what_is_sent_again_counts_as_well() -> None:
    cluster = Counting()
    cluster.refusals = 1
    settings = BulkSettings(in_flight=1, first_wait=0.001, longest_wait=0.001, documents_per_second=50)
    assert ship(cluster, settings, 50).retried == 50
    assert max(cluster.came)[0] - min(cluster.came)[0] >= 1 - 0.05


def test_without_a_limit_nothing_waits_and_requests_are_as_large_as_ever() -> None:
    cluster = Counting()
    ship(cluster, BulkSettings(in_flight=1, max_items=300), 600)
    assert [count for _, count in cluster.came] == [300, 300]


def test_closing_does_not_wait_for_the_limit() -> None:
    cluster = Counting()
    sink = BulkSink(cluster, BulkSettings(in_flight=2, documents_per_second=0.01), on_dead_letter=print)
    for number in range(4):
        sink.write(BulkItem("create", "i", f"id{number}", b"{}"))
    began = time.monotonic()
    sink.close()
    assert time.monotonic() - began < 4  # what close waits for a request that hangs is 5
    assert not any(lane.thread.is_alive() for lane in sink._lanes)
    assert sum(count for _, count in cluster.came) <= 1


def test_several_senders_share_the_limit() -> None:
    one = BulkSettings(documents_per_second=1000).divided(3)
    assert one == BulkSettings(documents_per_second=1000 / 3)
    assert BulkSettings(max_items=7).divided(3) == BulkSettings(max_items=7)
