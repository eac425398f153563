"""What all tests share."""

from __future__ import annotations

import signal

pytest_plugins = ["tests.nodes.fixtures"]


def pytest_configure() -> None:
    """Programs that tests start can be interrupted, also where a shell started the tests in the background."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
