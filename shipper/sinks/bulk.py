"""Our own bulk loop: every item's fate is known, a slow cluster slows the writer, nothing is reordered that matters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from queue import SimpleQueue
from threading import Event, Thread
from time import monotonic
from types import TracebackType
from typing import Self, TypeVar
from zlib import crc32

import msgspec
from tenacity import RetryCallState

from shipper.cluster.interface import Cluster, UnavailableError
from shipper.errors import ShipperError
from shipper.model import BulkItem, DeadLetter
from shipper.sinks.bulk_delivery import BatchReport, Delivery, size_of
from shipper.sinks.bulk_lines import encode_item
from shipper.sinks.bulk_settings import BulkCounts, BulkSettings
from shipper.sinks.patience import patient
from shipper.sinks.throttle import Throttle, burst

__all__ = ["BulkCounts", "BulkSettings", "BulkSink", "encode_item"]

T = TypeVar("T")

DEFAULT_SETTINGS = BulkSettings()
# One batch on the wire and one ready behind it: more would only fill memory.
_BATCHES_PER_LANE = 2
_CLOSING_SECONDS = 5.0


class BulkSink:
    """Writes items through `_bulk`, several requests at a time, from one writing thread.

    Order: all items of one `_id` go through the same lane, a lane finishes a batch before it begins the next, and a
    batch never holds two operations on one `_id` that could not change places (only versioned writes can: the cluster
    keeps the larger version whatever comes first). So a delete and a later index of the same `_id` stay in order, also
    when one of them must be sent again.

    `on_dead_letter` and `on_trouble` are called in the writing thread, from `write`, `flush` and leaving the context.
    `on_index` is called from `write` with each index before the first document is on its way to it.
    """

    def __init__(
        self,
        cluster: Cluster,
        settings: BulkSettings = DEFAULT_SETTINGS,
        *,
        on_dead_letter: Callable[[DeadLetter], None],
        on_trouble: Callable[[str], None] = lambda words: None,
        on_index: Callable[[str], None] | None = None,
    ) -> None:
        self._settings = settings = _throttled(settings)
        self._on_dead_letter = on_dead_letter
        self._on_trouble = on_trouble
        self._on_index = on_index
        self._indices: set[str] = set()
        self._counts: Counter[str] = Counter()
        self._news: SimpleQueue[_News] = SimpleQueue()
        self._stop = Event()
        self._failure: BaseException | None = None
        self._quiet_until = 0.0
        self._asking = patient(settings, self._stop, UnavailableError, self._tell_asking)
        rate = settings.documents_per_second
        throttle = Throttle(rate) if rate else None
        self._lanes = [_Lane(cluster, settings, self._stop, self._news, throttle) for _ in range(settings.in_flight)]

    @property
    def counts(self) -> BulkCounts:
        """What became of the items whose fate is known; complete after `flush`."""
        return BulkCounts(**self._counts)

    def write(self, item: BulkItem) -> None:
        """Takes the item; blocks while the cluster is behind. Raises the first error of any earlier item's delivery."""
        while not self._news.empty():
            self._hear(self._news.get())
        self._check()
        if self._on_index is not None and item.index not in self._indices and item.operation != "delete":
            self._indices.add(item.index)
            self._on_index(item.index)
        lane = self._lanes[crc32(item.id.encode()) % len(self._lanes)]
        if not lane.batch.takes(item, self._settings):
            self._submit(lane)
        lane.batch.add(item)

    def flush(self) -> None:
        """Returns when the fate of everything written is known. Raises the first `ClusterError` of any delivery."""
        self._check()
        for lane in self._lanes:
            self._submit(lane)
        while any(lane.outstanding for lane in self._lanes):
            self._hear(self._news.get())

    def patiently(self, question: Callable[[], T]) -> T:
        """The answer of something else that is asked of the same cluster, which is waited for as for a delivery.

        Raises UnavailableError when patience ends.
        """
        return self._asking(question)

    def _tell_asking(self, state: RetryCallState) -> None:
        trouble = state.outcome.exception() if state.outcome else None
        words = trouble.what if isinstance(trouble, ShipperError) else str(trouble)
        self._say(f"{words}; trying again in {state.upcoming_sleep:.1f} s")

    def close(self) -> None:
        """Ends the threads without flushing; waits a few seconds at most for a request that is under way."""
        self._failure = self._failure or RuntimeError("the sink is closed")
        self._stop.set()
        deadline = monotonic() + _CLOSING_SECONDS
        for lane in self._lanes:
            lane.end()
        for lane in self._lanes:
            lane.thread.join(max(0.0, deadline - monotonic()))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                self.flush()
        finally:
            self.close()

    def _check(self) -> None:
        if self._failure is not None:
            raise self._failure

    def _submit(self, lane: _Lane) -> None:
        while lane.outstanding >= _BATCHES_PER_LANE:
            self._hear(self._news.get())
        lane.submit()

    def _hear(self, news: _News) -> None:
        match news:
            case str():
                self._say(news)
            case (lane, BatchReport() as report):
                lane.outstanding -= 1
                self._counts.update(report.counts)
                for dead_letter in report.dead_letters:
                    self._on_dead_letter(dead_letter)
            case (lane, failure):
                lane.outstanding -= 1
                self._fail(failure)

    def _say(self, trouble: str) -> None:
        if monotonic() >= self._quiet_until:
            self._quiet_until = monotonic() + self._settings.trouble_every
            self._on_trouble(trouble)

    def _fail(self, failure: BaseException) -> None:
        """The first failure is the one to tell: the lanes that stop because of it have nothing to add."""
        self._failure = self._failure or failure
        self._stop.set()
        raise self._failure


def _throttled(settings: BulkSettings) -> BulkSettings:
    """A request holds no more than may leave at once."""
    if not settings.documents_per_second:
        return settings
    return msgspec.structs.replace(settings, max_items=min(settings.max_items, burst(settings.documents_per_second)))


class _Batch:
    """Items on their way into one body."""

    def __init__(self) -> None:
        self.items: list[BulkItem] = []
        self._size = 0
        self._versioned: dict[tuple[str, str], bool] = {}

    def takes(self, item: BulkItem, settings: BulkSettings) -> bool:
        if not self.items:
            return True
        if len(self.items) >= settings.max_items or self._size + size_of(item) > settings.max_bytes:
            return False
        key = (item.index, item.id)
        return key not in self._versioned or (self._versioned[key] and _can_change_places(item))

    def add(self, item: BulkItem) -> None:
        self.items.append(item)
        self._size += size_of(item)
        key = (item.index, item.id)
        self._versioned[key] = self._versioned.get(key, True) and _can_change_places(item)


def _can_change_places(item: BulkItem) -> bool:
    return item.operation == "index" and item.version is not None


class _Lane:
    """One thread that delivers batches in the order in which it gets them."""

    def __init__(
        self,
        cluster: Cluster,
        settings: BulkSettings,
        stop: Event,
        news: SimpleQueue[_News],
        throttle: Throttle | None,
    ) -> None:
        self.batch = _Batch()
        self.outstanding = 0
        self._delivery = Delivery(cluster, settings, stop, news.put, throttle)
        self._jobs: SimpleQueue[Sequence[BulkItem] | None] = SimpleQueue()
        self._news = news
        # A daemon: a request that hangs must not keep the program from ending.
        self.thread = Thread(target=self._work, name="bulk", daemon=True)
        self.thread.start()

    def submit(self) -> None:
        if self.batch.items:
            self._jobs.put(self.batch.items)
            self.outstanding += 1
            self.batch = _Batch()

    def end(self) -> None:
        self._jobs.put(None)

    def _work(self) -> None:
        while (items := self._jobs.get()) is not None:
            try:
                self._news.put((self, self._delivery.deliver(items)))
            except BaseException as failure:  # noqa: BLE001 - it is raised again in the writing thread
                self._news.put((self, failure))


_News = str | tuple[_Lane, BatchReport | BaseException]
"""Trouble to tell, or what became of a lane's oldest batch."""
