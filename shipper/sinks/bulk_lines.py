"""The lines of a `_bulk` body."""

from __future__ import annotations

from typing import Any

import msgspec

from shipper.model import BulkItem

_encode = msgspec.json.encode


def encode_item(item: BulkItem) -> bytes:
    """The action line and, unless it deletes, the source line, each ended by a newline.

    `item.body` must be JSON without a newline in it, as every compact encoder writes it.
    """
    target: dict[str, Any] = {"_index": item.index, "_id": item.id}
    if item.version is not None:
        target |= {"version": item.version, "version_type": "external_gte"}
    action = _encode({item.operation: target})
    if item.operation == "delete":
        return action + b"\n"
    return b"%b\n%b\n" % (action, item.body)
