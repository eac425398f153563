"""The values around the bulk loop: how it may work and what it did."""

from __future__ import annotations

import msgspec
from msgspec.structs import astuple


class BulkSettings(msgspec.Struct, frozen=True):
    """Sizes in bytes before compression, times in seconds.

    `in_flight`: requests at the same time, each with its own thread. `patience`: how long to wait for a cluster in
    trouble without any item getting through; 0 gives up at the first trouble. `first_wait` and `longest_wait` bound
    the jittered exponential back-off. `trouble_every`: the shortest time between two words about trouble.
    `documents_per_second`: how many may be sent, those that are sent again included; None for no limit.
    """

    max_bytes: int = 5_000_000
    max_items: int = 10_000
    in_flight: int = 2
    patience: float = 600.0
    first_wait: float = 0.5
    longest_wait: float = 30.0
    trouble_every: float = 30.0
    documents_per_second: float | None = None

    def divided(self, senders: int) -> BulkSettings:
        """For one of so many sinks that send at the same time: together they keep the limit of documents a second."""
        if self.documents_per_second is None:
            return self
        return msgspec.structs.replace(self, documents_per_second=self.documents_per_second / senders)


class BulkCounts(msgspec.Struct, frozen=True):
    """What became of the items so far.

    `already_there`: creates that were there before; `conflicts`: the cluster holds the same or a fuller version;
    `deleted`: gone, whether or not it was there; `retried`: items sent once more; `bytes_sent`: before compression.
    """

    created: int = 0
    already_there: int = 0
    indexed: int = 0
    conflicts: int = 0
    deleted: int = 0
    dead_lettered: int = 0
    retried: int = 0
    requests: int = 0
    bytes_sent: int = 0

    def plus(self, other: BulkCounts) -> BulkCounts:
        """The sum of two sinks."""
        return BulkCounts(*(ours + theirs for ours, theirs in zip(astuple(self), astuple(other), strict=True)))

    def minus(self, other: BulkCounts) -> BulkCounts:
        """What came since `other`, earlier counts of the same sink."""
        return BulkCounts(*(ours - theirs for ours, theirs in zip(astuple(self), astuple(other), strict=True)))
