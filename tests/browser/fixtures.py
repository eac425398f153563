"""A real Chromium that opens pages from disk, and lets nothing pass that a reader would be harmed or puzzled by."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

OpenPage = Callable[..., Page]
"""`open_page(path, dark=True, **options of a Playwright context)`."""

_PLACES = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for all tests."""
    found = next(filter(None, map(shutil.which, _PLACES)), None)
    if found is None:
        pytest.fail("no chromium in PATH; install it: apt-get install chromium", pytrace=False)
    options = ["--no-sandbox", "--disable-dev-shm-usage"] if os.geteuid() == 0 else ["--disable-dev-shm-usage"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=options)
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium: Browser) -> Iterator[OpenPage]:
    """Opens a file as a reader does. When the test ends, it fails for whatever the page complained of (errors,
    warnings of the console) and for each request but the one for the file itself."""
    with ExitStack() as stack:
        yield lambda path, **options: stack.enter_context(watched(chromium, path, **options))


@contextmanager
def watched(browser: Browser, path: Path, *, dark: bool = False, **options: object) -> Iterator[Page]:
    """The page while the block runs; AssertionError at its end for what it must not do."""
    address = path.resolve().as_uri()
    context = browser.new_context(color_scheme="dark" if dark else "light", **options)  # type: ignore[arg-type]
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(f"{said.type}: {said.text}"))
    page.on("pageerror", lambda error: complaints.append(f"error: {error}"))
    page.on("dialog", lambda dialog: (complaints.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    page.on("request", lambda asked: complaints.append(f"request: {asked.url}") if asked.url != address else None)
    page.goto(address)
    try:
        yield page
    finally:
        context.close()
    assert complaints == []
