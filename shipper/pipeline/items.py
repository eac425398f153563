"""Documents as bulk operations."""

from __future__ import annotations

from shipper.documents.event_json import event_json
from shipper.documents.message import MessageDocument
from shipper.documents.shape import Indices, encode
from shipper.model import BulkItem, Operation, StageEvent


def event_item(event: StageEvent, indices: Indices, operation: Operation = "create") -> BulkItem:
    """A stage event as a bulk operation: written once, the same again is a conflict that counts as done."""
    return BulkItem(operation, indices.events(event.time), event.id, event_json(event))


def message_item(document: MessageDocument, indices: Indices) -> BulkItem:
    """A message document as a bulk operation; a document with fewer events never overwrites one with more."""
    index = indices.messages(document.second)
    return BulkItem("index", index, document.id, encode(document.document), document.version)
