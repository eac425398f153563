"""The searches that OpenSearch Dashboards sends for a chart or a list of a dashboard.

From its sources below src/plugins/data/common/: aggregations from search/aggs/{agg_configs,agg_config}.ts,
buckets/{terms,filters,date_histogram,_terms_other_bucket_helper}.ts and param_types/json.ts; the body from
search/search_source/search_source.ts (`flatten`) and opensearch_query/opensearch_query/{build_opensearch_query,
from_lucene,decorate_query,from_filters}.ts; the time range from query/timefilter/get_time.ts. Lists:
src/plugins/discover/public/embeddable/search_embeddable.tsx. Settings (`query:queryString:options`, `sort:options`,
`discover:sampleSize`) have their defaults, and the browser's time zone is UTC.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.dashboards.intervals import auto_interval
from tests.dashboards.saved import Aggregation, Chart, Listing, Pattern

Body = dict[str, Any]

PARAMETERS = "ignore_unavailable=true&track_total_hits=true"
SAMPLE = 500
MISSING, OTHER = "__missing__", "__other__"

_KNOWN = {
    "terms": {
        *("field", "orderBy", "order", "size", "include", "exclude", "json", "customLabel"),
        *("otherBucket", "otherBucketLabel", "missingBucket", "missingBucketLabel"),
    },
    "filters": {"filters"},
    "date_histogram": {
        *("field", "interval", "scaleMetricValues", "drop_partials", "min_doc_count", "extended_bounds"),
    },
    "count": {"customLabel"},
    "cardinality": {"field", "customLabel", "json"},
    "sum": {"field", "customLabel"},
}


@dataclass(frozen=True)
class Filter:
    """A filter as it stands in the filter bar."""

    query: Body
    negate: bool = False


@dataclass(frozen=True)
class Period:
    """What the time picker says, both ends included, in milliseconds since 1970."""

    start: int
    end: int

    @classmethod
    def between(cls, start: datetime, end: datetime) -> Period:
        return cls(*(int(moment.timestamp() * 1000) for moment in (start, end)))


@dataclass(frozen=True)
class View:
    """What a dashboard tells all of its panels: the time range, the filters, the text in the search bar (Lucene)."""

    period: Period
    filters: Sequence[Filter] = field(default=())
    search: str = ""


def iso(milliseconds: int) -> str:
    """JavaScript's `toISOString`."""
    moment = datetime.fromtimestamp(milliseconds // 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{milliseconds % 1000:03d}Z"


def chart_body(chart: Chart, view: View) -> Body:
    return _body(chart.pattern, (chart.query,), view) | {"size": 0, "aggs": aggregations(chart, view.period)}


def list_body(listing: Listing, view: View) -> Body:
    """With `highlight`, as each list asks for it."""
    sort = [{name: {"order": direction, "unmapped_type": "boolean"}} for name, direction in listing.sort]
    marks = {"pre_tags": ["@opensearch-dashboards-highlighted-field@"], "fields": {"*": {}}, "fragment_size": 2**31 - 1}
    marks["post_tags"] = ["@/opensearch-dashboards-highlighted-field@"]
    shown = {"size": SAMPLE, "sort": sort, "version": True, "highlight": marks}
    return _body(listing.pattern, (listing.query,), view) | shown


def query_of(pattern: Pattern, queries: Iterable[str], view: View) -> Body:
    """`buildOpenSearchQuery`, with the dashboard's own search and time range."""
    span = {"gte": iso(view.period.start), "lte": iso(view.period.end), "format": "strict_date_optional_time"}
    filters = [*view.filters, Filter({"range": {pattern.time_field: span}})]
    return {
        "bool": {
            "must": [lucene(query) for query in (*queries, view.search)],
            "filter": [each.query for each in filters if not each.negate],
            "should": [],
            "must_not": [each.query for each in filters if each.negate],
        }
    }


def lucene(query: str) -> Body:
    if not query.strip():
        return {"match_all": {}}
    return {"query_string": {"query": query, "analyze_wildcard": True, "time_zone": "UTC"}}


def aggregations(chart: Chart, period: Period) -> Body:
    """Buckets from the outermost on, metrics in the innermost: `AggConfigs.toDsl`."""
    if len(chart.metrics) > 1 and chart.buckets:
        raise ValueError(f"{chart.id}: no test knows where such metrics go")
    innermost = {metric["id"]: _dsl(metric, chart, period) for metric in chart.metrics if metric["type"] != "count"}
    for bucket in reversed(chart.buckets):
        found = _dsl(bucket, chart, period)
        innermost = {bucket["id"]: found | ({"aggs": innermost} if innermost else {})}
    return innermost


def other_body(chart: Chart, view: View, answer: Mapping[str, Any]) -> Body | None:
    """The second search, which counts what the shown values leave over; None where nothing asks for it."""
    asking = [bucket for bucket in chart.buckets if bucket["params"].get("otherBucket")]
    if not asking:
        return None
    if asking != [chart.buckets[-1]]:
        raise ValueError(f"{chart.id}: no test knows an other bucket that is not the innermost")
    filters = {key: {"bool": rest} for key, rest in _left_over(chart, view.period, answer["aggregations"])}
    return chart_body(chart, view) | {"aggs": {"other-filter": {"filters": {"filters": filters}}}}


def _left_over(chart: Chart, period: Period, answers: Mapping[str, Any]) -> Iterable[tuple[str, Body]]:
    *above, last = chart.buckets
    paths: list[tuple[str, list[Filter], Any]] = [("", [], answers)]
    for bucket in above:
        paths = [
            (f"{key}-{found['key']}", [*filters, click(bucket, found["key"], chart, period)], found)
            for key, filters, inside in paths
            for found in inside[bucket["id"]]["buckets"]
        ]
    name = last["params"]["field"]
    for key, filters, inside in paths:
        shown = [found["key"] for found in inside[last["id"]]["buckets"]]
        known = [Filter({"exists": {"field": name}})] if _wants_values(last, shown) else []
        yield (
            key,
            {
                "must": [],
                "filter": [each.query for each in (*filters, *known)],
                "should": [],
                "must_not": [{"match_phrase": {name: value}} for value in shown if value != MISSING],
            },
        )


def _wants_values(bucket: Aggregation, shown: Sequence[str]) -> bool:
    return not bucket["params"]["missingBucket"] or MISSING in shown


def click(bucket: Aggregation, key: Any, chart: Chart, period: Period, shown: Sequence[Any] = ()) -> Filter:
    """The filter that a click on a bucket makes: buckets/create_filter/*.ts, opensearch_query/filters/*.ts.

    `shown` are the values beside an other bucket (create_filters_from_value_click.ts).
    """
    params = bucket["params"]
    if bucket["type"] == "filters":
        queries = {named["label"]: named["input"]["query"] for named in params["filters"]}
        return Filter(_as_bucket(queries[key]))
    if bucket["type"] == "date_histogram":
        end = key + auto_interval(period.end - period.start).milliseconds
        span = {"gte": iso(key), "lt": iso(end), "format": "strict_date_optional_time"}
        return Filter({"range": {params["field"]: span}})
    if key == MISSING:
        return Filter({"exists": {"field": params["field"]}}, negate=True)
    if key == OTHER:
        phrases = [{"match_phrase": {params["field"]: value}} for value in shown if value not in (OTHER, MISSING)]
        return Filter({"bool": {"should": phrases, "minimum_should_match": 1}}, negate=True)
    value = bool(key) if chart.pattern.fields[params["field"]]["type"] == "boolean" else key
    return Filter({"match_phrase": {params["field"]: value}})


def _as_bucket(query: str) -> Body:
    return {"bool": {"must": [lucene(query)], "filter": [], "should": [], "must_not": []}}


def _dsl(aggregation: Aggregation, chart: Chart, period: Period) -> Body:
    kind, params = aggregation["type"], aggregation["params"]
    if unknown := params.keys() - _KNOWN[kind]:
        raise ValueError(f"{chart.id}: no test knows {sorted(unknown)} of {kind}")
    if kind == "filters":
        found = {"filters": {named["label"]: _as_bucket(named["input"]["query"]) for named in params["filters"]}}
    elif kind == "date_histogram":
        found = _over_time(params, period)
    elif kind == "terms":
        found = _terms(params, chart)
    else:
        found = {"field": params["field"]}
    return {kind: found | json.loads(params.get("json", "{}"))}


def _over_time(params: Mapping[str, Any], period: Period) -> Body:
    if params["interval"] != "auto" or params["extended_bounds"] or params["drop_partials"]:
        raise ValueError(f"no test knows such bars over time: {params}")
    interval = auto_interval(period.end - period.start).parameter
    return {"field": params["field"], **interval, "time_zone": "UTC", "min_doc_count": params["min_doc_count"]}


def _terms(params: Mapping[str, Any], chart: Chart) -> Body:
    field = chart.pattern.fields[params["field"]]
    ordering = {metric["id"]: metric["type"] for metric in chart.metrics}.get(params["orderBy"], params["orderBy"])
    order = {"_count" if ordering == "count" else params["orderBy"]: params.get("order", "desc")}
    found = {"field": params["field"], "order": order, "size": params.get("size", 5)}
    if field["type"] == "string":
        found |= {name: params[name] for name in ("include", "exclude") if params.get(name)}
        found |= {"missing": MISSING} if params["missingBucket"] else {}
    return found


def _body(pattern: Pattern, queries: Iterable[str], view: View) -> Body:
    fields = pattern.fields.values()
    scripts = {f["name"]: {"script": {"source": f["script"], "lang": f["lang"]}} for f in fields if f["scripted"]}
    dates = [{"field": f["name"], "format": "date_time"} for f in fields if f["type"] == "date" and not f["scripted"]]
    return {
        "stored_fields": ["*"],
        "script_fields": scripts,
        "docvalue_fields": dates,
        "_source": {"excludes": []},
        "query": query_of(pattern, queries, view),
    }


def opened(time: tuple[str, str], now: datetime) -> Period:
    """What a dashboard's own time means on opening it at `now`: `now-15y` to `now`."""
    start = re.fullmatch(r"now-(\d+)y", time[0])
    if not start or time[1] != "now":
        raise ValueError(f"no test knows the time {time}")
    return Period.between(now.replace(year=now.year - int(start[1])), now)
