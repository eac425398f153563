"""The rules themselves: each finds what it is there for."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from shipper.dashboards.saved_objects import saved_objects
from tests.dashboards.accepted import faults, unresolved
from tests.dashboards.drawn import drawing_faults
from tests.dashboards.placed import placing_faults
from tests.dashboards.test_saved_objects import fields_of

Change = Callable[[dict[str, Any]], object]

BY_ID = {found["id"]: found for found in saved_objects("opensearch-dashboards")}
BARS = "utm-shipper-panel-status-over-time"
DASHBOARD = "utm-shipper-dashboard-overview"
PATTERN = "utm-shipper-messages"
LISTING = "utm-shipper-panel-messages"


def changed(id: str, change: Change) -> dict[str, Any]:
    found = copy.deepcopy(BY_ID[id])
    change(found)
    return found


def inside(name: str, change: Change) -> Change:
    """Changes what an attribute holds as JSON."""

    def apply(found: dict[str, Any]) -> None:
        attributes = found["attributes"]
        holder = attributes["kibanaSavedObjectMeta"] if name == "searchSourceJSON" else attributes
        value = json.loads(holder[name])
        change(value)
        holder[name] = json.dumps(value)

    return apply


@pytest.mark.parametrize(
    ("id", "change", "fault"),
    [
        (BARS, lambda o: o.update(coreMigrationVersion="7.10.0"), "keys "),
        (BARS, lambda o: o.update(type="config"), "type config"),
        (BARS, lambda o: o["migrationVersion"].update(visualization="7.12.0"), "migrationVersion "),
        (BARS, lambda o: o.update(id="utm-shipper-a_b"), "id utm-shipper-a_b"),
        (BARS, lambda o: o.update(id="tls"), "id tls"),
        (BARS, lambda o: o["attributes"].update(color="red"), "attributes differ by ['color']"),
        (BARS, lambda o: o["attributes"].pop("uiStateJSON"), "attributes differ by ['uiStateJSON']"),
        (BARS, lambda o: o["attributes"].update(version="1"), "attribute version is no int"),
        (BARS, lambda o: o["references"].clear(), "references and their names differ by "),
        (BARS, lambda o: o["references"].append(o["references"][0]), "two references "),
        (BARS, lambda o: o["references"][0].update(uuid=1), "reference "),
        (BARS, inside("searchSourceJSON", lambda s: s.update(index="x")), "search source "),
        (BARS, inside("searchSourceJSON", lambda s: s["query"].update(language="kuery")), "language kuery"),
        (BARS, inside("searchSourceJSON", lambda s: s.update(query="*")), "query"),
        (BARS, inside("searchSourceJSON", lambda s: s.pop("indexRefName")), "indexRefName"),
        (BARS, inside("searchSourceJSON", lambda s: s.update(filter=[{}])), "filter"),
        (LISTING, lambda o: o["attributes"].update(columns=[]), "columns"),
        (LISTING, lambda o: o["attributes"].update(sort=["@timestamp", "desc"]), "sort @timestamp"),
        (PATTERN, inside("fields", lambda f: f[0].pop("searchable")), "field @timestamp: searchable"),
        (PATTERN, inside("fields", lambda f: f[0].update(type="when")), "field @timestamp: type when"),
        (PATTERN, inside("fields", lambda f: f[0].update(type="string")), "field @timestamp: date as string"),
        (PATTERN, inside("fields", lambda f: f[0].update(aggregatable=False)), "field @timestamp: readFromDocValues"),
        (PATTERN, inside("fields", lambda f: f.append(f[0])), "field @timestamp twice"),
        (PATTERN, inside("fields", lambda f: f.pop(0)), "timeFieldName"),
        (PATTERN, inside("fields", lambda f: f[-1].update(script=" ")), "field trace: script"),
        (PATTERN, inside("fieldFormatMap", lambda f: f.update({"host.name": {"id": "bytes"}})), "format bytes of "),
        (PATTERN, inside("fieldFormatMap", lambda f: f["trace"]["params"].pop("type")), "format of trace"),
    ],
)
def test_what_is_not_accepted(id: str, change: Change, fault: str) -> None:
    found = list(faults(changed(id, change), "opensearch-dashboards"))

    assert any(each.startswith(fault) for each in found), found


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda s: s.update(title="other"), "visState "),
        (lambda s: s.update(type="vega"), "type vega"),
        (lambda s: s["params"].pop("times"), "params differ by ['times']"),
        (lambda s: s["params"].update(addLegend=1), "params: addLegend is no bool"),
        (lambda s: s["aggs"].append(s["aggs"][1] | {"id": "9"}), "2 of schema segment"),
        (lambda s: s["aggs"].pop(0), "0 of schema metric"),
        (lambda s: s["aggs"].pop(1), "no x axis"),
        (lambda s: s["aggs"][1].update(id="1"), "aggregation 1 twice"),
        (lambda s: s["aggs"][1].update(schema="bucket"), "schema bucket"),
        (lambda s: s["aggs"][2]["params"].update(field="email.nothing"), "aggregation 3: field email.nothing"),
        (lambda s: s["aggs"][2]["params"].update(field="email.subject.text"), "aggregation 3: field email."),
        (
            lambda s: s["aggs"][2]["params"].update(field="sophos.utm.deliveries.status"),
            "aggregation 3: field sophos.utm.deliveries.status",
        ),
        (lambda s: s["aggs"][2]["params"].update(field="source.ip"), "aggregation 3: missing or include of ip"),
        (lambda s: s["aggs"][1]["params"].update(field="source.ip"), "aggregation 2: date_histogram of ip"),
        (lambda s: s["aggs"][2]["params"].update(orderBy="7"), "aggregation 3: orderBy 7"),
        (lambda s: s["aggs"][2]["params"].update(json="{}"), "aggregation 3: json {}"),
        (lambda s: s["aggs"][2]["params"].update(row=True), "aggregation 3: params differ by ['row']"),
        (lambda s: s["aggs"][1]["params"].update(interval="d"), "aggregation 2: interval"),
        (lambda s: s["aggs"][1].pop("enabled"), "aggregation 2: keys "),
        (lambda s: s["params"]["valueAxes"][0].pop("labels"), "value axis differ by ['labels']"),
        (lambda s: s["params"]["seriesParams"][0].update(valueAxis="x"), "series "),
        (lambda s: s["params"]["seriesParams"][0]["data"].update(id="4"), "seriesParams"),
        (lambda s: s["params"]["valueAxes"][0]["scale"].update(mode="wiggle"), "scale "),
    ],
)
def test_what_cannot_be_drawn(change: Change, fault: str) -> None:
    def apply(state: dict[str, Any]) -> None:
        change(state)

    found = changed(BARS, inside("visState", apply))
    try:
        said = list(drawing_faults(found["attributes"], fields_of(found)))
    except KeyError as error:
        said = [f"value axis differ by [{error}]"]

    assert any(each.startswith(fault) for each in said), said


def test_colors_are_colors() -> None:
    found = changed(BARS, inside("uiStateJSON", lambda s: s["vis"]["colors"].update(delivered="green")))

    assert list(drawing_faults(found["attributes"], fields_of(found))) == ["color green"]


def panels(change: Callable[[list[dict[str, Any]]], object]) -> Change:
    return inside("panelsJSON", change)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (panels(lambda p: p[0]["gridData"].update(w=49)), "panel 0: place "),
        (panels(lambda p: p[1]["gridData"].update(y=1)), "panel 1 overlaps"),
        (panels(lambda p: p.pop(4)), "holes"),
        (panels(lambda p: p[0]["gridData"].update(i="9")), "panel 0: gridData"),
        (panels(lambda p: p[0].update(title="x")), "panel 0: keys "),
        (panels(lambda p: p[0].update(panelRefName="panel_99")), "panel 0: panelRefName panel_99"),
        (panels(lambda p: p[0].update(version="8.0.0")), "panel 0: version or embeddableConfig"),
        (panels(lambda p: p[1]["gridData"].update(w=4)), "panel 1: title "),
        (lambda o: o["attributes"].update(optionsJSON="{}"), "optionsJSON"),
        (lambda o: o["attributes"].update(timeRestore=False), "time"),
    ],
)
def test_what_does_not_stand_well(change: Change, fault: str) -> None:
    found = changed(DASHBOARD, change)
    titles = {reference["name"]: "Messages" for reference in found["references"]}
    said = list(placing_faults(found["attributes"], titles))

    assert any(each.startswith(fault) for each in said), said


def test_references_that_lead_nowhere_and_objects_that_stand_there_twice_are_named() -> None:
    pattern, bars = BY_ID[PATTERN], BY_ID[BARS]

    assert list(unresolved([bars])) == [f"{BARS}: {PATTERN}"]
    assert list(unresolved([pattern, bars, bars])) == [f"('visualization', '{BARS}') twice"]
