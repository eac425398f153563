"""What was delivered leaves memory at once: a long run looks for cycles of references rarely, so a batch is in none."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Mapping
from threading import Event

import pytest

from shipper.cluster.interface import Answer
from shipper.model import BulkItem
from shipper.sinks.bulk_delivery import Delivery
from shipper.sinks.bulk_settings import BulkSettings


class Taking:
    """A cluster that takes everything, after having been busy for the first `busy` requests."""

    product, version, where = "opensearch", "3.4.0", "nowhere"

    def __init__(self, busy: int) -> None:
        self._busy = busy

    def call(
        self, method: str, path: str, *, params: Mapping[str, str] | None = None, body: bytes | None = None,
        content_type: str = "",
    ) -> Answer:  # fmt: skip
        if self._busy:
            self._busy -= 1
            return Answer(429, b"{}", {}, "http://nowhere")
        return Answer(200, b'{"items":[{"create":{"status":201}}]}', {}, "http://nowhere")

    def close(self) -> None:
        pass


class Items(list[BulkItem]):
    """A batch that can be watched."""


@pytest.mark.parametrize("busy", [0, 2])
def test_a_delivered_batch_leaves_memory(busy: int) -> None:
    settings = BulkSettings(first_wait=0.001, longest_wait=0.001)
    delivery = Delivery(Taking(busy), settings, Event(), lambda words: None)
    gc.disable()
    try:
        batch = Items([BulkItem("create", "index", "id", b"{}")])
        watched = weakref.ref(batch)
        report = delivery.deliver(batch)
        del batch
        assert (report.counts["created"], watched()) == (1, None)
    finally:
        gc.enable()
