"""The lines of a `_bulk` body."""

from __future__ import annotations

from functools import lru_cache

import msgspec

from shipper.model import BulkItem, Operation

_encode = msgspec.json.Encoder().encode


def encode_item(item: BulkItem) -> bytes:
    """The action line and, unless it deletes, the source line, each ended by a newline.

    `item.body` must be JSON without a newline in it, as every compact encoder writes it.
    """
    beginning = _beginning(item.operation, item.index)
    external = b"" if item.version is None else b',"version":%d,"version_type":"external_gte"' % item.version
    action = b"%b%b%b}}\n" % (beginning, _encode(item.id), external)
    return action if item.operation == "delete" else b"%b%b\n" % (action, item.body)


@lru_cache(maxsize=1 << 10)
def _beginning(operation: Operation, index: str) -> bytes:
    """The action line up to the id: the same for all documents of an index."""
    return b'{"%b":{"_index":%b,"_id":' % (operation.encode(), _encode(index))
