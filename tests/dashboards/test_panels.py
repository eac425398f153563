"""What a declaration of panels may not say is one line that names file and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from shipper.dashboards.checks import fields_of_query
from shipper.dashboards.panels import load_panels
from shipper.errors import PanelsError

CHART = """
  - {draw: rows, id: who, title: Who, question: Who?, index: messages, metrics: [{type: count, label: Messages}],
     buckets: [{type: terms, field: source.ip, label: Client, size: 5}]}
"""
DASHBOARD = """
dashboards:
  - {id: one, title: One, about: One., rows: [{height: 5, panels: [{panel: who, width: 48}]}]}
"""
HEAD = """
period: {from: now-1y, to: now}
trace_dashboard: one
colors: {Messages: "#0072b2"}
formats: {event.duration: {kind: duration, unit: nanoseconds}}
panels:"""


def complaint(folder: Path, text: str) -> str:
    file = folder / "panels.yaml"
    file.write_text(text)
    with pytest.raises(PanelsError) as caught:
        load_panels(file)
    said = str(caught.value)
    assert "\n" not in said
    assert said.startswith(f"{file}: ")
    assert said.endswith("; CONTRIBUTING.md explains the parts of a declaration")
    return said.removeprefix(f"{file}: ").partition("; CONTRIBUTING")[0]


def test_a_small_declaration_is_loaded(tmp_path: Path) -> None:
    file = tmp_path / "panels.yaml"
    file.write_text(HEAD + CHART + DASHBOARD)

    panels = load_panels(file)

    assert [panel.id for panel in panels.panels] == ["who"]
    assert panels.panel("who").title == "Who"
    with pytest.raises(AttributeError):
        panels.panel("who").title = "other"


TERMS = "{type: terms, field: source.ip, label: Client, size: 5}"
COUNT = "{type: count, label: Messages}"
NESTED = "sophos.utm.deliveries.status"


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("colors: {", "colours: {a: b}\ncolors: {", "Object contains unknown field `colours`"),
        ("draw: rows,", "draw: cake,", "Invalid value 'cake' - at `$.panels[0].draw`"),
        ("question: Who?,", "", "Object missing required field `question` - at `$.panels[0]`"),
        ("size: 5", "size: many", "Expected `int`, got `str` - at `$.panels[0].buckets[0].size`"),
        ("#0072b2", "blue", "colors: Messages: 'blue' is no color such as #0072b2"),
        ("event.duration:", "event.nothing:", "formats: the templates have no field 'event.nothing'"),
        ("panel: who,", "panel: whom,", "dashboards: one: there is no panel 'whom'"),
        ("width: 48", "width: 47", "dashboards: one: row 1 is 47 columns wide instead of 48"),
        ("height: 5", "height: 0", "dashboards: one: row 1 has no height"),
        ("width: 48}", "width: 24}, {panel: who, width: 24}", "dashboards: one: 'who' twice"),
        ("id: who,", "id: Who_1,", "panels: 'Who_1' is no id: lower-case words and hyphens"),
        ("trace_dashboard: one", "trace_dashboard: two", "trace_dashboard: there is no dashboard 'two'"),
    ],
)
def test_what_is_refused(tmp_path: Path, old: str, new: str, what: str) -> None:
    text = HEAD + CHART + DASHBOARD
    assert text.count(old) == 1

    assert complaint(tmp_path, text.replace(old, new)) == what


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("field: source.ip", "field: source.nothing", "buckets: the templates have no field 'source.nothing'"),
        ("field: source.ip", "field: email.subject.text", "buckets: email.subject.text cannot be counted or sorted by"),
        (
            "size: 5",
            "size: 5, missing: x",
            "buckets: source.ip is no keyword, so it can have neither missing nor include",
        ),
        (
            "field: source.ip",
            f"field: {NESTED}",
            f"buckets: {NESTED} stands in sophos.utm.deliveries, which flat charts cannot see",
        ),
        ("question: Who?", "question: Who?, query: 'a.b:1'", "query: the templates have no field 'a.b'"),
        ("question: Who?", "question: Who?, query: 'event.original:x'", "query: event.original cannot be searched"),
        (
            "question: Who?",
            "question: Who?, query: 'NOT _exists_:source.ip OR source.ip:10.0.0.1'",
            "query: NOT beside OR does not mean what it says; write (a AND NOT b) in parentheses",
        ),
        (COUNT, "", "metrics: there is none"),
        (COUNT, "{type: sum, field: host.name, label: Hosts}", "metrics: host.name is no number"),
        (COUNT, f"{COUNT}, {{type: count, label: B}}", "metrics: this kind of chart has one"),
        (TERMS, "", "buckets: there is none"),
        (TERMS, f"{{type: time}}, {{type: time}}, {TERMS}", "buckets: at most 2 in this kind of chart"),
        (
            TERMS,
            "{type: filters, filters: [{label: a, query: ''}, {label: a, query: ''}]}",
            "filters: 'a' stands there twice",
        ),
        ("draw: rows,", "draw: table, share: Lines,", "share: there is no metric 'Lines'"),
    ],
)
def test_what_a_panel_cannot_show_is_refused(tmp_path: Path, old: str, new: str, what: str) -> None:
    assert CHART.count(old) == 1

    assert complaint(tmp_path, HEAD + CHART.replace(old, new) + DASHBOARD) == f"panels: who: {what}"


def test_panels_that_no_dashboard_shows_and_ids_given_twice_are_refused(tmp_path: Path) -> None:
    assert complaint(tmp_path, HEAD + CHART.replace("id: who,", "id: whom,") + CHART + DASHBOARD) == (
        "panels: no dashboard shows 'whom'"
    )
    assert complaint(tmp_path, HEAD + CHART + CHART + DASHBOARD) == "panels: 'who' stands there twice"


def test_columns_and_orders_of_lists_are_checked(tmp_path: Path) -> None:
    about = "draw: list, id: who, title: Who, question: Who?, index: events"
    listing = f"\n  - {{{about}, columns: [COLUMN], sort: [[ORDER, asc]]}}\n"

    def said(column: str, order: str) -> str:
        return complaint(tmp_path, HEAD + listing.replace("COLUMN", column).replace("ORDER", order) + DASHBOARD)

    assert said("a.b", "log.offset") == "panels: who: columns: the templates have no field 'a.b'"
    assert said("trace", "event.original") == "panels: who: sort: event.original cannot be counted or sorted by"


def test_what_is_no_yaml_is_refused(tmp_path: Path) -> None:
    assert complaint(tmp_path, "panels: [").startswith("while parsing a flow ")


def test_not_may_stand_above_or_below_or(tmp_path: Path) -> None:
    query = 'NOT host.name:(a OR b) AND (host.name:"c NOT d" OR (host.name:e AND NOT host.name:f))'
    file = tmp_path / "panels.yaml"
    file.write_text(HEAD + CHART.replace("question: Who?", f"question: Who?, query: '{query}'") + DASHBOARD)

    assert load_panels(file).panel("who").query == query


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ("", []),
        ("sophos.utm.status:(rejected OR failed)", ["sophos.utm.status"]),
        ("_exists_:tls.cipher AND NOT @timestamp:[1 TO 2]", ["tls.cipher", "@timestamp"]),
        ('a.b:"c.d:e" AND f:*', ["a.b", "f"]),
        ('a.b:("1.0" OR "none")', ["a.b"]),
    ],
)
def test_which_fields_a_query_names(query: str, fields: list[str]) -> None:
    assert list(fields_of_query(query)) == fields
