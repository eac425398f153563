"""Charts counted by a cluster: the aggregations of the dashboards, in settings that make them exact."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import msgspec

from shipper.cluster.answers import ask
from shipper.cluster.interface import Cluster
from shipper.dashboards.charts import SHARD_SIZE
from shipper.dashboards.declaration import Bucket, Chart, Count, Distinct, Filters, OverTime, Terms
from shipper.errors import ClusterError
from shipper.figures.counting import Tally, most_frequent
from shipper.figures.group import MISSING, OTHER, Group
from shipper.figures.periods import Unit, key_of
from shipper.retrieval import ClusterArchive, Coverage, Kind, Scope

_Body = dict[str, Any]

_PAGE = 10_000
"""Values of one answer that lists all; servers give no more than 65,535 buckets (`search.max_buckets`)."""

_MILLISECOND = 1000


class ClusterSource:
    """Counts what stands in the open indices of a prefix."""

    def __init__(self, cluster: Cluster, prefix: str) -> None:
        self._cluster = cluster
        self._prefix = prefix
        self._notices: list[str] = []

    @property
    def where(self) -> str:
        """The hosts of the cluster and the prefix of the indices."""
        return f"{self._prefix}-* at {self._cluster.where}"

    @property
    def notices(self) -> tuple[str, ...]:
        """Which indices are closed, once coverage was asked for."""
        return tuple(self._notices)

    def coverage(self, scope: Scope) -> Coverage:
        """See `Source`."""
        return ClusterArchive(self._cluster, self._prefix, on_notice=self._notices.append).coverage(scope)

    def count(self, charts: tuple[Chart, ...], scope: Scope, unit: Unit) -> list[Group]:
        """See `Source`."""
        return [self._count(chart, scope, unit) for chart in charts]

    def _count(self, chart: Chart, scope: Scope, unit: Unit) -> Group:
        body = _buckets(chart.buckets, unit) if chart.buckets else _sums(chart)
        answer = self._search(chart.index, scope, chart.query, body)
        if not answer["_shards"]["total"]:
            return Tally(chart, unit).group()
        whole = answer.get("aggregations", {}) | {"doc_count": _total(answer)}
        if chart.buckets:
            group = _read(whole, chart.buckets)
            bucket = chart.buckets[0]
            return self._exactly(chart, bucket, scope, unit) if group.error and isinstance(bucket, Terms) else group
        measured = (
            self._distinct(chart, metric.field, scope)
            if isinstance(metric, Distinct)
            else int(whole[f"sum of {metric.field}"]["value"])
            for metric in chart.metrics
            if not isinstance(metric, Count)
        )
        return Group(whole["doc_count"], tuple(measured))

    def _distinct(self, chart: Chart, field: str, scope: Scope) -> int:
        """All different values, counted one by one: a `cardinality` is an estimate."""
        return sum(1 for _ in self._values(chart, {"field": field}, scope))

    def _exactly(self, chart: Chart, bucket: Terms, scope: Scope, unit: Unit) -> Group:
        """The same once more, where each shard knows its own most frequent values only: all values are listed, and
        then asked for by name."""
        found = self._values(chart, {"field": bucket.field, "missing_bucket": bucket.missing is not None}, scope)
        shown, rest = most_frequent(found, bucket)
        terms = {"field": bucket.field, "size": bucket.size, "include": [key for key, _ in shown]}
        missing: _Body = {} if bucket.missing is None else {"missing": MISSING}
        aggregation: _Body = {"terms": terms | missing}
        if below := chart.buckets[1:]:
            aggregation["aggs"] = _buckets(below, unit)
        answer = self._search(chart.index, scope, chart.query, {"inside": aggregation})
        group = _read(answer["aggregations"] | {"doc_count": _total(answer)}, chart.buckets)
        group.rest = rest
        return group

    def _values(self, chart: Chart, source: _Body, scope: Scope) -> Iterator[tuple[str, int]]:
        """Every value of a field and how many documents have it."""
        after: _Body = {}
        while True:
            composite = {"size": _PAGE, "sources": [{"value": {"terms": source}}], **after}
            answer = self._search(chart.index, scope, chart.query, {"values": {"composite": composite}})
            found = answer["aggregations"]["values"]
            for each in found["buckets"]:
                value = each["key"]["value"]
                yield (MISSING if value is None else str(value)), each["doc_count"]
            if len(found["buckets"]) < _PAGE:
                return
            after = {"after": found["after_key"]}

    def _search(self, kind: Kind, scope: Scope, query: str, aggregations: _Body) -> _Body:
        filters = [scope.query(), *([{"query_string": {"query": query}}] if query else [])]
        body = {"size": 0, "track_total_hits": True, "query": {"bool": {"filter": filters}}, "aggs": aggregations}
        path = (
            f"/{quote(f'{self._prefix}-{kind}-*')}/_search?ignore_unavailable=true&allow_partial_search_results=false"
        )
        answer = ask(self._cluster, "POST", path, body=msgspec.json.encode(body)) or {}
        if answer["timed_out"] or answer["_shards"]["failed"]:
            raise ClusterError(f"shards of {self._cluster.where} did not count", advice="try again later")
        return answer


def _time(milliseconds: float) -> datetime:
    return datetime.fromtimestamp(milliseconds / _MILLISECOND, UTC)


def _total(answer: _Body) -> int:
    return int(answer["hits"]["total"]["value"])


def _sums(chart: Chart) -> _Body:
    return {
        f"sum of {metric.field}": {"sum": {"field": metric.field}}
        for metric in chart.metrics
        if not isinstance(metric, Count | Distinct)
    }


def _buckets(buckets: tuple[Bucket, ...], unit: Unit) -> _Body:
    """From the outermost on; each level is called `inside`."""
    inner: _Body = {"aggs": _buckets(buckets[1:], unit)} if buckets[1:] else {}
    return {"inside": _bucket(buckets[0], unit) | inner}


def _bucket(bucket: Bucket, unit: Unit) -> _Body:
    if isinstance(bucket, OverTime):
        return {"date_histogram": {"field": bucket.field, "calendar_interval": unit, "min_doc_count": 1}}
    if isinstance(bucket, Filters):
        queries = {named.label: {"query_string": {"query": named.query}} for named in bucket.filters}
        return {"filters": {"filters": queries}}
    terms: _Body = {"field": bucket.field, "size": bucket.size, "shard_size": max(SHARD_SIZE, bucket.size)}
    if bucket.missing is not None:
        terms["missing"] = MISSING
    if bucket.include is not None:
        terms["include"] = bucket.include
    return {"terms": terms}


def _read(found: _Body, buckets: tuple[Bucket, ...]) -> Group:
    if not buckets:
        return Group(found["doc_count"])
    inside, below = found["inside"], buckets[1:]
    shown = {key: _read(each, below) for key, each in _READ[type(buckets[0])](inside, buckets[0])}
    rest, error = inside.get("sum_other_doc_count", 0), inside.get("doc_count_error_upper_bound", 0)
    if isinstance(buckets[0], Terms) and buckets[0].other is not None and rest:
        shown[OTHER] = Group(rest)
        rest = 0
    return Group(found["doc_count"], inside=shown, rest=rest, error=error)


def _of_filters(inside: _Body, bucket: Any) -> Iterator[tuple[str, _Body]]:
    yield from ((named.label, inside["buckets"][named.label]) for named in bucket.filters)


def _of_times(inside: _Body, bucket: Any) -> Iterator[tuple[str, _Body]]:
    yield from ((key_of(_time(each["key"])), each) for each in inside["buckets"])


def _of_terms(inside: _Body, bucket: Any) -> Iterator[tuple[str, _Body]]:
    yield from ((str(each.get("key_as_string", each["key"])), each) for each in inside["buckets"])


_READ: dict[type[Bucket], Callable[[_Body, Any], Iterator[tuple[str, _Body]]]] = {
    Filters: _of_filters,
    OverTime: _of_times,
    Terms: _of_terms,
}
