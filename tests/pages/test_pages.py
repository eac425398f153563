"""What every page is: one file that escapes its values and is forbidden to load anything."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from jinja2 import UndefinedError

from shipper.pages import _environment, page

HOSTILE = """<script>alert("1 & 'one'")</script>"""
TEMPLATES = sorted(Path(__file__).parents[2].joinpath("shipper/pages/templates").glob("*.html"))


class _Parts(HTMLParser):
    """Start tags with their attributes, and the text within each kind of element."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self._open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag != "meta":
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.setdefault(self._open[-1], []).append(data)


def test_a_page_holds_its_values_as_text() -> None:
    parts = _Parts(page("base.html", version="1.2", title=HOSTILE))

    assert [tag for tag, _ in parts.tags].count("script") == 0
    assert parts.texts["title"] == [HOSTILE]
    assert parts.texts["h1"] == [HOSTILE]
    assert parts.texts["p"] == ["Made by utm-shipper 1.2. Times are UTC."]


def test_a_page_may_load_nothing_and_apply_its_own_style_only() -> None:
    parts = _Parts(page("base.html", version="1.2", title="Mail"))

    (style,) = parts.texts["style"]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policies = [a["content"] for tag, a in parts.tags if a.get("http-equiv") == "Content-Security-Policy"]
    assert policies == [f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"]
    assert not re.findall(r"url\(|@import", style)


def test_a_value_that_was_forgotten_is_an_error() -> None:
    with pytest.raises(UndefinedError, match="'missing' is undefined"):
        _environment().from_string("{{ missing }}").render()


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_no_template_takes_a_value_as_markup_or_brings_what_the_policy_forbids(template: Path) -> None:
    found = re.findall(r"\|\s*safe|autoescape|<script|style=|\bsrc=|<link", template.read_text())

    assert found == []
