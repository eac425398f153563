"""What Kibana 8 makes of objects that state 7.9 and 7.10 (src/plugins/visualizations/server/migrations/
visualization_saved_object_migrations.ts, src/plugins/dashboard/server/dashboard_saved_object/migrations/)."""

from __future__ import annotations

import copy
import json
from typing import Any

from tests.cluster.dashboards.behaviour import SavedObject

_PALETTE = {"palette": {"type": "palette", "name": "kibana_palette"}}


def migrated(found: SavedObject) -> SavedObject:
    """The object as Kibana 8 stores it. Raises KeyError where the migration itself would fail."""
    stored = copy.deepcopy(found)
    match stored["type"]:
        case "visualization":
            # Read without a check by getVisualizationSearchSourceMigrations.
            json.loads(stored["attributes"]["kibanaSavedObjectMeta"]["searchSourceJSON"])
            state = json.loads(stored["attributes"]["visState"])
            stored["attributes"]["visState"] = json.dumps(_chart(state))
        case "dashboard":
            _dashboard(stored)
        case "search":
            stored["attributes"] = {"grid": {}, "hideChart": False, "isTextBasedQuery": False} | stored["attributes"]
    stored.pop("migrationVersion", None)
    return stored | {"coreMigrationVersion": "8.8.0", "typeMigrationVersion": "8.5.0", "managed": False}


def _chart(state: dict[str, Any]) -> dict[str, Any]:
    params = state["params"]
    if state["type"] == "table":
        params = params | {"showToolbar": True}
    if params.get("type") in ("area", "line", "histogram"):
        params = _PALETTE | params
        params |= {"isVislibVis": True, "detailedTooltip": True}
        is_horizontal = state["type"] == "horizontal_bar"
        for axes, falls_back in (("categoryAxes", not is_horizontal), ("valueAxes", is_horizontal)):
            params[axes] = [axis | {"labels": {"filter": falls_back} | axis["labels"]} for axis in params[axes]]
        params["seriesParams"] = [{"circlesRadius": 1} | series for series in params["seriesParams"]]
    if state["type"] == "pie":
        params = _PALETTE | params | {"distinctColors": True, "legendDisplay": "show"}
        del params["addLegend"]
    return state | {"params": params}


def _dashboard(stored: SavedObject) -> None:
    """7.11: references of panels are rebuilt, and the panels with them, in the order of a JavaScript object's keys."""
    panels = json.loads(stored["attributes"]["panelsJSON"])
    named = {reference["name"]: reference for reference in stored["references"]}
    others = [reference for name, reference in named.items() if not name.startswith("panel_")]
    rebuilt, references = [], []
    for panel in sorted(panels, key=lambda panel: int(panel["panelIndex"])):
        reference = named[panel["panelRefName"]]
        name = f"panel_{panel['panelIndex']}"
        rebuilt.append(panel | {"panelRefName": name, "type": reference["type"]})
        references.append(reference | {"name": f"{panel['panelIndex']}:{name}"})
    stored["attributes"]["panelsJSON"] = json.dumps(rebuilt)
    stored["references"] = [*others, *references]
