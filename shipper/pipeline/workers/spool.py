"""Documents that are kept back until it is certain that they are right."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from tempfile import TemporaryFile
from typing import IO

import msgspec

from shipper.documents.message import MessageDocument
from shipper.documents.shape import Indices
from shipper.model import BulkItem
from shipper.pipeline.items import message_item

_IN_MEMORY = 32_000_000
_TOGETHER = 256


class Spool:
    """Items in the order in which they came: in memory, and beyond 32 MB in a file in `folder`."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._file: IO[bytes] | None = None
        self._items: list[BulkItem] = []
        self._bytes = 0
        self._encode = msgspec.msgpack.Encoder().encode

    def add(self, item: BulkItem) -> None:
        """Keeps it."""
        self._items.append(item)
        self._bytes += len(item.body)
        if self._bytes > _IN_MEMORY:
            self._to_file()

    def _to_file(self) -> None:
        if self._file is None:
            self._file = TemporaryFile(dir=self._folder)  # noqa: SIM115 - `_read` closes it
        for start in range(0, len(self._items), _TOGETHER):
            packed = self._encode(self._items[start : start + _TOGETHER])
            self._file.write(len(packed).to_bytes(8, "little") + packed)
        self._items = []
        self._bytes = 0

    def take(self) -> Iterator[BulkItem]:
        """All items; they are gone then."""
        items, self._items, self._bytes = self._items, [], 0
        file, self._file = self._file, None
        if file is not None:
            yield from _read(file)
        yield from items


def _read(file: IO[bytes]) -> Iterator[BulkItem]:
    decode = msgspec.msgpack.Decoder(list[BulkItem]).decode
    with file:
        file.seek(0)
        while size := int.from_bytes(file.read(8), "little"):
            yield from decode(file.read(size))


class SpoolingOutlet:
    """Where a slice's message documents go. `later` and `indices` are as `Outcome` has them."""

    def __init__(self, spool: Spool, indices: Indices) -> None:
        self._spool = spool
        self._indices = indices
        self.later: dict[str, BulkItem] = {}
        self.indices: set[str] = set()

    def render(self, document: MessageDocument) -> bytes | None:
        return None

    def write_rendered(self, rendered: bytes) -> None:
        raise AssertionError("documents for a cluster are written as they are")

    def write(
        self, documents: Sequence[MessageDocument], written: dict[str, tuple[str, int]], *, may_move: bool
    ) -> None:
        """Keeps the documents, and that those of the same lines under other ids are to be deleted."""
        items = [message_item(document, self._indices) for document in documents]
        ids = {item.id for item in items}
        for id, (index, version) in written.items():
            if id not in ids:
                self.later.pop(id, None)
                self._spool.add(BulkItem("delete", index, id, version=version))
        written.clear()
        written |= {item.id: (item.index, item.version or 0) for item in items}
        for item in items:
            self.later.pop(item.id, None)
            if may_move:
                self.later[item.id] = item
            else:
                self.add(item)

    def add(self, item: BulkItem) -> None:
        """Keeps any item."""
        self.indices.add(item.index)
        self._spool.add(item)
