"""How panels stand on a dashboard: src/plugins/dashboard/public/application/embeddable/grid/ and
src/plugins/dashboard/server/saved_objects/{dashboard_migrations,migrations_730}.ts of OpenSearch Dashboards.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

COLUMNS = 48
COLUMN = (1440 - 2 * 8) / COLUMNS
"""Pixels of a column on a screen 1440 pixels wide (dashboard_constants.ts)."""

LETTER = 8
"""Pixels of a letter in a panel's title: 14 px bold, generously."""


def placing_faults(attributes: Mapping[str, Any], titles: Mapping[str, str]) -> Iterator[str]:
    """What is wrong with a dashboard's panels and options; `titles` of the panels by reference name."""
    if json.loads(attributes["optionsJSON"]) != {"hidePanelTitles": False, "useMargins": True}:
        yield "optionsJSON"
    if attributes["refreshInterval"] != {"pause": True, "value": 0} or attributes["timeRestore"] is not True:
        yield "time"
    panels = json.loads(attributes["panelsJSON"])
    cells: set[tuple[int, int]] = set()
    for number, panel in enumerate(panels):
        yield from (f"panel {number}: {fault}" for fault in _panel_faults(panel, number, titles))
        place = panel["gridData"]
        covered = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        if covered & cells:
            yield f"panel {number} overlaps"
        cells |= covered
    if cells and len(cells) != COLUMNS * (1 + max(y for _, y in cells)):
        yield "holes"


def _panel_faults(panel: Mapping[str, Any], number: int, titles: Mapping[str, str]) -> Iterator[str]:
    if panel.keys() != {"version", "panelIndex", "gridData", "embeddableConfig", "panelRefName"}:
        yield f"keys {sorted(panel)}"
        return
    place = panel["gridData"]
    if place.keys() != {"x", "y", "w", "h", "i"} or place["i"] != panel["panelIndex"]:
        yield "gridData"
    if place["x"] < 0 or place["y"] < 0 or place["w"] < 1 or place["h"] < 1 or place["x"] + place["w"] > COLUMNS:
        yield f"place {place}"
    if panel["version"] != "7.9.3" or not panel["embeddableConfig"].keys() <= {"hidePanelTitles", "sort"}:
        yield "version or embeddableConfig"
    if panel["panelRefName"] != f"panel_{number}" or panel["panelRefName"] not in titles:
        yield f"panelRefName {panel['panelRefName']}"
    elif len(titles[panel["panelRefName"]]) * LETTER > place["w"] * COLUMN - 80:
        yield f"title {titles[panel['panelRefName']]!r} is cut"
