"""What OpenSearch Dashboards and Kibana take of a saved object, written from their sources and not from the generator.

Sources, of OpenSearch Dashboards unless named:

* attributes: mappings (`dynamic: strict`) in src/plugins/visualizations/server/saved_objects/visualization.ts,
  src/plugins/dashboard/server/saved_objects/dashboard.ts and src/plugins/discover/server/saved_objects/search.ts;
  Kibana 8: the closed schemas in src/plugins/dashboard/server/dashboard_saved_object/schema/v1/v1.ts and
  src/plugins/saved_search/server/saved_objects/schema.ts
* versions: the last key of each migrations file beside these mappings; a later one is refused
* index patterns: src/plugins/data/common/index_patterns/index_patterns/index_patterns.ts (`isFieldRefreshRequired`,
  `savedObjectToSpec`); Kibana 8: src/plugins/data_views/common/data_views/data_views.ts
* formats: src/plugins/data/common/field_formats/converters/*.ts
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

SavedObject = dict[str, Any]

VERSIONS = {"visualization": "7.10.0", "dashboard": "7.9.3", "search": "7.9.3", "index-pattern": "7.6.0"}
INDEX_REFERENCE = "kibanaSavedObjectMeta.searchSourceJSON.index"

_META = {"kibanaSavedObjectMeta": dict}
ATTRIBUTES: dict[str, dict[str, type]] = {
    "visualization": {
        "title": str,
        "description": str,
        "version": int,
        "visState": str,
        "uiStateJSON": str,
        **_META,
    },
    "search": {
        "title": str,
        "description": str,
        "version": int,
        "hits": int,
        "columns": list,
        "sort": list,
        **_META,
    },
    "dashboard": {
        "title": str,
        "description": str,
        "version": int,
        "hits": int,
        "panelsJSON": str,
        "optionsJSON": str,
        "timeRestore": bool,
        "timeFrom": str,
        "timeTo": str,
        "refreshInterval": dict,
        **_META,
    },
    "index-pattern": {"title": str, "timeFieldName": str, "fields": str, "fieldFormatMap": str},
}
ONLY_KIBANA: dict[str, dict[str, type]] = {"index-pattern": {"name": str, "allowNoIndex": bool}}

SHOWN_TYPES = {
    "string": {"keyword", "wildcard", "text", "match_only_text", "_id", "_index", None},
    "number": {"long", "float", None},
    "date": {"date"},
    "boolean": {"boolean"},
    "ip": {"ip"},
    "_source": {"_source"},
}
"""osd_field_types_factory.ts; types that it does not know yet are strings for us."""

FORMATS: dict[str, tuple[set[str], set[str]]] = {
    "url": (
        {"string", "number", "boolean", "date", "ip"},
        {"type", "urlTemplate", "labelTemplate", "openLinkInCurrentTab"},
    ),
    "bytes": ({"number"}, {"pattern"}),
    "duration": ({"number"}, {"inputFormat", "outputFormat", "outputPrecision", "showSuffix"}),
    "static_lookup": ({"string", "number", "boolean", "ip"}, {"lookupEntries", "unknownKeyValue"}),
}
"""Format -> the types of fields that it takes, and its parameters."""


def faults(found: SavedObject, product: str) -> Iterator[str]:
    """What is wrong with one object by itself."""
    if set(found) != {"type", "id", "attributes", "references", "migrationVersion"}:
        yield f"keys {sorted(found)}"
    kind = found["type"]
    if kind not in VERSIONS:
        yield f"type {kind}"
        return
    if found["migrationVersion"] != {kind: VERSIONS[kind]}:
        yield f"migrationVersion {found['migrationVersion']}"
    # Importing into a data source takes an id apart at `_` (import/check_conflict_for_data_source.ts).
    if not re.fullmatch(r"utm-shipper-[a-z0-9-]+", found["id"]):
        yield f"id {found['id']}"
    yield from _attribute_faults(found, product)
    yield from _reference_faults(found)
    if kind == "index-pattern":
        yield from pattern_faults(found["attributes"], product)
    else:
        yield from _source_faults(found)


def _attribute_faults(found: SavedObject, product: str) -> Iterator[str]:
    wanted = dict(ATTRIBUTES[found["type"]])
    if product == "kibana":
        wanted |= ONLY_KIBANA.get(found["type"], {})
    attributes = found["attributes"]
    if attributes.keys() != wanted.keys():
        yield f"attributes differ by {sorted(attributes.keys() ^ wanted.keys())}"
    for name, kind in wanted.items():
        if name in attributes and type(attributes[name]) is not kind:
            yield f"attribute {name} is no {kind.__name__}"
    for name, value in attributes.items():
        if name.endswith("JSON") or name in ("visState", "fields", "fieldFormatMap"):
            json.loads(value)
    if found["type"] == "search":
        yield from _search_faults(attributes)


def _search_faults(attributes: dict[str, Any]) -> Iterator[str]:
    if not all(isinstance(column, str) for column in attributes["columns"]) or not attributes["columns"]:
        yield "columns"
    for order in attributes["sort"]:
        if not isinstance(order, list) or len(order) != 2 or order[1] not in ("asc", "desc"):
            yield f"sort {order}"


def _source_faults(found: SavedObject) -> Iterator[str]:
    meta = found["attributes"]["kibanaSavedObjectMeta"]
    if meta.keys() != {"searchSourceJSON"}:
        yield "kibanaSavedObjectMeta"
        return
    source = json.loads(meta["searchSourceJSON"])
    if not source.keys() <= {"query", "filter", "indexRefName", "highlightAll", "version"}:
        yield f"search source {sorted(source)}"
    query = source.get("query")
    if not isinstance(query, dict) or query.keys() != {"query", "language"} or not isinstance(query["query"], str):
        yield "query"
    elif query["language"] != ("kuery" if found["type"] == "dashboard" else "lucene"):
        yield f"language {query['language']}"
    if source.get("filter") != []:
        yield "filter"
    has_index = found["type"] == "search" or (
        found["type"] == "visualization" and json.loads(found["attributes"]["visState"])["type"] != "markdown"
    )
    if source.get("indexRefName") != (INDEX_REFERENCE if has_index else None):
        yield "indexRefName"


def _reference_faults(found: SavedObject) -> Iterator[str]:
    references = found["references"]
    for reference in references:
        if reference.keys() != {"name", "type", "id"}:
            yield f"reference {reference}"
    names = Counter(reference["name"] for reference in references)
    yield from (f"two references {name}" for name, times in names.items() if times > 1)
    used = set(re.findall(r'"(?:indexRefName|panelRefName)":\s?"([^"]+)"', _strings(found)))
    if used != names.keys():
        yield f"references and their names differ by {sorted(used ^ names.keys())}"


def _strings(found: SavedObject) -> str:
    attributes = found["attributes"]
    texts = [attributes.get("panelsJSON", ""), attributes.get("kibanaSavedObjectMeta", {}).get("searchSourceJSON", "")]
    return "\n".join(texts)


def pattern_faults(attributes: dict[str, Any], product: str) -> Iterator[str]:
    fields = json.loads(attributes["fields"])
    names = Counter(field["name"] for field in fields)
    yield from (f"field {name} twice" for name, times in names.items() if times > 1)
    for field in fields:
        yield from (f"field {field['name']}: {fault}" for fault in _field_faults(field))
    if product == "kibana":
        yield from (f"field {field['name']} is asked anyway" for field in fields if not field["scripted"])
        return
    types = {field["name"]: field["type"] for field in fields}
    if types.get(attributes["timeFieldName"]) != "date":
        yield "timeFieldName"
    for name, format in json.loads(attributes["fieldFormatMap"]).items():
        takes, parameters = FORMATS[format["id"]]
        if types.get(name) not in takes:
            yield f"format {format['id']} of {name}: {types.get(name)}"
        if format.keys() != {"id", "params"} or format["params"].keys() != parameters:
            yield f"format of {name}: {format}"


def _field_faults(field: dict[str, Any]) -> Iterator[str]:
    if field["type"] not in SHOWN_TYPES:
        yield f"type {field['type']}"
        return
    for flag in ("scripted", "searchable", "aggregatable", "readFromDocValues"):
        if type(field.get(flag)) is not bool:
            yield flag
    if type(field.get("count")) is not int:
        yield "count"
    if field["scripted"]:
        if field["lang"] != "painless" or not field["script"].strip():
            yield "script"
        return
    for kind in field.get("esTypes", [None]):
        if kind not in SHOWN_TYPES[field["type"]]:
            yield f"{kind} as {field['type']}"
    if field["readFromDocValues"] and not field["aggregatable"]:
        yield "readFromDocValues"
    for kind, about in field.get("subType", {}).items():
        if about.keys() != {{"multi": "parent", "nested": "path"}[kind]}:
            yield f"subType {kind}"


def unresolved(objects: Sequence[SavedObject]) -> Iterator[str]:
    """References that lead out of the file, and objects that stand in it twice."""
    there = Counter((found["type"], found["id"]) for found in objects)
    yield from (f"{key} twice" for key, times in there.items() if times > 1)
    for found in objects:
        for reference in found["references"]:
            if (reference["type"], reference["id"]) not in there:
                yield f"{found['id']}: {reference['id']}"
