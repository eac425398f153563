"""The declaration of panels -> saved objects, and these -> the file that an import call takes.

References are explicit, as they have been since 7.0: `indexRefName` in a search source and `panelRefName` in a
dashboard's panels name an entry of the object's `references`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, Literal

from shipper.dashboards.charts import markdown_state, vis_state
from shipper.dashboards.declaration import AnyPanel, Chart, Dashboard, IndexName, Listing, Panels, Text
from shipper.dashboards.index_patterns import Pattern, kibana_pattern, opensearch_pattern
from shipper.dashboards.panels import load_panels
from shipper.dashboards.trace import dashboard_address

Product = Literal["opensearch-dashboards", "kibana"]

PRODUCTS: tuple[Product, ...] = ("opensearch-dashboards", "kibana")

SavedObject = dict[str, Any]

_PREFIX = "utm-shipper"
_MIGRATED = {"visualization": "7.10.0", "dashboard": "7.9.3", "search": "7.9.3", "index-pattern": "7.6.0"}
"""Up to here an object has the form of that version: the last one that OpenSearch Dashboards migrates to. Kibana does
the rest. `coreMigrationVersion` is left out: OpenSearch Dashboards refuses what it does not know."""

_INDICES: tuple[IndexName, ...] = ("messages", "events")
_DASHBOARD_LINK = re.compile(r"\{dashboard:([a-z0-9-]+)\}")


def saved_objects(product: Product, prefix: str = "utm-smtp") -> tuple[SavedObject, ...]:
    """Everything to import into one product, an object after those that it refers to.

    `prefix` begins the names of the indices. Raises PanelsError for a malformed declaration.
    """
    panels = load_panels()
    return (*_patterns(product, prefix, panels), *_visible(panels))


def ndjson(objects: Iterable[SavedObject]) -> bytes:
    """One object a line, keys in order: the same objects always give the same bytes."""
    return b"".join(json.dumps(found, ensure_ascii=False, sort_keys=True).encode() + b"\n" for found in objects)


def dashboard_id(name: str) -> str:
    """The saved object's id of the dashboard that the declaration calls `name`."""
    return f"{_PREFIX}-dashboard-{name}"


def panel_id(name: str) -> str:
    """The saved object's id of the panel that the declaration calls `name`."""
    return f"{_PREFIX}-panel-{name}"


def pattern_id(index: IndexName) -> str:
    """The saved object's id of an index pattern."""
    return f"{_PREFIX}-{index}"


def _patterns(product: Product, prefix: str, panels: Panels) -> Iterator[SavedObject]:
    attributes = opensearch_pattern if product == "opensearch-dashboards" else kibana_pattern
    for index in _INDICES:
        pattern = Pattern(
            title=f"{prefix}-{index}-*",
            name=f"UTM mail: {index}",
            trace_id=dashboard_id(panels.trace_dashboard),
            is_traced=index == "messages",
        )
        yield _object("index-pattern", pattern_id(index), attributes(pattern, panels))


def _visible(panels: Panels) -> Iterator[SavedObject]:
    for panel in panels.panels:
        yield _panel(panel, panels)
    for dashboard in panels.dashboards:
        yield _dashboard(dashboard, panels)


def _object(kind: str, id: str, attributes: dict[str, Any], references: Iterable[dict[str, str]] = ()) -> SavedObject:
    return {
        "type": kind,
        "id": id,
        "attributes": attributes,
        "references": list(references),
        "migrationVersion": {kind: _MIGRATED[kind]},
    }


def _panel(panel: AnyPanel, panels: Panels) -> SavedObject:
    if isinstance(panel, Text):
        return _object("visualization", panel_id(panel.id), _text(panel))
    references = [{"name": _INDEX_REFERENCE, "type": "index-pattern", "id": pattern_id(panel.index)}]
    if isinstance(panel, Listing):
        return _object("search", panel_id(panel.id), _listing(panel), references)
    return _object("visualization", panel_id(panel.id), _chart(panel, panels), references)


_INDEX_REFERENCE = "kibanaSavedObjectMeta.searchSourceJSON.index"


def _text(panel: Text) -> dict[str, Any]:
    text = _DASHBOARD_LINK.sub(lambda match: "#" + dashboard_address(dashboard_id(match[1])), panel.text)
    source = {"query": _query("", "lucene"), "filter": []}
    return _visualization(panel.title, "", markdown_state(panel.title, text), source)


def _chart(panel: Chart, panels: Panels) -> dict[str, Any]:
    source = {"query": _query(panel.query, "lucene"), "filter": [], "indexRefName": _INDEX_REFERENCE}
    colors = {"vis": {"colors": panels.colors}}
    return _visualization(panel.title, panel.question, vis_state(panel), source, colors)


def _visualization(
    title: str, description: str, state: dict[str, Any], source: dict[str, Any], shown: dict[str, Any] | None = None
) -> dict[str, Any]:
    return {
        "title": title,
        "description": description,
        "version": 1,
        "visState": _text_of(state),
        "uiStateJSON": _text_of(shown or {}),
        "kibanaSavedObjectMeta": {"searchSourceJSON": _text_of(source)},
    }


def _listing(panel: Listing) -> dict[str, Any]:
    source = {
        "query": _query(panel.query, "lucene"),
        "filter": [],
        "highlightAll": True,
        "version": True,
        "indexRefName": _INDEX_REFERENCE,
    }
    return {
        "title": panel.title,
        "description": panel.question,
        "hits": 0,
        "columns": list(panel.columns),
        "sort": [list(order) for order in panel.sort],
        "version": 1,
        "kibanaSavedObjectMeta": {"searchSourceJSON": _text_of(source)},
    }


def _dashboard(dashboard: Dashboard, panels: Panels) -> SavedObject:
    shown, references = [], []
    for number, (name, grid) in enumerate(_grid(dashboard)):
        panel = panels.panel(name)
        reference = f"panel_{number}"
        key = str(number + 1)
        shown.append(
            {
                "version": _MIGRATED["dashboard"],
                "panelIndex": key,
                "gridData": grid | {"i": key},
                "embeddableConfig": _embedded(panel),
                "panelRefName": reference,
            }
        )
        kind = "search" if isinstance(panel, Listing) else "visualization"
        references.append({"name": reference, "type": kind, "id": panel_id(name)})
    return _object("dashboard", dashboard_id(dashboard.id), _dashboard_attributes(dashboard, shown, panels), references)


def _grid(dashboard: Dashboard) -> Iterator[tuple[str, dict[str, int]]]:
    top = 0
    for row in dashboard.rows:
        left = 0
        for place in row.panels:
            yield place.panel, {"x": left, "y": top, "w": place.width, "h": row.height}
            left += place.width
        top += row.height


def _embedded(panel: AnyPanel) -> dict[str, Any]:
    """What a dashboard says of a panel: only here does OpenSearch Dashboards look for a list's order."""
    if isinstance(panel, Text):
        return {"hidePanelTitles": True}
    return {"sort": [list(order) for order in panel.sort]} if isinstance(panel, Listing) else {}


def _dashboard_attributes(dashboard: Dashboard, shown: list[dict[str, Any]], panels: Panels) -> dict[str, Any]:
    return {
        "title": dashboard.title,
        "description": dashboard.about,
        "hits": 0,
        "version": 1,
        "panelsJSON": _text_of(shown),
        "optionsJSON": _text_of({"hidePanelTitles": False, "useMargins": True}),
        "timeRestore": True,
        "timeFrom": panels.period.start,
        "timeTo": panels.period.end,
        "refreshInterval": {"pause": True, "value": 0},
        "kibanaSavedObjectMeta": {"searchSourceJSON": _text_of({"query": _query("", "kuery"), "filter": []})},
    }


def _query(query: str, language: str) -> dict[str, str]:
    return {"query": query, "language": language}


def _text_of(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
