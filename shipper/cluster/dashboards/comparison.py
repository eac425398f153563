"""Whether a stored object is what was posted, allowing for what servers change on their own.

Servers add: defaults, and on import everything that their migrations bring. So what was posted must be there, and more
may be. What they change or take away is listed here, with the source of it in Kibana 8 (OpenSearch Dashboards has no
migrations after the versions that our objects state).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec

from shipper.cluster.dashboards.read_back import SavedObject

# src/plugins/visualizations/server/migrations/visualization_saved_object_migrations.ts, 7.11 to 8.1
_PARAMETERS_CHANGED = {
    "addLegend",
    "detailedTooltip",
    "distinctColors",
    "fittingFunction",
    "isVislibVis",
    "palette",
    "showToolbar",
}
# src/plugins/dashboard/server/dashboard_saved_object/migrations/migrate_extract_panel_references.ts, 7.11
_OF_PANELS_CHANGED = {"version", "panelRefName", "type"}
# Counted and looked up again when a person opens or refreshes an index pattern.
_OF_FIELDS_CHANGED = {"count", "esTypes", "subType"}
_LONGEST = 80


def differences(expected: SavedObject, stored: SavedObject) -> tuple[str, ...]:
    """One line for each value that was posted and is missing or different: its path, what was expected and found."""
    kind = expected["type"]
    attributes = _attributes(kind, expected["attributes"]), _attributes(kind, stored.get("attributes") or {})
    return (*_compare("attributes", *attributes), *_compare_references(expected, stored))


def _compare_references(expected: SavedObject, stored: SavedObject) -> Iterator[str]:
    """Names of references are the server's affair: it renames those of panels, and the attributes with them."""
    there = {(reference.get("type"), reference.get("id")) for reference in stored.get("references") or ()}
    for reference in expected.get("references", ()):
        if (reference["type"], reference["id"]) not in there:
            yield f"references: {reference['type']} {reference['id']} is missing"


def _compare(path: str, expected: Any, found: Any) -> Iterator[str]:
    if isinstance(expected, dict) and isinstance(found, dict):
        for key, value in expected.items():
            yield from _compare(f"{path}.{key}", value, found.get(key))
    elif isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        for number, (one, other) in enumerate(zip(expected, found, strict=True)):
            yield from _compare(f"{path}[{number}]", one, other)
    elif expected != found:
        yield f"{path}: expected {_shown(expected)}, found {_shown(found)}"


def _attributes(kind: str, attributes: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes with JSON in texts as values, without what servers change."""
    return {name: _attribute(kind, name, value) for name, value in attributes.items()}


def _attribute(kind: str, name: str, value: Any) -> Any:
    if isinstance(value, dict):
        return _attributes(kind, value)
    if not isinstance(value, str) or value[:1] not in ("{", "["):
        return value
    try:
        parsed = msgspec.json.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return value
    return _STEADY.get((kind, name), lambda whole: whole)(parsed)


def _steady_state(state: Any) -> Any:
    if not isinstance(state, dict) or not isinstance(state.get("params"), dict):
        return state
    return state | {"params": _without(state["params"], _PARAMETERS_CHANGED)}


def _steady_panels(panels: Any) -> Any:
    """By their keys: the order in the list says nothing, the place on the grid does."""
    return {str(panel.get("panelIndex")): _without(panel, _OF_PANELS_CHANGED) for panel in panels}


def _steady_fields(fields: Any) -> Any:
    """Those that are computed; Kibana keeps no others (src/plugins/data_views/common/data_views/data_views.ts)."""
    return {field.get("name"): _without(field, _OF_FIELDS_CHANGED) for field in fields if field.get("scripted")}


_STEADY: Mapping[tuple[str, str], Callable[[Any], Any]] = {
    ("visualization", "visState"): _steady_state,
    ("dashboard", "panelsJSON"): _steady_panels,
    ("index-pattern", "fields"): _steady_fields,
}


def _without(value: dict[str, Any], names: set[str]) -> dict[str, Any]:
    return {name: inner for name, inner in value.items() if name not in names}


def _shown(value: Any) -> str:
    if value is None:
        return "nothing"
    shown = msgspec.json.encode(value).decode()
    return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}..."
