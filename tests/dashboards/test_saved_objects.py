"""Every saved object is one that OpenSearch Dashboards and Kibana take and can draw."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest

from shipper.dashboards.panels import load_panels
from shipper.dashboards.saved_objects import PRODUCTS, ndjson, saved_objects
from tests.dashboards.accepted import SavedObject, faults, unresolved
from tests.dashboards.drawn import drawing_faults
from tests.dashboards.placed import placing_faults

OBJECTS = [(product, found) for product in PRODUCTS for found in saved_objects(product)]


def named(argument: object) -> str:
    return str(argument["id"]) if isinstance(argument, dict) else str(argument)


def fields_of_patterns() -> dict[str, dict[str, Mapping[str, Any]]]:
    """Id of an index pattern -> its fields, as OpenSearch Dashboards keeps them; Kibana asks for the same ones."""
    patterns = [found for found in saved_objects("opensearch-dashboards") if found["type"] == "index-pattern"]
    return {
        found["id"]: {field["name"]: field for field in json.loads(found["attributes"]["fields"])} for found in patterns
    }


FIELDS = fields_of_patterns()


def fields_of(found: SavedObject) -> Mapping[str, Mapping[str, Any]]:
    return FIELDS[found["references"][0]["id"]] if found["references"] else {}


@pytest.mark.parametrize(("product", "found"), OBJECTS, ids=named)
def test_attributes_references_and_versions_are_accepted(product: str, found: SavedObject) -> None:
    assert list(faults(found, product)) == []


@pytest.mark.parametrize(("product", "found"), [o for o in OBJECTS if o[1]["type"] == "visualization"], ids=named)
def test_charts_have_what_they_are_drawn_from(product: str, found: SavedObject) -> None:
    assert list(drawing_faults(found["attributes"], fields_of(found))) == []


@pytest.mark.parametrize(("product", "found"), [o for o in OBJECTS if o[1]["type"] == "search"], ids=named)
def test_lists_show_fields_that_are_there(product: str, found: SavedObject) -> None:
    fields = fields_of(found)
    orders = [name for name, _ in found["attributes"]["sort"]]

    assert set(found["attributes"]["columns"]) - fields.keys() == set()
    assert [name for name in orders if not fields[name]["aggregatable"]] == []


@pytest.mark.parametrize(("product", "found"), [o for o in OBJECTS if o[1]["type"] == "dashboard"], ids=named)
def test_panels_stand_in_rows_without_holes_and_their_titles_fit(product: str, found: SavedObject) -> None:
    titles = {each["id"]: each["attributes"]["title"] for each in saved_objects(product)}
    by_name = {reference["name"]: titles[reference["id"]] for reference in found["references"]}

    assert list(placing_faults(found["attributes"], by_name)) == []


@pytest.mark.parametrize("product", PRODUCTS)
def test_everything_that_is_referred_to_is_in_the_file(product: str) -> None:
    assert list(unresolved(saved_objects(product))) == []


@pytest.mark.parametrize("product", PRODUCTS)
def test_links_lead_to_dashboards_of_the_file(product: str) -> None:
    objects = saved_objects(product)
    dashboards = {found["id"] for found in objects if found["type"] == "dashboard"}
    linked = set(re.findall(r"/view/([\w-]+)", ndjson(objects).decode()))

    assert linked == dashboards
    assert not re.search(r"\{dashboard:", ndjson(objects).decode())


def test_each_dashboard_ends_with_a_list_that_its_slices_narrow() -> None:
    dashboards = [found for found in saved_objects("opensearch-dashboards") if found["type"] == "dashboard"]
    last = {found["id"].removeprefix("utm-shipper-dashboard-"): found["references"][-1]["type"] for found in dashboards}

    assert last == dict.fromkeys(("overview", "tls", "dkim", "spam", "trace", "lines"), "search")


def test_two_builds_are_alike() -> None:
    assert [ndjson(saved_objects(product)) for product in PRODUCTS] == [
        ndjson(saved_objects(product)) for product in PRODUCTS
    ]


@pytest.mark.parametrize("product", PRODUCTS)
def test_another_prefix_names_other_indices_and_changes_nothing_else(product: str) -> None:
    usual = ndjson(saved_objects(product)).decode()
    other = ndjson(saved_objects(product, "mx_1")).decode()

    assert other == usual.replace('"title": "utm-smtp-', '"title": "mx_1-')
    assert other.count('"title": "mx_1-') == 2


def test_every_label_with_a_meaning_has_its_color() -> None:
    """Whatever a chart that is split by a few known values can show."""
    panels = load_panels()
    words = {"delivered", "failed", "rejected", "abandoned", "quarantined", "discarded", "deferred"}
    words |= {"recommended", "acceptable", "weak", "insecure", "plaintext", "pass", "fail", "invalid"}
    words |= {"clean", "suspect", "bulk"}
    for panel in panels.panels:
        for bucket in getattr(panel, "buckets", ()):
            if hasattr(bucket, "filters") and panel.id != "tls-totals":
                words |= {named.label for named in bucket.filters}
            elif getattr(bucket, "missing", None):
                words.add(bucket.missing)
    for field in ("sophos.utm.status", "tls.version", "sophos.utm.tls.inbound.grade", "sophos.utm.tls.encrypted"):
        words |= set(panels.formats[field].words.values())
    for field in ("sophos.utm.dkim.result", "sophos.utm.spam.result"):
        words |= set(panels.formats[field].words.values())

    assert words - panels.colors.keys() == set()
