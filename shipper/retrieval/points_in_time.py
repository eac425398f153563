"""A fixed view of some indices (a point in time), and reading it page by page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import msgspec

from shipper.cluster.answers import read_json, refusal
from shipper.cluster.interface import Answer, Cluster, UnreachableError
from shipper.cluster.products import version_numbers
from shipper.errors import ClusterError

_KEEP = "5m"
_OLDEST = (2, 4)
_LOST = "search_context_missing"
_NO_SUCH_FIELD = "No mapping found for [_shard_doc]"


class Hit(msgspec.Struct, frozen=True):
    """A document of a page. `sort` is its place in the view: the time in milliseconds, and what tells ties apart."""

    index: str = msgspec.field(name="_index")
    id: str = msgspec.field(name="_id")
    source: dict[str, Any] = msgspec.field(name="_source")
    sort: tuple[Any, ...]


class _Hits(msgspec.Struct, frozen=True):
    hits: list[Hit]


class _Shards(msgspec.Struct, frozen=True):
    failed: int = 0


class _Page(msgspec.Struct, frozen=True):
    hits: _Hits
    shards: _Shards = msgspec.field(name="_shards")
    pit_id: str
    timed_out: bool = False


class InterruptedReadingError(Exception):
    """Reading can go on with another view, now or later; `error` says what happened."""

    def __init__(self, error: ClusterError) -> None:
        super().__init__(str(error))
        self.error = error


class PointsInTime:
    """Opens views in one cluster.

    Ties of the time are told apart by `_shard_doc`, a document's number within a view: Elasticsearch 7.12 has it, and
    OpenSearch 3.3. Older ones have it by `_id`, for which they load the ids of an index into memory.
    """

    def __init__(self, cluster: Cluster, page: int) -> None:
        self._cluster = cluster
        self._page = page
        self._tie_break = "_shard_doc"
        self._is_opensearch = cluster.product == "opensearch"

        if self._is_opensearch and () < version_numbers(cluster.version) < _OLDEST:
            raise ClusterError(
                f"{cluster.where} is OpenSearch {cluster.version}, which has no points in time",
                advice="reading documents back needs OpenSearch 2.4 or newer",
            )

    def read(self, indices: Sequence[str], query: dict[str, Any]) -> Iterator[Hit]:
        """All documents of these indices that fit, by time. Raises InterruptedReadingError, and ClusterError for
        what another try would not change."""
        with self._opened(indices) as point:
            yield from self._pages(point, query)

    @contextmanager
    def _opened(self, indices: Sequence[str]) -> Iterator[list[str]]:
        path = "_search/point_in_time" if self._is_opensearch else "_pit"
        answer = self._call("POST", f"/{quote(','.join(indices))}/{path}?keep_alive={_KEEP}", None)
        opened = _checked(answer, "opening a point in time")
        point = [str(opened["pit_id" if self._is_opensearch else "id"])]
        try:
            yield point
        finally:
            self._close(point[0], path)

    def _close(self, point: str, path: str) -> None:
        """One that cannot be closed ends by itself."""
        body = {"pit_id": [point]} if self._is_opensearch else {"id": point}
        try:
            self._cluster.call("DELETE", f"/{path}", body=msgspec.json.encode(body))
        except UnreachableError:
            return

    def _pages(self, point: list[str], query: dict[str, Any]) -> Iterator[Hit]:
        last: tuple[Any, ...] | None = None
        while True:
            page = self._asked(point[0], query, last)
            point[0] = page.pit_id
            yield from page.hits.hits
            if len(page.hits.hits) < self._page:
                return
            last = page.hits.hits[-1].sort

    def _asked(self, point: str, query: dict[str, Any], last: tuple[Any, ...] | None) -> _Page:
        body: dict[str, Any] = {
            "size": self._page,
            "query": query,
            "sort": [{"@timestamp": {"order": "asc", "unmapped_type": "date"}}, {self._tie_break: "asc"}],
            "pit": {"id": point, "keep_alive": _KEEP},
            "track_total_hits": False,
        }
        if last is not None:
            body["search_after"] = last
        answer = self._call("POST", "/_search?allow_partial_search_results=false", body)
        if answer.status == 400 and last is None and self._tie_break != "_id" and _NO_SUCH_FIELD in _text(answer):
            self._tie_break = "_id"
            return self._asked(point, query, last)
        _checked(answer, "reading documents")
        page = msgspec.json.decode(answer.body, type=_Page)
        if page.timed_out or page.shards.failed:
            told = "did not answer in time" if page.timed_out else "failed"
            raise InterruptedReadingError(ClusterError(f"shards of {self._cluster.where} {told}"))
        return page

    def _call(self, method: str, path: str, body: dict[str, Any] | None) -> Answer:
        try:
            return self._cluster.call(method, path, body=None if body is None else msgspec.json.encode(body))
        except UnreachableError as error:
            raise InterruptedReadingError(error) from None


def _text(answer: Answer) -> str:
    """All that an answer says, its causes included."""
    return answer.body.decode("utf-8", "replace")


def _checked(answer: Answer, doing: str) -> dict[str, Any]:
    """The answer's JSON, where it is no refusal."""
    told = read_json(answer)
    if answer.status == 200 and told is not None:
        return told
    error = refusal(answer, doing)
    if answer.status == 429 or answer.status >= 500 or _LOST in _text(answer):
        raise InterruptedReadingError(error)
    raise error


def open_indices(cluster: Cluster, pattern: str) -> tuple[list[str], list[str]]:
    """The names of open and of closed indices. Raises InterruptedReadingError and ClusterError as reading does."""
    path = f"/_resolve/index/{quote(pattern)}?expand_wildcards=open,closed"
    try:
        answer = cluster.call("GET", path)
    except UnreachableError as error:
        raise InterruptedReadingError(error) from None
    found = {"indices": []} if answer.status == 404 else _checked(answer, f"GET {path}")
    if "indices" not in found:
        raise ClusterError(
            f"{answer.url} answers, but not with a list of indices", advice="check what stands before it"
        )
    names: tuple[list[str], list[str]] = ([], [])
    for index in found["indices"]:
        names["closed" in index.get("attributes", ())].append(index["name"])
    return names
