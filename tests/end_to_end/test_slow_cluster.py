"""A cluster that does not answer for a while slows the reading down: memory holds a few requests, never the log."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tests.end_to_end.node import Place
from tests.end_to_end.traffic import START
from tests.generator import generate
from tests.sinks.fault_proxy import Exchange, fault_proxy

pytestmark = pytest.mark.cluster

TRAFFIC = generate(10, messages=1000, start=START, rate=6)
LINES = len(TRAFFIC.lines)
ITEMS_OF_A_REQUEST = 200
REQUESTS_HELD = 6
"""Two lanes, each with a request on the wire, one ready, and one being filled."""
LINES_UNTIL_THE_CLOCK_IS_SURE = 1500
"""A quarter of an hour of this log."""
QUIET_SECONDS = 2.0


class Feed:
    """Writes a log into a pipe as fast as it is read, and counts."""

    def __init__(self, pipe: int, log: bytes) -> None:
        self.written = 0
        self._pipe, self._log = pipe, memoryview(log)
        self.thread = threading.Thread(target=self._write, daemon=True)
        self.thread.start()

    def _write(self) -> None:
        while self.written < len(self._log):
            self.written += os.write(self._pipe, self._log[self.written : self.written + 4096])
        os.close(self._pipe)

    def wait_for_standstill(self) -> int:
        """Bytes that were taken when nothing more was for a while."""
        before, since = -1, time.monotonic()
        while time.monotonic() - since < QUIET_SECONDS:
            if self.written != before:
                before, since = self.written, time.monotonic()
            time.sleep(0.05)
        return before


def test_the_reader_waits_for_the_cluster(simple: Place, tmp_path: Path) -> None:
    log = TRAFFIC.text
    open_again = threading.Event()

    def hold(exchange: Exchange) -> bool:
        open_again.wait(60)
        return False

    with fault_proxy(simple.node.url) as proxy:
        proxy.always = hold
        environment = os.environ | {
            "UTM_SHIPPER_URL": proxy.url,
            "UTM_SHIPPER_STATE": str(tmp_path / "state"),
            "UTM_SHIPPER_INDEX_PREFIX": simple.prefix,
            "UTM_SHIPPER_BULK_ITEMS": str(ITEMS_OF_A_REQUEST),
        }
        out, into = os.pipe()
        ship = subprocess.Popen(
            [sys.executable, "-m", "shipper", "ship", "-"],
            stdin=out,
            stderr=subprocess.PIPE,
            env=environment,
            text=True,
        )
        os.close(out)
        feed = Feed(into, log)
        while not proxy.busy:
            assert ship.poll() is None
            time.sleep(0.05)
        taken = feed.wait_for_standstill()
        held = sum(len(bulk.ids) for bulk in proxy.bulks)
        open_again.set()
        said = ship.communicate(timeout=120)[1]

    assert ship.returncode == 0, said
    assert held <= 2 * ITEMS_OF_A_REQUEST
    a_read, the_pipe, a_line = 1 << 18, 1 << 16, len(log) / LINES
    lines_held = REQUESTS_HELD * ITEMS_OF_A_REQUEST + LINES_UNTIL_THE_CLOCK_IS_SURE
    assert taken < 2 * a_read + the_pipe + lines_held * a_line < len(log) / 1.5
    assert f"{LINES:,} lines read = " in said
    assert len(simple.stored("events")) == LINES - len(TRAFFIC.ignored)
