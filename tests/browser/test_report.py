"""The page of a report as a reader sees it: every chart drawn, with the numbers of the generator's truth."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from playwright.sync_api import Page

from shipper.commands import main
from shipper.dashboards.declaration import Bars, Chart, Donut, Numbers, Rows, Table
from shipper.dashboards.panels import load_panels
from shipper.figures.report import dashboards_with_charts
from tests.browser.fixtures import OpenPage
from tests.dashboards.meant import Path as Labels
from tests.figures.truth import Truth
from tests.generator import generate, render
from tests.generator.model import Traffic
from tests.pipeline.running import write_log

pytestmark = pytest.mark.browser

PANELS = load_panels()
CHARTS = {
    f"{dashboard.id}-{place.panel}": chart
    for dashboard in dashboards_with_charts(PANELS)
    for row in dashboard.rows
    for place in row.panels
    if isinstance(chart := PANELS.panel(place.panel), Chart)
}
REASON = "relay not permitted"
HOSTILE = """<script>alert("1")</script><img src=x onerror=alert(2)>&amp;'"""

CARDS = """cards => Object.fromEntries(cards.map(card => [card.querySelector('h3').id, {
    title: card.querySelector('h3').textContent,
    marks: [...card.querySelectorAll('.mark')].map(mark => ({
        about: mark.querySelector('title').textContent,
        size: mark.tagName == 'circle' ? parseFloat(mark.getAttribute('stroke-dasharray'))
            : parseFloat(mark.getAttribute(card.querySelector('.upright') ? 'height' : 'width')),
        seen: mark.getBoundingClientRect().width > 0,
    })),
    figures: [...card.querySelectorAll('.figures > div')].map(pair => [...pair.children].map(part => part.textContent)),
    cells: [...card.querySelectorAll('tbody tr')].map(row => [...row.children].map(cell => cell.textContent.trim())),
    header: [...card.querySelectorAll('thead')].map(head => [...head.rows[0].cells].map(cell => cell.textContent)),
}]))"""


@pytest.fixture(scope="module")
def traffic() -> Traffic:
    return generate(61, messages=300, start=datetime(2019, 6, 10, 8, tzinfo=UTC), rate=0.05)


@pytest.fixture(scope="module")
def page_file(traffic: Traffic, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a log in which a reason is hostile."""
    folder = tmp_path_factory.mktemp("report")
    text = [line.replace(REASON.encode(), HOSTILE.encode()) for line in render(traffic.lines, "P1")]
    log = write_log(folder / "smtp.log", text)
    result = CliRunner().invoke(main, ["report", "--html", str(folder / "report.html"), str(log)])
    assert result.exit_code == 0, result.output
    return folder / "report.html"


def cards_of(page: Page) -> Mapping[str, Any]:
    found: Mapping[str, Any] = page.eval_on_selector_all("article.card", CARDS)
    return found


def number(text: str) -> int:
    return int(text.replace(",", ""))


def drawn(chart: Chart, card: Mapping[str, Any]) -> dict[Labels, int]:
    """Labels -> number, as the marks of a chart say, or the rows of a table."""
    if isinstance(chart, Numbers):
        return {(name,): number(value) for name, value in card["figures"]}
    if isinstance(chart, Table):
        depth = len(chart.buckets)
        return {tuple(row[:depth]): number(row[depth]) for row in card["cells"]}
    said = [mark["about"].rpartition(": ") for mark in card["marks"]]
    if isinstance(chart, Donut):
        return {(label,): number(value) for label, _, value in said}
    split = {tuple(label.rsplit(", ", 1)): number(value) for label, _, value in said}
    if len(chart.buckets) > 1:
        return split
    return {(label,): value for (label, _), value in split.items()}


def test_every_chart_is_drawn_with_the_numbers_of_the_truth(
    open_page: OpenPage, page_file: Path, traffic: Traffic
) -> None:
    truth = Truth(traffic, "day")
    cards = cards_of(open_page(page_file))

    assert cards.keys() == CHARTS.keys()
    for id, chart in CHARTS.items():
        assert cards[id]["title"] == chart.title
        if chart.id == "totals":
            continue
        wanted = {
            tuple(HOSTILE if label == REASON else label for label in p): n for p, n in truth.counted(chart.id).items()
        }
        found = {path: value for path, value in drawn(chart, cards[id]).items() if value}
        others = {path for path in found if path[-1] == "other"}
        missed = sum(value for path, value in wanted.items() if path not in found)
        assert {path: wanted.get(path) for path in found if path not in others} == {
            path: value for path, value in found.items() if path not in others
        }, id
        assert missed == sum(found[path] for path in others) or "(top " in chart.title, id
        assert found, id


def test_the_figures_of_the_truth(open_page: OpenPage, page_file: Path, traffic: Traffic) -> None:
    messages, senders, recipients, clients, size = Truth(traffic, "day").totals
    wanted = [f"{messages:,}", f"{senders:,}", f"{recipients:,}", f"{clients:,}", f"{size / 1e6:,.1f} MB"]

    assert [value for _, value in cards_of(open_page(page_file))["overview-totals"]["figures"]] == wanted


def test_marks_are_as_large_as_their_numbers(open_page: OpenPage, page_file: Path) -> None:
    for id, card in cards_of(open_page(page_file)).items():
        sizes = [(mark["size"] / number(mark["about"].rpartition(": ")[2])) for mark in card["marks"] if mark["size"]]
        assert (
            sizes == pytest.approx([sizes[0]] * len(sizes))
            if sizes
            else not isinstance(CHARTS[id], Bars | Rows | Donut)
        )
        assert all(mark["seen"] for mark in card["marks"]), id


def test_every_chart_has_a_table_of_its_numbers(open_page: OpenPage, page_file: Path) -> None:
    """The last one of a card; where colors split the bars, it has a column for each and one for the sum."""
    for id, card in cards_of(open_page(page_file)).items():
        if not card["marks"]:
            continue
        header, said = card["header"][-1], drawn(CHARTS[id], card)
        if header[-1] == "Total":
            rows = [
                dict(zip(header[1:], map(number, row[1:]), strict=True)) | {"": row[0]}
                for row in card["cells"]
                if len(row) == len(header)
            ]
            told = {(row[""], name): row[name] for row in rows for name in header[1:-1] if row[name]}
            assert told == said, id
            assert all(sum(row[name] for name in header[1:-1]) == row["Total"] for row in rows), id
        else:
            told = {row[0]: number(row[1]) for row in card["cells"] if number(row[1])}
            assert told == {path[0]: value for path, value in said.items()}, id


def test_hostile_values_are_text(open_page: OpenPage, page_file: Path) -> None:
    """A script that ran would have opened a dialog, which `open_page` tells of."""
    page = open_page(page_file)

    assert page.get_by_text(HOSTILE, exact=True).count() == 1
    assert page.locator("script, img").count() == 0


def test_light_and_dark(open_page: OpenPage, page_file: Path) -> None:
    look = "() => [document.body, document.querySelector('.upright text')].map(e => getComputedStyle(e))"
    colors = f"() => ({look})().map((style, at) => at ? style.fill : style.backgroundColor)"

    assert open_page(page_file).evaluate(colors) == ["rgb(255, 255, 255)", "rgb(27, 31, 36)"]
    assert open_page(page_file, dark=True).evaluate(colors) == ["rgb(20, 23, 27)", "rgb(231, 234, 238)"]


def test_numbers_are_folded_away_on_a_screen_and_open_on_paper(open_page: OpenPage, page_file: Path) -> None:
    """The browser unfolds them a frame after the medium has changed, so that is waited for."""
    page = open_page(page_file)
    visible = "() => [...document.querySelectorAll('details table')].map(table => table.checkVisibility())"
    on_screen = page.evaluate(visible)
    page.emulate_media(media="print")

    assert on_screen
    assert not any(on_screen)
    page.wait_for_function(f"({visible})().every(shown => shown)")


def test_nothing_is_wider_than_the_page(open_page: OpenPage, page_file: Path) -> None:
    for width in (360, 900, 1400):
        page = open_page(page_file, viewport={"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    for width in (900, 1400):
        page = open_page(page_file, viewport={"width": width, "height": 800})
        wide = page.eval_on_selector_all(
            ".card",
            "cards => cards.filter(c => c.scrollWidth > c.clientWidth + 1).map(c => c.textContent.slice(0, 80))",
        )
        assert wide == []
