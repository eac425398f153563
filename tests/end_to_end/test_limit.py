"""A limit of documents a second holds for everything that sends, and keeps nobody from ending soon."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.end_to_end.letters import TRAFFIC as MISFITTING
from tests.end_to_end.letters import accept_misfits, letters, refuse_misfits
from tests.end_to_end.node import Place, assert_same
from tests.end_to_end.traffic import START
from tests.generator import generate
from tests.sinks.fault_proxy import Exchange, fault_proxy

pytestmark = pytest.mark.cluster

TRAFFIC = generate(12, messages=60, start=START)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "smtp.log"
    path.write_bytes(TRAFFIC.text)
    return path


Sent = list[tuple[float, int]]
"""When how many documents came."""


@contextmanager
def watched(place: Place) -> Iterator[Sent]:
    """The place behind a proxy that notes what comes."""
    sent: Sent = []

    def note(exchange: Exchange) -> bool:
        sent.append((time.monotonic(), len(exchange.request.ids)))
        return False

    with fault_proxy(place.node.url) as proxy:
        proxy.always = note
        place.environment = {"UTM_SHIPPER_URL": proxy.url}
        yield sent
        place.environment = {}


def assert_held(sent: Sent, rate: int) -> None:
    """One burst at first, and then no faster than the rate (which a slow machine may be late with, never early)."""
    documents = sum(count for _, count in sent)
    assert documents > 2 * rate
    assert max(count for _, count in sent) <= rate
    assert max(sent)[0] - min(sent)[0] >= (documents - rate - max(sent)[1]) / rate - 0.1


def test_ship(simple: Place, log: Path) -> None:
    with watched(simple) as sent:
        simple.ship("--max-docs-per-second", "250", log)
    assert_held(sent, 250)
    assert_same(simple.parsed(log)[1], simple.stored("messages"))


def test_replay(simple: Place, tmp_path: Path) -> None:
    log = tmp_path / "mail.log"
    log.write_bytes(MISFITTING.text)
    refuse_misfits(simple, "messages")
    simple.ship(log)
    accept_misfits(simple, "messages")
    number = len(letters(simple))
    rate = number // 3
    with watched(simple) as sent:
        result = simple.run("dead-letters", "replay", "--all", "--max-docs-per-second", str(rate))
    assert result.exit_code == 0, result.output
    assert_held(sent, rate)
    assert letters(simple) == []


@pytest.mark.soak
def test_following_stores_in_small_rounds_and_ends_soon(simple: Place, log: Path) -> None:
    with watched(simple) as sent:
        environment = os.environ | simple.environment | {
            "UTM_SHIPPER_STATE": str(simple.folder / "state"),
            "UTM_SHIPPER_INDEX_PREFIX": simple.prefix,
            "UTM_SHIPPER_BULK_MAX_DOCS_PER_SECOND": "40",
        }  # fmt: skip
        command = [sys.executable, "-m", "shipper", "ship", "--follow", str(log)]
        with subprocess.Popen(command, stderr=subprocess.PIPE, env=environment, text=True) as following:
            while sum(count for _, count in sent) < 400:
                assert following.poll() is None
                time.sleep(0.05)
            told = time.monotonic()
            following.send_signal(signal.SIGTERM)
            said = following.communicate(timeout=60)[1]
            took = time.monotonic() - told
    assert (following.returncode, took < 30) == (0, True), said
    assert_held(sent, 40)
    stored = len(simple.stored("events"))
    assert 0 < stored < len(TRAFFIC.lines) - len(TRAFFIC.ignored)
    assert 0 < json.loads(simple.run("status", "--json").stdout)["balance"]["lines"] < len(TRAFFIC.lines)
    simple.ship(log)
    assert_same(simple.parsed(log)[1], simple.stored("messages"))
