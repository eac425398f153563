"""The page of a statement as a reader sees it: its totals are the truth, and what a log quotes stays text."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.fixtures import OpenPage
from tests.generator import generate, render
from tests.pipeline.running import write_log
from tests.proof.reading import read_csv, run
from tests.proof.test_statement import KEYS, bad
from tests.proof.truth import Question, read, truth_of

pytestmark = pytest.mark.browser

QUESTION = Question(("example.net", "example.org"))
HOSTILE = (
    """<script>alert("1")</script>@example.net""",
    """"<img src=x onerror=alert(2)>"@example.net""",
    """=cmd|'/c_calc'!a1@example.net""",
)
TABLES = """tables => tables.map(table => ({
    caption: table.caption.textContent,
    rows: [...table.tBodies].flatMap(body => [...body.rows]).map(row => [...row.cells].map(cell => cell.innerText)),
}))"""


def tables_of(page: Page) -> dict[str, list[list[str]]]:
    found: list[dict[str, Any]] = page.eval_on_selector_all("table", TABLES)
    return {table["caption"].partition(":")[0]: table["rows"] for table in found}


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_every_number_is_true(open_page: OpenPage, tmp_path: Path, dark: bool) -> None:
    traffic = generate(62, messages=300, start=datetime(2019, 6, 28, 8, tzinfo=UTC), rate=0.06)
    log = write_log(tmp_path / "smtp.log", render(traffic.lines, "P1"))
    said = run(QUESTION, log, "--html", tmp_path / "page.html", "--rows", "100000").stdout
    page = open_page(tmp_path / "page.html", dark=dark)
    tables, truth = tables_of(page), truth_of([traffic], QUESTION)

    titles = {
        "By partner": "partner", "By direction": "direction", "By month": "month", "By version": "version",
        "By grade": "grade", "By suite and key bits": "suite", "By what became of the mail": "status",
    }  # fmt: skip
    for title, name in titles.items():
        wanted = {(*value, *map(str, counts)) for value, counts in truth.counts(KEYS[name]).items()}
        assert (name, set(map(tuple, tables[title]))) == (name, wanted)
    assert tables["All legs"] == [row_of_all(truth.counts()[()])]
    assert len(tables["Each leg"]) == len(truth.legs)
    assert page.inner_text(".verdict") == said.splitlines()[0]
    lines = [row[0] for title in LISTS for row in tables[title] if len(row) == 1]
    assert sorted(lines) == sorted(
        "\n".join(read(line.text) for line in leg["lines"]) or NONE for leg in bad(truth.legs)
    )


LISTS = (
    "Legs that do not meet the policy, with their lines",
    "Legs of which the log does not tell enough, with their lines",
)
NONE = "(no line of it is in the archive)"


def row_of_all(counts: tuple[int, ...]) -> list[str]:
    return ["all", *map(str, counts)]


def hostile_log(folder: Path) -> Path:
    start = "2019:06:10-11:04:41 utm exim-in[9103]: 2019-06-10 11:04:41"
    lines = [
        f"{start} 1haLq{number}-0002Mp-2G <= {sender} H=mx.example.net [192.0.2.10]:53500 P=esmtp S=1\n"
        for number, sender in enumerate(HOSTILE)
    ]
    log = folder / "smtp.log"
    log.write_text("".join(lines))
    return log


def test_what_a_log_quotes_stays_text(open_page: OpenPage, tmp_path: Path) -> None:
    run(QUESTION, hostile_log(tmp_path), "--html", tmp_path / "page.html", "--csv", tmp_path / "legs.csv")
    page = open_page(tmp_path / "page.html")

    shown = [row for row in tables_of(page)[LISTS[0]] if len(row) > 1]
    assert [row[2].split("\n")[0] for row in shown] == list(HOSTILE)
    assert page.locator("script, img").count() == 0
    assert [leg["address"] for leg in read_csv(tmp_path / "legs.csv")] == list(HOSTILE)
    assert ",'=cmd|" in (tmp_path / "legs.csv").read_text()
    assert ",=cmd|" not in (tmp_path / "legs.csv").read_text()


def test_it_prints_on_whole_pages(open_page: OpenPage, tmp_path: Path) -> None:
    """Each table repeats its heading, and no row is cut."""
    run(QUESTION, hostile_log(tmp_path), "--html", tmp_path / "page.html")
    page = open_page(tmp_path / "page.html")
    page.emulate_media(media="print")

    assert (
        page.eval_on_selector_all("thead", "all => all.map(each => getComputedStyle(each).display)")
        == ["table-header-group"] * page.locator("table").count()
    )
    uncut = "all => all.every(each => getComputedStyle(each).breakInside == 'avoid')"
    assert page.eval_on_selector_all("tr", uncut)
    assert page.eval_on_selector_all(".lined tbody", uncut)
    assert page.pdf(format="A4").startswith(b"%PDF")
