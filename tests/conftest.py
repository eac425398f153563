"""What all tests share."""

from __future__ import annotations

import signal
from pathlib import PurePath

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

pytest_plugins = ["tests.nodes.fixtures", "tests.browser.fixtures"]

TOGETHER = (
    ("tests/browser",),
    ("tests/dashboards",),
    ("tests/cluster", "tests/commands/test_doctor.py", "tests/end_to_end/test_backfill.py",
     "tests/end_to_end/test_refusals.py", "tests/nodes", "tests/retrieval/test_both_ways.py"),
)  # fmt: skip
"""Tests that share what takes long to make, so that one process makes it for all; the last is a secured node."""


def pytest_configure() -> None:
    """Programs that tests start can be interrupted, also where a shell started the tests in the background."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


class ByFile(LoadScopeScheduling):
    """Tests of one file stay in one process, and so do those of some folders."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return next((group[0] for group in TOGETHER if any(map(PurePath(file).is_relative_to, group))), file)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    return ByFile(config, log)
