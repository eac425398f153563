"""What saved objects say that an import reads: charts, lists and dashboards, taken apart from their JSON.

The generator is asked for the objects and nothing else: what they mean is read here as the servers read them, from
`visState`, `searchSourceJSON`, `panelsJSON`, the index pattern and the references.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

SavedObject = dict[str, Any]
Aggregation = dict[str, Any]

METRICS = frozenset({"count", "cardinality", "sum"})


@dataclass(frozen=True)
class Pattern:
    """An index pattern: `title` names the indices, `fields` are described by name, `words` replace a field's values."""

    id: str
    title: str
    time_field: str
    fields: Mapping[str, Mapping[str, Any]]
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Chart:
    """A visualization that counts; `buckets` from the outermost on."""

    id: str
    title: str
    kind: str
    pattern: Pattern
    query: str
    metrics: tuple[Aggregation, ...]
    buckets: tuple[Aggregation, ...]


@dataclass(frozen=True)
class Listing:
    """A saved search; `sort` as the dashboard gives it."""

    id: str
    title: str
    pattern: Pattern
    query: str
    columns: tuple[str, ...]
    sort: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Dashboard:
    """`listing` is the list that its slices narrow, None where there is none."""

    id: str
    time: tuple[str, str]
    charts: tuple[Chart, ...]
    lists: tuple[Listing, ...]
    texts: tuple[str, ...]

    def list_of(self, pattern: Pattern) -> Listing | None:
        """The list that shows documents of this index pattern."""
        return next((listing for listing in self.lists if listing.pattern.id == pattern.id), None)


def dashboards_of(objects: tuple[SavedObject, ...]) -> tuple[Dashboard, ...]:
    """Each dashboard with everything that stands on it."""
    by_key = {(found["type"], found["id"]): found for found in objects}
    return tuple(_dashboard(found, by_key) for found in objects if found["type"] == "dashboard")


def _dashboard(found: SavedObject, by_key: Mapping[tuple[str, str], SavedObject]) -> Dashboard:
    attributes = found["attributes"]
    _refuse_queries(attributes, {"query": "", "language": "kuery"})
    shown = {reference["name"]: by_key[reference["type"], reference["id"]] for reference in found["references"]}
    panels = [(panel, shown[panel["panelRefName"]]) for panel in json.loads(attributes["panelsJSON"])]
    drawn = [_chart(panel, by_key) for _, panel in panels if panel["type"] == "visualization" and panel["references"]]
    return Dashboard(
        id=found["id"],
        time=(attributes["timeFrom"], attributes["timeTo"]),
        charts=tuple(drawn),
        lists=tuple(_listing(panel, place, by_key) for place, panel in panels if panel["type"] == "search"),
        texts=tuple(json.loads(p["attributes"]["visState"])["params"]["markdown"] for _, p in panels if _is_text(p)),
    )


def _is_text(found: SavedObject) -> bool:
    return found["type"] == "visualization" and not found["references"]


def _refuse_queries(attributes: Mapping[str, Any], wanted: Mapping[str, str]) -> None:
    source = json.loads(attributes["kibanaSavedObjectMeta"]["searchSourceJSON"])
    if source["query"] != wanted or source["filter"]:
        raise ValueError(f"{attributes['title']}: no test knows this query or filter of a dashboard: {source}")


def _source(found: SavedObject, by_key: Mapping[tuple[str, str], SavedObject]) -> tuple[Pattern, str]:
    source = json.loads(found["attributes"]["kibanaSavedObjectMeta"]["searchSourceJSON"])
    names = {reference["name"]: (reference["type"], reference["id"]) for reference in found["references"]}
    if source["query"]["language"] != "lucene" or source["filter"]:
        raise ValueError(f"{found['id']}: no test knows this query or filter: {source}")
    return _pattern(by_key[names[source["indexRefName"]]]), source["query"]["query"]


def _pattern(found: SavedObject) -> Pattern:
    attributes = found["attributes"]
    fields = {field["name"]: field for field in json.loads(attributes["fields"])}
    words = {
        name: {entry["key"]: entry["value"] for entry in format["params"]["lookupEntries"]}
        for name, format in json.loads(attributes["fieldFormatMap"]).items()
        if format["id"] == "static_lookup"
    }
    return Pattern(found["id"], attributes["title"], attributes["timeFieldName"], fields, words)


def _chart(found: SavedObject, by_key: Mapping[tuple[str, str], SavedObject]) -> Chart:
    state = json.loads(found["attributes"]["visState"])
    enabled = [aggregation for aggregation in state["aggs"] if aggregation["enabled"]]
    pattern, query = _source(found, by_key)
    return Chart(
        id=found["id"],
        title=found["attributes"]["title"],
        kind=state["type"],
        pattern=pattern,
        query=query,
        metrics=tuple(aggregation for aggregation in enabled if aggregation["type"] in METRICS),
        buckets=tuple(aggregation for aggregation in enabled if aggregation["type"] not in METRICS),
    )


def _listing(found: SavedObject, place: Mapping[str, Any], by_key: Mapping[tuple[str, str], SavedObject]) -> Listing:
    pattern, query = _source(found, by_key)
    columns = found["attributes"]["columns"]
    order = place["embeddableConfig"]["sort"]
    return Listing(
        found["id"],
        found["attributes"]["title"],
        pattern,
        query,
        tuple(columns),
        tuple((name, direction) for name, direction in order),
    )
