"""Logs -> a cluster, with a state that lets the next run go on where this one ended."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from shipper.cluster.interface import Cluster
from shipper.cluster.versions import stored_versions
from shipper.correlate.correlator import HostState
from shipper.correlate.message import OpenMessage
from shipper.documents.message import MessageDocument
from shipper.documents.shape import Indices
from shipper.model import BulkItem, DeadLetter, Operation
from shipper.pipeline.balance import Balance
from shipper.pipeline.items import event_item, message_item
from shipper.pipeline.joining import Joiner
from shipper.pipeline.preparing import Preparation
from shipper.pipeline.reading import LogReader, Memory
from shipper.sinks.bulk import BulkCounts, BulkSettings, BulkSink
from shipper.sources.files import LogFile
from shipper.state.store import Store

_LOOKED_UP_TOGETHER = 500


class Shipment(msgspec.Struct, frozen=True):
    """What a run did: its balance, and what the cluster did with the documents."""

    balance: Balance
    counts: BulkCounts
    refused_messages: int


class _ClusterOutlet:
    """Writes a message as often as it changes; the id that it had before an earlier root was known is deleted."""

    def __init__(self, sink: BulkSink, indices: Indices, cluster: Cluster, *, overwrite: bool) -> None:
        self._sink = sink
        self._indices = indices
        self._cluster = cluster
        self._overwrite = overwrite
        self._held: list[BulkItem] = []

    def render(self, document: MessageDocument) -> None:
        return None

    def write(self, message: OpenMessage, document: MessageDocument) -> None:
        self._replace(message.written, [document])

    def write_attempts(self, documents: Sequence[MessageDocument], written: dict[str, tuple[str, int]]) -> None:
        self._replace(written, documents)

    def _replace(self, written: dict[str, tuple[str, int]], documents: Sequence[MessageDocument]) -> None:
        """Stores the documents and deletes those that were stored of the same lines under other ids."""
        items = [message_item(document, self._indices) for document in documents]
        ids = {item.id for item in items}
        for id, (index, version) in written.items():
            if id not in ids:
                self._send(BulkItem("delete", index, id, version=version))
        written.clear()
        written |= {item.id: (item.index, item.version or 0) for item in items}
        for item in items:
            self._send(item)

    def _send(self, item: BulkItem) -> None:
        """Deletions, and with `overwrite` all, wait until the cluster's versions are looked up for many at a time."""
        if self._overwrite or item.operation == "delete":
            self._held.append(item)
            if len(self._held) >= _LOOKED_UP_TOGETHER:
                self.flush()
        else:
            if self._held and any(item.id == held.id for held in self._held):
                self.flush()
            self._sink.write(item)

    def write_rendered(self, rendered: bytes) -> None:
        raise AssertionError("documents for a cluster are written as they are")

    def flush(self) -> None:
        """Writes what waits: it replaces or deletes even a document with more events than are known here."""
        held, self._held = self._held, []
        versions = stored_versions(self._cluster, [(item.index, item.id) for item in held])
        for item, stored in zip(held, versions, strict=True):
            self._sink.write(msgspec.structs.replace(item, version=max(item.version or 0, stored)))


def ship_logs(
    files: Sequence[LogFile],
    preparation: Preparation,
    cluster: Cluster,
    bulk: BulkSettings,
    store: Store,
    *,
    overwrite: bool = False,
    on_notice: Callable[[str], None],
    on_bytes: Callable[[int], None] | None = None,
) -> Shipment:
    """Stores events and messages of these logs and commits the state once the cluster has them all.

    Raises `ClusterError` when the cluster does not take them; the state is then as before, and shipping the same logs
    again ends in the same documents.
    """
    balance = Balance()
    refused: list[DeadLetter] = []
    with BulkSink(cluster, bulk, on_dead_letter=refused.append, on_trouble=on_notice) as sink:
        outlet = _ClusterOutlet(sink, preparation.indices, cluster, overwrite=overwrite)
        reader = LogReader(
            preparation.reading,
            preparation.parser,
            balance,
            memory=store.recall("reading", Memory),
            on_dead=store.dead_letters.bury,
            on_notice=on_notice,
            on_bytes=on_bytes,
        )
        hosts = store.recall_all("host:", HostState)
        joiner = Joiner(store, outlet, preparation.policy, preparation.limits, preparation.expire_after, hosts)
        for event in reader.read(files):
            operation: Operation = "index" if overwrite or event.replaces else "create"
            sink.write(event_item(event, preparation.indices, operation))
            joiner.add(event)
        states = joiner.close()
        outlet.flush()
        sink.flush()
        counts = sink.counts
    balance.messages = joiner.messages
    _commit(store, reader.memory, states, refused)
    return Shipment(balance, counts, _book(balance, refused, preparation.indices))


def _commit(store: Store, memory: Memory, states: Sequence[HostState], refused: Sequence[DeadLetter]) -> None:
    for letter in refused:
        store.dead_letters.bury(letter)
    store.remember("reading", memory)
    for state in states:
        store.remember(f"host:{state.host}", state)
    store.commit()


def _book(balance: Balance, refused: Sequence[DeadLetter], indices: Indices) -> int:
    """Events that the cluster refused become dead letters in the balance; gives the number of refused messages."""
    events = sum(letter.source.startswith(f"{indices.prefix}-events-") for letter in refused)
    balance.events -= events
    balance.dead_letters += events
    return len(refused) - events
