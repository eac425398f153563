"""What may differ between a posted and a stored object, and what may not."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from shipper.cluster.dashboards.comparison import differences
from tests.cluster.dashboards.behaviour import SavedObject
from tests.cluster.dashboards.migrations import migrated
from tests.cluster.dashboards.samples import samples

PATTERN, PIE, TABLE, BARS, TEXT, LISTING, BOARD = samples()


def _in_json(name: str, change: Callable[[Any], Any]) -> Callable[[SavedObject], None]:
    """Changes the value whose JSON an attribute holds."""

    def apply(stored: SavedObject) -> None:
        value = json.loads(stored["attributes"][name])
        changed = change(value)
        stored["attributes"][name] = json.dumps(value if changed is None else changed, indent=1)

    return apply


def _changed(found: SavedObject, change: Callable[[SavedObject], Any]) -> tuple[str, ...]:
    stored = copy.deepcopy(found)
    change(stored)
    return differences(found, stored)


def test_what_the_migrations_of_kibana_8_make_of_objects_is_no_difference() -> None:
    stored = [migrated(found) for found in samples()]
    changed = {
        after["id"]
        for before, after in zip(samples(), stored, strict=True)
        if before["attributes"] != after["attributes"]
    }

    assert [differences(*pair) for pair in zip(samples(), stored, strict=True)] == [()] * len(samples())
    assert changed == {"utm-pie", "utm-table", "utm-bars", "utm-list", "utm-board"}


@pytest.mark.parametrize(
    ("found", "change"),
    [
        (PIE, lambda stored: stored["attributes"].update(extra=1)),
        (PIE, lambda stored: stored["references"].append({"type": "tag", "id": "x", "name": "x"})),
        (PIE, lambda stored: stored["references"][0].update(name="another")),
        (PIE, _in_json("visState", lambda state: state["params"].update(new=1))),
        (PATTERN, _in_json("fields", lambda fields: fields[1].update(count=7))),
        (PATTERN, _in_json("fields", lambda fields: fields[1:])),
        (PATTERN, _in_json("fieldFormatMap", lambda formats: formats.update(other={"id": "bytes"}))),
        (BOARD, _in_json("panelsJSON", lambda panels: panels[::-1])),
    ],
)
def test_more_than_was_posted_is_no_difference(found: SavedObject, change: Callable[[SavedObject], Any]) -> None:
    assert _changed(found, change) == ()


@pytest.mark.parametrize(
    ("found", "change", "line"),
    [
        (
            PIE,
            lambda stored: stored["attributes"].update(title="Other"),
            'attributes.title: expected "Results", found "Other"',
        ),
        (
            PIE,
            lambda stored: stored["attributes"].pop("uiStateJSON"),
            "attributes.uiStateJSON: expected {}, found nothing",
        ),
        (PIE, lambda stored: stored.pop("references"), "references: index-pattern utm-pattern is missing"),
        (
            PIE,
            lambda stored: stored["references"][0].update(id="other"),
            "references: index-pattern utm-pattern is missing",
        ),
        (
            PIE,
            _in_json("visState", lambda state: state.update(type="table")),
            'attributes.visState.type: expected "pie", found "table"',
        ),
        (
            PIE,
            _in_json("visState", lambda state: state["params"].update(isDonut=False)),
            "attributes.visState.params.isDonut: expected true, found false",
        ),
        (
            PIE,
            _in_json("visState", lambda state: state["aggs"].append({})),
            'attributes.visState.aggs: expected [{"id":"1","type":"count","schema":"metric","params":{}}], '
            'found [{"id":"1","type":"count","schema":"metric","params":{}},{}]',
        ),
        (
            TEXT,
            _in_json("visState", lambda state: state["params"].update(markdown="x" * 100)),
            'attributes.visState.params.markdown: expected "Go [to the lines](#/view/utm-board?_g=())", '
            f'found "{"x" * 79}...',
        ),
        (
            PIE,
            lambda stored: stored["attributes"].update(visState="{broken"),
            'attributes.visState: expected {"title":"Results","type":"pie","aggs":[{"id":"1","type":"count","schema":"m'
            'etri..., found "{broken"',
        ),
        (
            LISTING,
            lambda stored: stored["attributes"].update(columns=["a", "b"]),
            'attributes.columns: expected ["email.subject"], found ["a","b"]',
        ),
        (
            PATTERN,
            _in_json("fields", lambda fields: fields[1].update(script="emit('y')")),
            """attributes.fields.trace.script: expected "emit('x')", found "emit('y')\"""",
        ),
        (
            BOARD,
            _in_json("panelsJSON", lambda panels: panels[2]["gridData"].update(w=24)),
            "attributes.panelsJSON.8.gridData.w: expected 48, found 24",
        ),
        (
            BOARD,
            lambda stored: stored["attributes"].update(kibanaSavedObjectMeta=None),
            'attributes.kibanaSavedObjectMeta: expected {"searchSourceJSON":{}}, found nothing',
        ),
        (BOARD, lambda stored: stored.pop("attributes"), None),
    ],
)
def test_what_was_posted_must_be_there(
    found: SavedObject, change: Callable[[SavedObject], Any], line: str | None
) -> None:
    told = _changed(found, change)
    if line is None:
        assert len(told) == len(found["attributes"])
    else:
        assert told == (line,)
