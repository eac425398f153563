"""A panel -> the `visState` that both products draw it from.

The parameters are the complete defaults of each chart type, taken from OpenSearch Dashboards:
src/plugins/vis_type_vislib/public/{histogram,horizontal_bar,pie}.ts, vis_type_metric/public/metric_vis_type.ts,
vis_type_table/public/table_vis_type.ts, vis_type_markdown/public/markdown_vis.ts. Kibana 8 derives its own from them
while it imports (src/plugins/visualizations/server/migrations/visualization_saved_object_migrations.ts).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from shipper.dashboards.declaration import (
    Bars,
    Bucket,
    Chart,
    Count,
    Distinct,
    Donut,
    Filters,
    Metric,
    Numbers,
    OverTime,
    Rows,
    Table,
    Terms,
)

MOST_DISTINCT = 40_000
"""Up to here a number of different values is off by some in ten thousand at most; servers accept no more."""

SHARD_SIZE = 10_000
"""Values that each shard names, so that the most frequent ones over many monthly indices are the right ones."""

_TYPES = {Bars: "histogram", Rows: "horizontal_bar", Donut: "pie", Numbers: "metric", Table: "table"}


def vis_state(panel: Chart) -> dict[str, Any]:
    """Title, type, aggregations and parameters of a chart."""
    return {
        "title": panel.title,
        "type": _TYPES[type(panel)],
        "aggs": [*_metrics(panel.metrics), *_buckets(panel)],
        "params": _params(panel),
    }


def markdown_state(title: str, text: str) -> dict[str, Any]:
    """The same for text."""
    params = {"fontSize": 12, "openLinksInNewTab": False, "markdown": text}
    return {"title": title, "type": "markdown", "aggs": [], "params": params}


def _metrics(metrics: Sequence[Metric]) -> list[dict[str, Any]]:
    return [
        {"id": str(number), "enabled": True, "schema": "metric", **_metric(metric)}
        for number, metric in enumerate(metrics, 1)
    ]


def _metric(metric: Metric) -> dict[str, Any]:
    if isinstance(metric, Count):
        return {"type": "count", "params": {"customLabel": metric.label}}
    params = {"field": metric.field, "customLabel": metric.label}
    if isinstance(metric, Distinct):
        return {"type": "cardinality", "params": {**params, "json": _json(precision_threshold=MOST_DISTINCT)}}
    return {"type": "sum", "params": params}


def _buckets(panel: Chart) -> list[dict[str, Any]]:
    first = len(panel.metrics) + 1
    return [
        {"id": str(number), "enabled": True, "schema": _schema(panel, number == first), **_bucket(bucket)}
        for number, bucket in enumerate(panel.buckets, first)
    ]


def _schema(panel: Chart, is_first: bool) -> str:
    if isinstance(panel, Table):
        return "bucket"
    if isinstance(panel, Donut):
        return "segment"
    return "segment" if is_first and not isinstance(panel, Numbers) else "group"


def _bucket(bucket: Bucket) -> dict[str, Any]:
    if isinstance(bucket, OverTime):
        return {"type": "date_histogram", "params": _over_time(bucket)}
    if isinstance(bucket, Filters):
        filters = [
            {"input": {"query": named.query, "language": "lucene"}, "label": named.label} for named in bucket.filters
        ]
        return {"type": "filters", "params": {"filters": filters}}
    return {"type": "terms", "params": _terms(bucket)}


def _over_time(bucket: OverTime) -> dict[str, Any]:
    return {
        "field": bucket.field,
        "interval": "auto",
        "scaleMetricValues": False,
        "drop_partials": False,
        "min_doc_count": 1,
        "extended_bounds": {},
    }


def _terms(bucket: Terms) -> dict[str, Any]:
    params = {
        "field": bucket.field,
        "orderBy": "1",
        "order": "desc",
        "size": bucket.size,
        "otherBucket": bucket.other is not None,
        "otherBucketLabel": bucket.other or "Other",
        "missingBucket": bucket.missing is not None,
        "missingBucketLabel": bucket.missing or "Missing",
        "json": _json(shard_size=SHARD_SIZE),
        "customLabel": bucket.label,
    }
    return params if bucket.include is None else params | {"include": bucket.include}


def _json(**parameters: int) -> str:
    """What goes into the field "JSON input", which both products merge into the aggregation (param_types/json.ts)."""
    return json.dumps(parameters)


def _params(panel: Chart) -> dict[str, Any]:
    if isinstance(panel, Bars | Rows):
        return _along_axes(panel)
    if isinstance(panel, Donut):
        return _PIE
    if isinstance(panel, Numbers):
        return _figures(panel.points)
    assert isinstance(panel, Table)
    return {
        "perPage": panel.page,
        "showPartialRows": False,
        "showMetricsAtAllLevels": False,
        "showTotal": False,
        "totalFunc": "sum",
        "percentageCol": panel.share,
    }


_PIE: dict[str, Any] = {
    "type": "pie",
    "addTooltip": True,
    "addLegend": True,
    "legendPosition": "right",
    "isDonut": True,
    "labels": {"show": True, "values": True, "last_level": True, "truncate": 160},
}


def _figures(points: int) -> dict[str, Any]:
    return {
        "addTooltip": True,
        "addLegend": False,
        "type": "metric",
        "metric": {
            "percentageMode": False,
            "useRanges": False,
            "colorSchema": "Green to Red",
            "metricColorMode": "None",
            "colorsRange": [{"from": 0, "to": 10000}],
            "labels": {"show": True},
            "invertColors": False,
            "style": {"bgFill": "#000", "bgColor": False, "labelColor": False, "subText": "", "fontSize": points},
        },
    }


def _along_axes(panel: Bars | Rows) -> dict[str, Any]:
    lying = isinstance(panel, Rows)
    split = len(panel.buckets) > 1 or len(panel.metrics) > 1
    mode = "stacked" if split else "normal"
    return {
        "type": "histogram",
        "grid": {"categoryLines": False},
        "categoryAxes": [_category_axis(lying)],
        "valueAxes": [_value_axis(panel, lying)],
        "seriesParams": [_series(number, metric, mode) for number, metric in enumerate(panel.metrics, 1)],
        "addTooltip": True,
        "addLegend": split,
        "legendPosition": "right",
        "times": [],
        "addTimeMarker": False,
        "labels": {"show": lying and not split},
        "thresholdLine": {"show": False, "value": 10, "width": 1, "style": "full", "color": "#E7664C"},
    }


def _category_axis(lying: bool) -> dict[str, Any]:
    return {
        "id": "CategoryAxis-1",
        "type": "category",
        "position": "left" if lying else "bottom",
        "show": True,
        "style": {},
        "scale": {"type": "linear"},
        "labels": {"show": True, "rotate": 0, "filter": not lying, "truncate": 200 if lying else 100},
        "title": {},
    }


def _value_axis(panel: Bars | Rows, lying: bool) -> dict[str, Any]:
    mode = "percentage" if isinstance(panel, Bars) and panel.scale == "share" else "normal"
    return {
        "id": "ValueAxis-1",
        "name": "BottomAxis-1" if lying else "LeftAxis-1",
        "type": "value",
        "position": "bottom" if lying else "left",
        "show": True,
        "style": {},
        "scale": {"type": "linear", "mode": mode},
        "labels": {"show": True, "rotate": 0, "filter": lying, "truncate": 100},
        "title": {"text": panel.metrics[0].label},
    }


def _series(number: int, metric: Metric, mode: str) -> dict[str, Any]:
    return {
        "show": True,
        "type": "histogram",
        "mode": mode,
        "data": {"label": metric.label, "id": str(number)},
        "valueAxis": "ValueAxis-1",
        "drawLinesBetweenPoints": True,
        "lineWidth": 2,
        "showCircles": True,
    }
