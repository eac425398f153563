"""What a UTM sent while listener and shipper came and went is stored as if its log had been shipped at once."""

from __future__ import annotations

import os
import re
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import compress
from pathlib import Path
from subprocess import Popen

import pytest

from tests.end_to_end.node import Place, Stored, assert_same, without_place
from tests.end_to_end.traffic import START
from tests.generator import generate, render
from tests.pipeline.running import write_log
from tests.sources.syslog.process import MAIL, as_lines, listening
from tests.sources.syslog.station import PATIENCE, spooled, wait_until

pytestmark = pytest.mark.cluster


@contextmanager
def following(place: Place) -> Iterator[Popen[bytes]]:
    """`ship --follow` on the spool, as a process; it is ended with the block."""
    environ = os.environ | {
        "UTM_SHIPPER_URL": place.node.url,
        "UTM_SHIPPER_STATE": str(place.folder / "state"),
        "UTM_SHIPPER_INDEX_PREFIX": place.prefix,
        "UTM_SHIPPER_FOLLOW_INTERVAL": "0.1",
        "UTM_SHIPPER_FOLLOW_SHOW_AFTER": "0.5",
        "UTM_SHIPPER_SYSLOG_SPOOL": str(place.folder / "spool"),
        # Without a zone, lines after a silence wait for a queue id that tells their time.
        "UTM_SHIPPER_ZONE": "Europe/Berlin",
    }
    with Popen([sys.executable, "-m", "shipper", "ship", "--follow"], env=environ) as process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(PATIENCE)


def without_priority(events: Stored) -> dict[tuple[str, str], object]:
    """Events but for where they were read first, and the priority that syslog puts in front of a line."""
    found = without_place(events)
    for document in found.values():
        document["event"]["original"] = re.sub(r"^<\d+>", "", document["event"]["original"])
    return dict(found)


def stored(place: Place, kind: str) -> Stored:
    """What is stored by now, which may be nothing."""
    return place.stored(kind) if f"{place.prefix}-{kind}-2019.06" in place.node.indices(place.prefix) else Stored()


def test_a_log_that_was_received_is_stored_like_the_log_itself(simple: Place, tmp_path: Path) -> None:
    traffic = generate(12, messages=120, start=START)
    mail = [bool(MAIL.match(line)) for line in render(traffic.lines, "P1")]
    events, messages = simple.parsed(write_log(tmp_path / "smtp.log", compress(render(traffic.lines, "P1"), mail)))
    sent = list(compress(render(traffic.lines, "P2"), mail))
    spool = simple.folder / "spool"
    spool.mkdir(exist_ok=True)

    for part in range(4):
        begin, end = len(sent) * part // 4, len(sent) * (part + 1) // 4
        with (
            listening(spool, UTM_SHIPPER_SYSLOG_ROTATE_EVERY="1s") as listener,
            following(simple) as shipper,
        ):
            middle = (begin + end) // 2
            listener.send(as_lines(sent[begin:middle]))
            wait_until(lambda: len(spooled(spool)) == middle)  # noqa: B023
            wait_until(lambda: len(stored(simple, "events")) > begin)  # noqa: B023
            if part % 2:
                shipper.kill()
            listener.send(as_lines(sent[middle:end]))
            wait_until(lambda: len(spooled(spool)) == end)  # noqa: B023
            listener.end()
    with following(simple):
        wait_until(lambda: len(stored(simple, "events")) == len(events))
        wait_until(lambda: simple.stored("messages").versions == messages.versions)

    assert without_priority(simple.stored("events")) == without_priority(events)
    assert_same(messages, simple.stored("messages"))
    assert len(list(spool.glob("*/smtp-*.log"))) >= 4
