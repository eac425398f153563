"""The documents that a cluster holds."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime, timedelta
from urllib.parse import quote

import msgspec

from shipper.cluster.answers import ask
from shipper.cluster.interface import Cluster
from shipper.retrieval.archive import Kind
from shipper.retrieval.conditions import Document, Terms
from shipper.retrieval.coverage import Coverage, ask_coverage, whole_days
from shipper.retrieval.lines import group_lines, hosts_of, queue_ids_of
from shipper.retrieval.points_in_time import Hit, InterruptedReadingError, PointsInTime, open_indices
from shipper.retrieval.scope import EVERYTHING, Key, Scope, key_of
from shipper.retrieval.spans import Span, spans_of

_IDS_TOGETHER = 10_000
"""A `terms` query takes 65,536 values (`index.max_terms_count`)."""


class ReadSettings(msgspec.Struct, frozen=True):
    """`page`: documents of one answer. `patience`: seconds without any document until reading gives up; the waits
    between tries grow from `first_wait` to `longest_wait` seconds."""

    page: int = 1000
    patience: float = 120.0
    first_wait: float = 0.5
    longest_wait: float = 15.0


class ClusterArchive:
    """What stands in the open indices of a prefix. Closed ones are told of once (`on_notice`)."""

    def __init__(
        self,
        cluster: Cluster,
        prefix: str,
        settings: ReadSettings | None = None,
        *,
        on_notice: Callable[[str], None] = lambda words: None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._cluster = cluster
        self._prefix = prefix
        self._settings = settings or ReadSettings()
        self._points = PointsInTime(cluster, self._settings.page)
        self._on_notice = on_notice
        self._sleep = sleep
        self._told: set[str] = set()

    @property
    def where(self) -> str:
        """The hosts of the cluster and the prefix of the indices."""
        return f"{self._prefix}-* at {self._cluster.where}"

    def messages(self, scope: Scope = EVERYTHING, after: Key | None = None) -> Iterator[Document]:
        """The message documents that are wanted."""
        return self._read("messages", scope, after)

    def events(self, scope: Scope = EVERYTHING, after: Key | None = None) -> Iterator[Document]:
        """The documents of single lines that are wanted."""
        return self._read("events", scope, after)

    def lines_of(self, messages: Sequence[Document], actions: Collection[str]) -> dict[str, list[Document]]:
        """The lines of these messages (see `Archive`)."""
        queue_ids = sorted({id for message in messages for id in queue_ids_of(message)})
        if not queue_ids:
            return group_lines(messages, [])
        starts = [message["event"]["start"] for message in messages]
        ends = [message["event"]["end"] for message in messages]
        since, until = datetime.fromisoformat(min(starts)), datetime.fromisoformat(max(ends)) + timedelta(seconds=1)
        wanted = Terms("event.action", tuple(sorted(actions)))
        groups = (tuple(queue_ids[at : at + _IDS_TOGETHER]) for at in range(0, len(queue_ids), _IDS_TOGETHER))
        conditions = ((Terms("sophos.utm.queue_id", group), wanted) for group in groups)
        scopes = (Scope(since, until, hosts_of(messages), where) for where in conditions)
        return group_lines(messages, (line for scope in scopes for line in self.events(scope)))

    def count_messages(self, scope: Scope = EVERYTHING) -> int | None:
        """How many messages the cluster counts."""
        names, _ = self._indices("messages")
        spans = spans_of(names, self._prefix, "messages", scope)
        body = msgspec.json.encode({"query": scope.query()})
        paths = (f"/{quote(','.join(span.names))}/_count" for span in spans)
        return sum(int((ask(self._cluster, "POST", path, body=body) or {})["count"]) for path in paths)

    def coverage(self, scope: Scope = EVERYTHING) -> Coverage:
        """What the open indices hold of the period and the hosts."""
        days = whole_days(scope)
        return ask_coverage(self._cluster, self._spans("messages", days), self._spans("events", days), scope)

    def _spans(self, kind: Kind, scope: Scope) -> list[Span]:
        """The open indices that may hold what is wanted; closed ones are told of."""
        names, closed = self._indices(kind)
        self._tell_of(span for span in spans_of(closed, self._prefix, kind, scope))
        return spans_of(names, self._prefix, kind, scope)

    def _read(self, kind: Kind, scope: Scope, after: Key | None) -> Iterator[Document]:
        for span in self._spans(kind, scope):
            if after is None or after.time[:10] < span.end.isoformat():
                yield from self._read_span(span, scope, after)

    def _indices(self, kind: Kind) -> tuple[list[str], list[str]]:
        waits = _Waits(self._settings, self._sleep)
        while True:
            try:
                return open_indices(self._cluster, f"{self._prefix}-{kind}-*")
            except InterruptedReadingError as interruption:
                waits.after(interruption)

    def _tell_of(self, closed: Iterator[Span]) -> None:
        for name in (name for span in closed for name in span.names):
            if name not in self._told:
                self._told.add(name)
                self._on_notice(f"warning: {name} is closed and left out: open it to have its documents too")

    def _read_span(self, span: Span, scope: Scope, after: Key | None) -> Iterator[Document]:
        """Goes on after the last document that was given, with another view, when the cluster lost or refused one."""
        waits = _Waits(self._settings, self._sleep)
        while True:
            try:
                for document in _in_order(self._points.read(span.names, scope.query(after))):
                    key = key_of(document)
                    if after is None or key > after:
                        after = key
                        waits.over()
                        if scope.accepts(document):
                            yield document
            except InterruptedReadingError as interruption:
                waits.after(interruption)
            else:
                return


def _in_order(hits: Iterator[Hit]) -> Iterator[Document]:
    """By time, then by id. A document that stands in two indices comes once, as it knows most lines."""
    second: dict[str, Document] = {}
    now: object = None
    for hit in hits:
        if hit.sort[0] != now:
            yield from (second[id] for id in sorted(second))
            second.clear()
            now = hit.sort[0]
        document = {"_id": hit.id, **hit.source}
        if hit.id not in second or _lines(document) > _lines(second[hit.id]):
            second[hit.id] = document
    yield from (second[id] for id in sorted(second))


def _lines(document: Document) -> int:
    count: int = document["sophos"]["utm"].get("event_count", 1)
    return count


class _Waits:
    """How long reading may go without a document."""

    def __init__(self, settings: ReadSettings, sleep: Callable[[float], None]) -> None:
        self._settings = settings
        self._sleep = sleep
        self.over()

    def over(self) -> None:
        """Reading goes on."""
        self._waited = 0.0
        self._tries = 0

    def after(self, interruption: InterruptedReadingError) -> None:
        """Waits before the next try; raises the error when patience is over."""
        if self._waited >= self._settings.patience:
            raise interruption.error
        wait = min(self._settings.first_wait * 2**self._tries, self._settings.longest_wait)
        self._tries += 1
        self._waited += wait
        self._sleep(wait)
