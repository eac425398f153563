"""Keeps lines that come very late from standing for a message whose other lines the state has forgotten."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from shipper.cluster.interface import Cluster
from shipper.cluster.stored_messages import StoredMessage, messages_with
from shipper.documents.message import MessageDocument
from shipper.documents.shape import Indices
from shipper.model import StageEvent
from shipper.pipeline.outlet import ClusterOutlet
from shipper.sinks.bulk import BulkSink


class GuardedOutlet(ClusterOutlet):
    """Writes no document of which the cluster holds more, or another part: `incomplete` has the ids of those left out.

    What the cluster holds of a message is looked up for the events that are about to be joined.
    """

    def __init__(self, sink: BulkSink, indices: Indices, cluster: Cluster) -> None:
        super().__init__(sink, indices, cluster, overwrite=False)
        self.incomplete: set[str] = set()
        self._looked_up: set[tuple[str, str]] = set()
        self._stored: defaultdict[tuple[str, str], list[StoredMessage]] = defaultdict(list)

    def look_up(self, events: Sequence[StageEvent]) -> None:
        """Learns what the cluster holds of the messages of these events (a thousand or so at a time)."""
        keys = {(event.host, event.queue_id) for event in events if event.queue_id is not None}
        new = keys - self._looked_up
        self._looked_up |= new
        for message in messages_with(self._cluster, self._indices.prefix, {queue_id for _, queue_id in new}):
            for queue_id in message.queue_ids:
                self._stored[message.host, queue_id].append(message)

    def write(
        self, documents: Sequence[MessageDocument], written: dict[str, tuple[str, int]], *, may_move: bool
    ) -> None:
        """As any outlet; what was `written` before is known to the state, and so are its lines."""
        if not written and any(self._is_part(document) for document in documents):
            self.incomplete |= {document.id for document in documents}
        else:
            super().write(documents, written, may_move=may_move)

    def _is_part(self, document: MessageDocument) -> bool:
        host = document.document.get("host", {}).get("name", "")
        queue_ids = document.document["sophos"]["utm"].get("queue_ids", ())
        stored = (message for queue_id in queue_ids for message in self._stored.get((host, queue_id), ()))
        return any(message.id != document.id or message.events > document.version for message in stored)
