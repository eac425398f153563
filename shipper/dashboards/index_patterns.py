"""The index patterns: every field of the templates as a server describes it, and how its values are shown.

Field descriptions have the form that OpenSearch Dashboards makes of a server's answer:
src/plugins/data/server/index_patterns/fetcher/lib/field_capabilities/. What Kibana reads stands in
src/plugins/data_views/common/data_views/data_views.ts.
"""

from __future__ import annotations

import json
from typing import Any

import msgspec

from shipper.dashboards.declaration import Bytes, Duration, Format, Panels, TraceLink, Words
from shipper.dashboards.fields import Field, template_fields
from shipper.dashboards.trace import TRACE_FIELD, trace_script, trace_url

_SHOWN_TYPES = {
    "keyword": "string",
    "wildcard": "string",
    "text": "string",
    "match_only_text": "string",
    "long": "number",
    "float": "number",
    "date": "date",
    "boolean": "boolean",
    "ip": "ip",
}
_META_FIELDS: tuple[dict[str, Any], ...] = (
    {"name": "_id", "type": "string", "esTypes": ["_id"], "searchable": True, "aggregatable": True},
    {"name": "_index", "type": "string", "esTypes": ["_index"], "searchable": True, "aggregatable": True},
    {"name": "_score", "type": "number", "searchable": False, "aggregatable": False},
    {"name": "_source", "type": "_source", "esTypes": ["_source"], "searchable": False, "aggregatable": False},
    {"name": "_type", "type": "string", "searchable": False, "aggregatable": False},
)


class Pattern(msgspec.Struct, frozen=True):
    """One index pattern: `title` names the indices, `trace_id` is the trace dashboard's saved object.

    `is_traced` adds the computed field that leads to a message's lines.
    """

    title: str
    name: str
    trace_id: str
    is_traced: bool


def opensearch_pattern(pattern: Pattern, panels: Panels) -> dict[str, Any]:
    """Attributes for OpenSearch Dashboards: with every field, so that it need not ask before the first index exists."""
    fields = [_described(field) for field in template_fields().values()]
    fields += [_META_DEFAULTS | field for field in _META_FIELDS]
    return _attributes(pattern, panels, fields + _computed(pattern))


def kibana_pattern(pattern: Pattern, panels: Panels) -> dict[str, Any]:
    """Attributes for Kibana 8, which asks its server for the fields each time, and only keeps what is computed."""
    return _attributes(pattern, panels, _computed(pattern)) | {"name": pattern.name, "allowNoIndex": True}


def _attributes(pattern: Pattern, panels: Panels, fields: list[dict[str, Any]]) -> dict[str, Any]:
    formats = {
        name: _format(format, panels, pattern.trace_id)
        for name, format in panels.formats.items()
        if pattern.is_traced or name != TRACE_FIELD
    }
    return {
        "title": pattern.title,
        "timeFieldName": "@timestamp",
        "fields": _compact(sorted(fields, key=lambda field: field["name"])),
        "fieldFormatMap": _compact(formats),
    }


def _computed(pattern: Pattern) -> list[dict[str, Any]]:
    return [_TRACE | {"script": trace_script()}] if pattern.is_traced else []


_META_DEFAULTS: dict[str, Any] = {"count": 0, "scripted": False, "readFromDocValues": False}
_TRACE: dict[str, Any] = {
    "name": TRACE_FIELD,
    "type": "string",
    "count": 0,
    "scripted": True,
    "lang": "painless",
    "searchable": True,
    "aggregatable": True,
    "readFromDocValues": False,
}


def _described(field: Field) -> dict[str, Any]:
    described: dict[str, Any] = {
        "name": field.name,
        "type": _SHOWN_TYPES[field.type],
        "esTypes": [field.type],
        "count": 0,
        "scripted": False,
        "searchable": field.searchable,
        "aggregatable": field.aggregatable,
        "readFromDocValues": field.aggregatable,
    }
    kinds: dict[str, Any] = {}
    if field.multi_of:
        kinds["multi"] = {"parent": field.multi_of}
    if field.nested:
        kinds["nested"] = {"path": field.nested}
    return described | {"subType": kinds} if kinds else described


def _format(format: Format, panels: Panels, trace_id: str) -> dict[str, Any]:
    if isinstance(format, Words):
        entries = [{"key": key, "value": value} for key, value in format.words.items()]
        return {"id": "static_lookup", "params": {"lookupEntries": entries, "unknownKeyValue": None}}
    if isinstance(format, Bytes):
        return {"id": "bytes", "params": {"pattern": "0,0.[0] b"}}
    if isinstance(format, Duration):
        params = {"inputFormat": format.unit, "outputFormat": "asSeconds", "outputPrecision": 0, "showSuffix": True}
        return {"id": "duration", "params": params}
    assert isinstance(format, TraceLink)
    url = trace_url(trace_id, panels.period, format.query)
    label = format.label.replace("{value}", "{{value}}")
    return {
        "id": "url",
        "params": {"type": "a", "urlTemplate": url, "labelTemplate": label, "openLinkInCurrentTab": True},
    }


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
