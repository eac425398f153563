"""What all tests share."""

from __future__ import annotations

import signal

import pytest

pytest_plugins = ["tests.nodes.fixtures"]

MADE_ONCE = ("archive", "secured_opensearch", "open_page")
"""Fixtures that take so long that one process makes them for all tests; of the others each process has its own."""


def pytest_configure() -> None:
    """Programs that tests start can be interrupted, also where a shell started the tests in the background."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of one file stay in one process, and so do those that share what takes long to make."""
    for item in items:
        names = getattr(item, "fixturenames", ())
        group = next((name for name in MADE_ONCE if name in names), item.nodeid.partition("::")[0])
        item.add_marker(pytest.mark.xdist_group(group))
