"""Message documents on their way to a cluster."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from shipper.cluster.interface import Cluster
from shipper.cluster.versions import stored_versions
from shipper.documents.message import MessageDocument
from shipper.documents.shape import Indices
from shipper.model import BulkItem
from shipper.pipeline.items import message_item
from shipper.sinks.bulk import BulkSink

_LOOKED_UP_TOGETHER = 500


class ClusterOutlet:
    """Writes a message as often as it changes; the id that it had before an earlier root was known is deleted.

    A document whose id may still change waits in `later` until the state knows of it: were it forgotten in a crash,
    nothing would ever delete it. `deleted` are (index, id) of what is not to be stored any more.
    """

    def __init__(self, sink: BulkSink, indices: Indices, cluster: Cluster, *, overwrite: bool) -> None:
        self._sink = sink
        self._indices = indices
        self._cluster = cluster
        self._overwrite = overwrite
        self._held: list[BulkItem] = []
        self.later: dict[str, BulkItem] = {}
        self.deleted: list[tuple[str, str]] = []

    def render(self, document: MessageDocument) -> None:
        return None

    def write_rendered(self, rendered: bytes) -> None:
        raise AssertionError("documents for a cluster are written as they are")

    def write(
        self, documents: Sequence[MessageDocument], written: dict[str, tuple[str, int]], *, may_move: bool
    ) -> None:
        """Stores the documents and deletes those that were stored of the same lines under other ids."""
        items = [message_item(document, self._indices) for document in documents]
        ids = {item.id for item in items}
        for id, (index, version) in written.items():
            if id not in ids:
                self.deleted.append((index, id))
                self.send(BulkItem("delete", index, id, version=version))
        written.clear()
        written |= {item.id: (item.index, item.version or 0) for item in items}
        for item in items:
            if may_move:
                self.later[item.id] = item
            else:
                self.send(item)

    def send(self, item: BulkItem) -> None:
        """Takes a message's document, or the deletion of one.

        Deletions, and with `overwrite` all, wait until the cluster's versions are looked up for many at a time."""
        self.later.pop(item.id, None)
        if self._overwrite or item.operation == "delete":
            self._held.append(item)
            if len(self._held) >= _LOOKED_UP_TOGETHER:
                self.flush()
        else:
            if self._held and any(item.id == held.id for held in self._held):
                self.flush()
            self._sink.write(item)

    def send_later(self) -> None:
        """Sends what waited: the state knows of it now."""
        items, self.later = self.later, {}
        for item in items.values():
            self.send(item)
        self.flush()

    def flush(self) -> None:
        """Writes what waits for versions: it replaces or deletes even a document with more events than are known."""
        held, self._held = self._held, []
        documents = [(item.index, item.id) for item in held]
        versions = self._sink.patiently(lambda: stored_versions(self._cluster, documents))
        for item, stored in zip(held, versions, strict=True):
            self._sink.write(msgspec.structs.replace(item, version=max(item.version or 0, stored)))
