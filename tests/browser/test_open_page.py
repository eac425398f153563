"""The fixture itself: what a page must not do is found out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.fixtures import watched

pytestmark = pytest.mark.browser

FORBIDDEN = {
    "an error": ("<script>nowhere()</script>", "error: nowhere is not defined"),
    "a message": ("<script>console.log('here')</script>", "log: here"),
    "a dialog": ("<script>alert('here')</script>", "dialog: here"),
    "another file": ("<img src='other.png'>", "request: file://"),
    "the network": ("<img src='http://192.0.2.1/pixel.png'>", "request: http://192.0.2.1/pixel.png"),
}


@pytest.mark.parametrize(("body", "complaint"), FORBIDDEN.values(), ids=FORBIDDEN)
def test_what_a_page_must_not_do(chromium: Browser, tmp_path: Path, body: str, complaint: str) -> None:
    file = tmp_path / "page.html"
    file.write_text(f"<!DOCTYPE html><title>x</title>{body}")

    with pytest.raises(AssertionError, match=re.escape(complaint)), watched(chromium, file) as page:
        page.wait_for_timeout(100)


def test_a_quiet_page(chromium: Browser, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text("<!DOCTYPE html><title>x</title><p>here")

    with watched(chromium, file, dark=True) as page:
        assert page.inner_text("p") == "here"
        assert page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
