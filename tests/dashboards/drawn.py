"""What the chart types draw from: parameters that each needs, and the aggregations that each takes.

Sources, of OpenSearch Dashboards: src/plugins/vis_type_vislib/public/{histogram,horizontal_bar,pie}.ts and
utils/collections.ts, src/plugins/vis_type_metric/public/metric_vis_type.ts, src/plugins/vis_type_table/public/
table_vis_type.ts, src/plugins/vis_type_markdown/public/markdown_vis.ts; parameters of aggregations: src/plugins/data/
common/search/aggs/buckets/{terms,filters,date_histogram}.ts and metrics/{cardinality,sum,count}.ts. Kibana 8 reads
`labels` of each axis while it migrates: src/plugins/visualizations/server/migrations/
visualization_saved_object_migrations.ts.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

Fields = Mapping[str, Mapping[str, Any]]
"""The index pattern's fields by name."""

_COLOR = re.compile(r"#[0-9a-fA-F]{6}")

_POINT_SERIES = {
    "type": str,
    "grid": dict,
    "categoryAxes": list,
    "valueAxes": list,
    "seriesParams": list,
    "addTooltip": bool,
    "addLegend": bool,
    "legendPosition": str,
    "times": list,
    "addTimeMarker": bool,
    "labels": dict,
    "thresholdLine": dict,
}
PARAMETERS: dict[str, dict[str, type]] = {
    "histogram": _POINT_SERIES,
    "horizontal_bar": _POINT_SERIES,
    "pie": {
        "type": str,
        "addTooltip": bool,
        "addLegend": bool,
        "legendPosition": str,
        "isDonut": bool,
        "labels": dict,
    },
    "metric": {"type": str, "addTooltip": bool, "addLegend": bool, "metric": dict},
    "table": {
        "perPage": int,
        "showPartialRows": bool,
        "showMetricsAtAllLevels": bool,
        "showTotal": bool,
        "totalFunc": str,
        "percentageCol": str,
    },
    "markdown": {"fontSize": int, "openLinksInNewTab": bool, "markdown": str},
}
SCHEMAS: dict[str, dict[str, tuple[int, int]]] = {
    "histogram": {"metric": (1, 99), "segment": (0, 1), "group": (0, 3), "split": (0, 1), "radius": (0, 1)},
    "horizontal_bar": {"metric": (1, 99), "segment": (0, 1), "group": (0, 3), "split": (0, 1), "radius": (0, 1)},
    "pie": {"metric": (1, 1), "segment": (0, 99), "split": (0, 1)},
    "metric": {"metric": (1, 99), "group": (0, 1)},
    "table": {"metric": (1, 99), "bucket": (0, 99), "split": (0, 1)},
    "markdown": {},
}
"""Chart type -> schema -> fewest and most aggregations."""

METRICS = {"count", "cardinality", "sum"}
_AGGREGATIONS: dict[str, dict[str, type]] = {
    "count": {"customLabel": str},
    "cardinality": {"field": str, "customLabel": str, "json": str},
    "sum": {"field": str, "customLabel": str},
    "date_histogram": {
        "field": str,
        "interval": str,
        "scaleMetricValues": bool,
        "drop_partials": bool,
        "min_doc_count": int,
        "extended_bounds": dict,
    },
    "filters": {"filters": list},
    "terms": {
        "field": str,
        "orderBy": str,
        "order": str,
        "size": int,
        "otherBucket": bool,
        "otherBucketLabel": str,
        "missingBucket": bool,
        "missingBucketLabel": str,
        "json": str,
        "customLabel": str,
    },
}
_OPTIONAL: dict[str, dict[str, type]] = {"terms": {"include": str, "exclude": str}}
_JSON_INPUT = {"terms": {"shard_size"}, "cardinality": {"precision_threshold"}}


def drawing_faults(attributes: Mapping[str, Any], fields: Fields) -> Iterator[str]:
    """What is wrong with a visualization's `visState` and `uiStateJSON`; `fields` of its index pattern."""
    state = json.loads(attributes["visState"])
    if state.keys() != {"title", "type", "aggs", "params"} or state["title"] != attributes["title"]:
        yield f"visState {sorted(state)}"
    kind = state["type"]
    if kind not in PARAMETERS:
        yield f"type {kind}"
        return
    yield from _of_types("params", state["params"], PARAMETERS[kind])
    yield from _schema_faults(kind, state["aggs"])
    for aggregation in state["aggs"]:
        found = _aggregation_faults(aggregation, state["aggs"], fields)
        yield from (f"aggregation {aggregation['id']}: {fault}" for fault in found)
    if kind in ("histogram", "horizontal_bar"):
        yield from _axis_faults(state)
    if kind == "metric" and not state["params"]["metric"]["colorsRange"]:
        yield "colorsRange"
    if kind == "table" and state["params"]["percentageCol"] not in {"", *_labels(state["aggs"])}:
        yield "percentageCol"
    yield from _color_faults(json.loads(attributes["uiStateJSON"]), kind)


def _of_types(where: str, values: Mapping[str, Any], wanted: Mapping[str, type]) -> Iterator[str]:
    if values.keys() != wanted.keys():
        yield f"{where} differ by {sorted(values.keys() ^ wanted.keys())}"
    for name, kind in wanted.items():
        if name in values and type(values[name]) is not kind:
            yield f"{where}: {name} is no {kind.__name__}"


def _labels(aggregations: list[dict[str, Any]]) -> set[str]:
    return {aggregation["params"].get("customLabel", "") for aggregation in aggregations}


def _schema_faults(kind: str, aggregations: list[dict[str, Any]]) -> Iterator[str]:
    ids = Counter(aggregation["id"] for aggregation in aggregations)
    yield from (f"aggregation {id} twice" for id, times in ids.items() if times > 1)
    schemas = Counter(aggregation["schema"] for aggregation in aggregations)
    yield from (f"schema {schema}" for schema in schemas.keys() - SCHEMAS[kind].keys())
    for schema, (fewest, most) in SCHEMAS[kind].items():
        if not fewest <= schemas[schema] <= most:
            yield f"{schemas[schema]} of schema {schema}"
    if kind in ("histogram", "horizontal_bar") and schemas["segment"] != 1:
        yield "no x axis"


def _aggregation_faults(
    aggregation: Mapping[str, Any], everything: list[dict[str, Any]], fields: Fields
) -> Iterator[str]:
    if aggregation.keys() != {"id", "enabled", "schema", "type", "params"} or aggregation["enabled"] is not True:
        yield f"keys {sorted(aggregation)}"
    kind, params = aggregation["type"], aggregation["params"]
    if (kind in METRICS) != (aggregation["schema"] == "metric"):
        yield f"{kind} as {aggregation['schema']}"
    optional = {name: of for name, of in _OPTIONAL.get(kind, {}).items() if name in params}
    yield from _of_types("params", params, _AGGREGATIONS[kind] | optional)
    if "field" in params:
        yield from _field_faults(kind, params, fields)
    if "json" in params and json.loads(params["json"]).keys() != _JSON_INPUT[kind]:
        yield f"json {params['json']}"
    if kind == "terms" and params["orderBy"] not in {other["id"] for other in everything if other["type"] in METRICS}:
        yield f"orderBy {params['orderBy']}"
    if kind == "date_histogram" and params["interval"] != "auto":
        yield "interval"
    for named in params.get("filters", []):
        if named.keys() != {"input", "label"} or not named["label"]:
            yield f"filter {named}"
        if named["input"].keys() != {"query", "language"} or named["input"]["language"] != "lucene":
            yield f"filter {named}"


def _field_faults(kind: str, params: Mapping[str, Any], fields: Fields) -> Iterator[str]:
    field = fields.get(params["field"])
    if field is None or not field["aggregatable"] or "nested" in field.get("subType", {}):
        yield f"field {params['field']}"
        return
    if {"date_histogram": "date", "sum": "number"}.get(kind, field["type"]) != field["type"]:
        yield f"{kind} of {field['type']}"
    # terms.ts sends `missing` for strings only; regular expressions fit nothing else.
    if field["type"] != "string" and (params.get("missingBucket") or "include" in params):
        yield f"missing or include of {field['type']}"


def _axis_faults(state: Mapping[str, Any]) -> Iterator[str]:
    params = state["params"]
    lying = state["type"] == "horizontal_bar"
    (category,) = params["categoryAxes"]
    (value,) = params["valueAxes"]
    common = {"id": str, "type": str, "position": str, "show": bool, "style": dict, "scale": dict, "labels": dict}
    yield from _of_types("category axis", category, common | {"title": dict})
    yield from _of_types("value axis", value, common | {"title": dict, "name": str})
    if (category["position"], value["position"]) != (("left", "bottom") if lying else ("bottom", "left")):
        yield "positions"
    if value["scale"] not in ({"type": "linear", "mode": "normal"}, {"type": "linear", "mode": "percentage"}):
        yield f"scale {value['scale']}"
    for axis in (category, value):
        if axis["labels"].keys() != {"show", "rotate", "filter", "truncate"}:
            yield f"labels {axis['labels']}"
    metrics = {each["id"]: each["params"]["customLabel"] for each in state["aggs"] if each["schema"] == "metric"}
    if {series["data"]["id"]: series["data"]["label"] for series in params["seriesParams"]} != metrics:
        yield "seriesParams"
    for series in params["seriesParams"]:
        if series["valueAxis"] != value["id"] or series["type"] != "histogram":
            yield f"series {series}"
        if series["mode"] not in ("normal", "stacked"):
            yield f"mode {series['mode']}"


def _color_faults(shown: Mapping[str, Any], kind: str) -> Iterator[str]:
    if kind == "markdown":
        if shown != {}:
            yield "uiStateJSON"
        return
    if shown.keys() != {"vis"} or shown["vis"].keys() != {"colors"}:
        yield f"uiStateJSON {shown.keys()}"
        return
    yield from (f"color {color}" for color in shown["vis"]["colors"].values() if not _COLOR.fullmatch(color))
