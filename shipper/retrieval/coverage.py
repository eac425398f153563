"""What an archive holds of a period: from when to when, and on which days anything at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import quote

import msgspec

from shipper.cluster.answers import ask
from shipper.cluster.interface import Cluster
from shipper.retrieval.conditions import Document
from shipper.retrieval.lines import host_of
from shipper.retrieval.scope import Scope
from shipper.retrieval.spans import Span

_DAY = timedelta(days=1)
_BUCKETS = 1000
HostDay = tuple[str, date]
"""A host (empty where the log does not tell it), and a day of UTC."""


class Coverage(msgspec.Struct, frozen=True):
    """`messages`: how many there are, `first` and `last` their times as documents have them. `days`: host -> the days
    of UTC on which it has a line or a message; days that the period touches count as a whole."""

    messages: int
    first: str | None
    last: str | None
    days: Mapping[str, frozenset[date]]


def whole_days(scope: Scope) -> Scope:
    """The days that the period of a scope touches, of its hosts; without its conditions."""
    until = scope.until
    if until is not None:
        until = _midnight(until) + (_DAY if until > _midnight(until) else timedelta())
    return Scope(None if scope.since is None else _midnight(scope.since), until, scope.hosts)


def coverage_of(messages: Iterable[Document], scope: Scope, days_of_lines: Iterable[HostDay]) -> Coverage:
    """From all messages of the whole days, in order, and the days that have lines, wherever those are."""
    wide = whole_days(scope)
    found = {(host, day) for host, day in days_of_lines if _is_within(wide, host, day)}
    exact = Scope(scope.since, scope.until, scope.hosts)
    count, first, last = 0, None, None
    for message in messages:
        when = message["@timestamp"]
        found.add((host_of(message), date.fromisoformat(when[:10])))
        if exact.accepts(message):
            count, first, last = count + 1, first or when, when
    return Coverage(count, first, last, _by_host(found))


def ask_coverage(cluster: Cluster, messages: Iterable[Span], events: Iterable[Span], scope: Scope) -> Coverage:
    """As the cluster counts it; the spans are those of the whole days. Raises ClusterError."""
    exact = {"filter": Scope(scope.since, scope.until, scope.hosts).query(), "aggs": _ENDS}
    found: set[HostDay] = set()
    count, ends = 0, set()
    for span in messages:
        answer = _search(cluster, span, scope, {"exact": exact})["exact"]
        count += answer["doc_count"]
        ends |= {answer[end]["value"] for end in _ENDS} - {None}
        found.update(_host_days(cluster, span, scope))
    for span in events:
        found.update(_host_days(cluster, span, scope))
    first, last = (_written(end(ends)) if ends else None for end in (min, max))
    return Coverage(count, first, last, _by_host(found))


_ENDS = {end: {end: {"field": "@timestamp"}} for end in ("min", "max")}
_DAYS = [
    {"host": {"terms": {"field": "host.name", "missing_bucket": True}}},
    {"day": {"date_histogram": {"field": "@timestamp", "calendar_interval": "day"}}},
]


def _host_days(cluster: Cluster, span: Span, scope: Scope) -> Iterator[HostDay]:
    after: dict[str, Any] = {}
    while True:
        composite = {"size": _BUCKETS, "sources": _DAYS, **after}
        answer = _search(cluster, span, scope, {"days": {"composite": composite}})["days"]
        for bucket in answer["buckets"]:
            yield bucket["key"]["host"] or "", date.fromisoformat(_written(bucket["key"]["day"])[:10])
        if "after_key" not in answer:
            return
        after = {"after": answer["after_key"]}


def _search(cluster: Cluster, span: Span, scope: Scope, aggregations: dict[str, Any]) -> dict[str, Any]:
    """All shards or none: half an answer would be taken for missing days."""
    body = msgspec.json.encode({"size": 0, "query": whole_days(scope).query(), "aggs": aggregations})
    path = f"/{quote(','.join(span.names))}/_search?allow_partial_search_results=false"
    answer = ask(cluster, "POST", path, body=body) or {}
    found: dict[str, Any] = answer["aggregations"]
    return found


def _is_within(scope: Scope, host: str, day: date) -> bool:
    start = _midnight(day)
    return (
        (not scope.hosts or host in scope.hosts)
        and (scope.since is None or start >= scope.since)
        and (scope.until is None or start < scope.until)
    )


def _by_host(days: Iterable[HostDay]) -> dict[str, frozenset[date]]:
    hosts: dict[str, set[date]] = {}
    for host, day in days:
        hosts.setdefault(host, set()).add(day)
    return {host: frozenset(hosts[host]) for host in sorted(hosts)}


def _midnight(moment: date) -> datetime:
    day = moment.astimezone(UTC).date() if isinstance(moment, datetime) else moment
    return datetime.combine(day, time(), UTC)


def _written(milliseconds: float) -> str:
    return f"{datetime.fromtimestamp(milliseconds / 1000, UTC).replace(tzinfo=None).isoformat()}.000Z"
