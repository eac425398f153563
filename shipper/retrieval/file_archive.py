"""The documents of logs, as a cluster would hold them after they were shipped."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from typing import Literal

import msgspec

from shipper.documents.event_json import event_json
from shipper.documents.message import MessageDocument
from shipper.documents.shape import encode
from shipper.model import StageEvent
from shipper.pipeline.balance import Balance
from shipper.pipeline.parsing import join_logs
from shipper.pipeline.preparing import Preparation
from shipper.retrieval.conditions import Document, Terms, address_of
from shipper.retrieval.coverage import Coverage, HostDay, coverage_of, whole_days
from shipper.retrieval.lines import group_lines, queue_ids_of
from shipper.retrieval.scope import EVERYTHING, Key, Scope
from shipper.sources.files import LogFile
from shipper.state.sorted_documents import Marked, Marks, SortedDocuments, sorted_documents

_DAY = 86_400
_MOST_VALUES = 5000
_MARKS: dict[str, Literal["queue_id", "pid", "client", "parent_id"]] = {
    "sophos.utm.queue_id": "queue_id",
    "process.pid": "pid",
    "source.ip": "client",
    "sophos.utm.parent_queue_id": "parent_id",
}
_decode = msgspec.json.Decoder(Document).decode


class FileArchive:
    """What was read from logs, on disk until the program ends. `balance`: what became of the lines; `days`: those
    that have lines, kept or not."""

    def __init__(self, documents: SortedDocuments, balance: Balance, where: str, days: Iterable[HostDay] = ()) -> None:
        self._documents = documents
        self._days = days
        self.balance = balance
        self.where = where

    def messages(self, scope: Scope = EVERYTHING, after: Key | None = None) -> Iterator[Document]:
        """The message documents that are wanted."""
        return _wanted(self._documents.messages(*_bounds(scope, after)), scope)

    def events(self, scope: Scope = EVERYTHING, after: Key | None = None) -> Iterator[Document]:
        """The documents of single lines that are wanted, as far as they were kept (see `read_logs`)."""
        return _wanted(self._documents.events(*_bounds(scope, after), _marked(scope)), scope)

    def lines_of(self, messages: Sequence[Document], actions: Collection[str]) -> dict[str, list[Document]]:
        """The lines of these messages (see `Archive`), as far as they were kept."""
        queue_ids = {id for message in messages for id in queue_ids_of(message)}
        lines = _wanted(self._documents.events_with(queue_ids), EVERYTHING)
        return group_lines(messages, (line for line in lines if line["event"]["action"] in actions))

    def count_messages(self, scope: Scope = EVERYTHING) -> int | None:
        """All messages that the reading came to, where all are wanted."""
        return self.balance.messages if scope == EVERYTHING else None

    def coverage(self, scope: Scope = EVERYTHING) -> Coverage:
        """What the logs have of the period and the hosts."""
        return coverage_of(self.messages(whole_days(scope)), scope, self._days)


class _Shelf:
    """Takes documents as they are made, each message as often as it changes, as a cluster would."""

    def __init__(self, documents: SortedDocuments, keep: Callable[[StageEvent], bool]) -> None:
        self._documents = documents
        self._keep = keep
        self._days: set[tuple[str, int]] = set()

    @property
    def days(self) -> Iterator[HostDay]:
        """Those on which a host has a line."""
        return ((host, datetime.fromtimestamp(day * _DAY, UTC).date()) for host, day in self._days)

    def event(self, event: StageEvent) -> None:
        self._days.add((event.host, event.time // _DAY))
        if self._keep(event):
            self._documents.put_event(event.time, event.id, _marks(event), event_json(event))

    def render(self, document: MessageDocument) -> None:
        return None

    def write_rendered(self, rendered: bytes) -> None:
        raise AssertionError("documents are kept as often as they change")

    def write(
        self, documents: Sequence[MessageDocument], written: dict[str, tuple[str, int]], *, may_move: bool
    ) -> None:
        ids = {document.id for document in documents}
        for id, (second, _) in written.items():
            if id not in ids:
                self._documents.drop_message(id, int(second))
        written.clear()
        for document in documents:
            written[document.id] = (str(document.second), document.version)
            self._documents.put_message(document.second, document.id, document.version, encode(document.document))


@contextmanager
def read_logs(
    files: Sequence[LogFile],
    preparation: Preparation,
    *,
    keep: Callable[[StageEvent], bool] = lambda event: True,
    on_notice: Callable[[str], None],
    on_bytes: Callable[[int], None] | None = None,
) -> Iterator[FileArchive]:
    """Reads the logs to their end, then gives their documents. No cluster and no state is needed.

    `keep` says which lines' documents are wanted; without all of them, less is written to the disk. What is kept takes
    about as much room there as the logs themselves.
    """
    with sorted_documents() as documents:
        shelf = _Shelf(documents, keep)
        balance = join_logs(files, preparation, shelf, shelf.event, on_notice=on_notice, on_bytes=on_bytes)
        yield FileArchive(documents, balance, ", ".join(file.path for file in files), tuple(shelf.days))


def _wanted(found: Iterator[tuple[str, bytes]], scope: Scope) -> Iterator[Document]:
    for id, body in found:
        document = {"_id": id, **_decode(body)}
        if scope.accepts(document):
            yield document


def _marks(event: StageEvent) -> Marks:
    fields = event.fields
    client = fields.get("source.ip")
    return Marks(
        event.queue_id,
        event.pid,
        None if client is None else _spelled(client),
        fields.get("sophos.utm.parent_queue_id"),
    )


@lru_cache(maxsize=1 << 14)
def _spelled(ip: str) -> str:
    return str(address_of(ip))


def _marked(scope: Scope) -> Marked | None:
    """What is wanted of the events that can be asked for by a mark; the scope decides about what is found."""
    for condition in scope.where:
        if isinstance(condition, Terms) and condition.field in _MARKS and len(condition.values) <= _MOST_VALUES:
            values = {_spelled(str(v)) if condition.field == "source.ip" else v for v in condition.values}
            return _MARKS[condition.field], sorted(values)
    return None


def _bounds(scope: Scope, after: Key | None) -> tuple[int, int | None, tuple[int, str] | None]:
    """The same in UTC seconds."""
    first = _second(scope.first) if scope.first else -(1 << 62)
    end = None if scope.end is None else _second(scope.end)
    return first, end, None if after is None else (_second(after.time), after.id)


def _second(time: str) -> int:
    return int(datetime.fromisoformat(time).timestamp())
