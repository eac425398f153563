"""A few saved objects of every type that we make, with links from one to another."""

from __future__ import annotations

import json
from typing import Any

from tests.cluster.dashboards.behaviour import SavedObject

_PATTERN = "utm-pattern"
_INDEX = "kibanaSavedObjectMeta.searchSourceJSON.index"


def samples() -> tuple[SavedObject, ...]:
    """An index pattern, a pie, a table, bars, a text, a list and a dashboard of all of them. Anew for each caller."""
    panels = [
        chart("utm-pie", "Results", {"type": "pie", "addLegend": True, "isDonut": True}),
        chart("utm-table", "Top", {"type": "table", "perPage": 10, "showToolbar": False}),
        chart("utm-bars", "Volume", _bars()),
        _text("utm-text", "Guide", "Go [to the lines](#/view/utm-board?_g=())"),
        _list("utm-list", "Lines"),
    ]
    return (_pattern(), *panels, _dashboard("utm-board", "Board", panels))


def chart(id: str, title: str, params: dict[str, Any]) -> SavedObject:
    aggregation = {"id": "1", "type": "count", "schema": "metric", "params": {}}
    kind = "histogram" if "valueAxes" in params else params["type"]
    state = {"title": title, "type": kind, "aggs": [aggregation], "params": params}
    source = {"query": {"query": "", "language": "lucene"}, "filter": [], "indexRefName": _INDEX}
    references = [{"name": _INDEX, "type": "index-pattern", "id": _PATTERN}]
    return _visualization(id, title, state, source, references)


def _bars() -> dict[str, Any]:
    axis = {"id": "Axis-1", "labels": {"show": True}}
    series = {"type": "histogram", "data": {"id": "1"}}
    return {"type": "histogram", "categoryAxes": [axis], "valueAxes": [axis], "seriesParams": [series]}


def _text(id: str, title: str, markdown: str) -> SavedObject:
    state = {"title": title, "type": "markdown", "aggs": [], "params": {"markdown": markdown, "fontSize": 12}}
    return _visualization(id, title, state, {}, [])


def _visualization(
    id: str, title: str, state: dict[str, Any], source: dict[str, Any], references: list[dict[str, str]]
) -> SavedObject:
    attributes = {
        "title": title,
        "visState": json.dumps(state),
        "uiStateJSON": "{}",
        "kibanaSavedObjectMeta": {"searchSourceJSON": json.dumps(source)},
    }
    return _object("visualization", id, attributes, references, "7.10.0")


def _list(id: str, title: str) -> SavedObject:
    source = json.dumps({"query": {"query": "", "language": "lucene"}, "filter": [], "indexRefName": _INDEX})
    attributes = {
        "title": title,
        "columns": ["email.subject"],
        "sort": [["@timestamp", "desc"]],
        "kibanaSavedObjectMeta": {"searchSourceJSON": source},
    }
    return _object("search", id, attributes, [{"name": _INDEX, "type": "index-pattern", "id": _PATTERN}], "7.9.3")


def _pattern() -> SavedObject:
    fields = [
        {"name": "email.subject", "type": "string", "count": 0, "scripted": False},
        {"name": "trace", "type": "string", "count": 0, "scripted": True, "script": "emit('x')"},
    ]
    template = "../app/dashboards#/view/utm-board?_a=(query:'{{value}}')"
    formats = {"trace": {"id": "url", "params": {"urlTemplate": template}}}
    attributes = {
        "title": "utm-smtp-messages-*",
        "timeFieldName": "@timestamp",
        "fields": json.dumps(fields),
        "fieldFormatMap": json.dumps(formats),
    }
    return _object("index-pattern", _PATTERN, attributes, [], "7.6.0")


def _dashboard(id: str, title: str, panels: list[SavedObject]) -> SavedObject:
    shown, references = [], []
    for number, panel in enumerate(panels):
        # From 10 down: JavaScript puts such keys in the order of their numbers.
        key = str(10 - number)
        grid = {"x": 0, "y": 10 * number, "w": 48, "h": 10, "i": key}
        shown.append(
            {
                "version": "7.9.3",
                "panelIndex": key,
                "gridData": grid,
                "embeddableConfig": {},
                "panelRefName": f"panel_{number}",
            }
        )
        references.append({"name": f"panel_{number}", "type": panel["type"], "id": panel["id"]})
    attributes = {
        "title": title,
        "panelsJSON": json.dumps(shown),
        "optionsJSON": '{"useMargins":true}',
        "timeRestore": True,
        "timeFrom": "now-15y",
        "timeTo": "now",
        "refreshInterval": {"pause": True, "value": 0},
        "kibanaSavedObjectMeta": {"searchSourceJSON": "{}"},
    }
    return _object("dashboard", id, attributes, references, "7.9.3")


def _object(
    kind: str, id: str, attributes: dict[str, Any], references: list[dict[str, str]], version: str
) -> SavedObject:
    return {
        "type": kind,
        "id": id,
        "attributes": attributes,
        "references": references,
        "migrationVersion": {kind: version},
    }
