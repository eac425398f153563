"""However little of what is open is in memory, the documents are the same."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from shipper.correlate.limits import Limits
from shipper.pipeline.parsing import parse_logs
from shipper.sources.files import find_logs
from tests.generator import Stress
from tests.pipeline.running import preparation, write_log

OPEN = 200


def messages_of(log: Path, limits: Limits) -> list[bytes]:
    output = io.BytesIO()
    ways = msgspec.structs.replace(preparation(), limits=limits)
    balance = parse_logs(find_logs([str(log)]), ways, output, on_notice=print)
    documents = output.getvalue().splitlines()
    assert len(documents) == balance.messages
    return sorted(documents)


def test_messages_whose_lines_come_hours_apart_are_whole(tmp_path: Path) -> None:
    stress = Stress(3, datetime(2019, 6, 10, tzinfo=UTC), messages=100, open_messages=OPEN)
    log = write_log(tmp_path / "smtp.log", stress.lines(10_000))
    few = messages_of(log, Limits(most_events=100))

    assert few == messages_of(log, Limits(most_events=10**9, settle_after=10**9))
    waiting = [msgspec.json.decode(document)["sophos"]["utm"]["status"] for document in few]
    assert OPEN * 0.9 < waiting.count("in_progress") + waiting.count("deferred") < OPEN * 1.3
    assert waiting.count("delivered") > OPEN
