"""Times over midnight, the year's end and both changes of daylight saving, on busy and on quiet gateways."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.comparison import Document, assert_equal
from tests.generator import generate, render
from tests.pipeline.running import dead_letters, run, write_log

CHANGES = {
    "Europe/Berlin, forward": ("Europe/Berlin", datetime(2019, 3, 31, 1, tzinfo=UTC)),
    "Europe/Berlin, back": ("Europe/Berlin", datetime(2019, 10, 27, 1, tzinfo=UTC)),
    "America/New_York, forward": ("America/New_York", datetime(2019, 3, 10, 7, tzinfo=UTC)),
    "America/New_York, back": ("America/New_York", datetime(2019, 11, 3, 6, tzinfo=UTC)),
    "Australia/Lord_Howe, half an hour forward": ("Australia/Lord_Howe", datetime(2019, 10, 5, 15, 30, tzinfo=UTC)),
    "Australia/Lord_Howe, half an hour back": ("Australia/Lord_Howe", datetime(2019, 4, 6, 15, tzinfo=UTC)),
    "Asia/Kathmandu, none": ("Asia/Kathmandu", datetime(2019, 3, 31, 1, tzinfo=UTC)),
    "UTC, none": ("UTC", datetime(2019, 3, 31, 1, tzinfo=UTC)),
    "the year's end": ("Europe/Berlin", datetime(2019, 12, 31, 23, tzinfo=UTC)),
    "29 February": ("America/New_York", datetime(2020, 2, 29, 5, tzinfo=UTC)),
}
BUSY, QUIET = (10, 300), (0.05, 40)  # messages a minute, messages


def in_repeated_time(document: Document, change: datetime) -> bool:
    """An attempt without an id within an hour of the change: on a quiet gateway nothing tells on which side it was."""
    when = datetime.fromisoformat(document["@timestamp"])
    return "local_id" not in document.get("email", {}) and abs(when - change) <= timedelta(hours=1)


@pytest.mark.parametrize("with_zone", [False, True], ids=["ids only", "zone configured"])
@pytest.mark.parametrize(("rate", "messages"), [BUSY, QUIET], ids=["busy", "quiet"])
@pytest.mark.parametrize("name", CHANGES)
def test_changes(tmp_path: Path, name: str, rate: float, messages: int, with_zone: bool) -> None:
    zone, change = CHANGES[name]
    start = change - timedelta(minutes=messages / rate / 2)
    traffic = generate(2, messages=messages, start=start, zone=zone, rate=rate)
    result = run(write_log(tmp_path / "smtp.log", render(traffic.lines)), **({"zone": zone} if with_zone else {}))
    assert result.balance.holds
    assert result.balance.dead_letters == 0
    wanted, found = traffic.messages, result.messages
    if (rate, messages) == QUIET:
        wanted = [document for document in wanted if not in_repeated_time(document, change)]
        found = [document for document in found if not in_repeated_time(document, change)]
        assert len(wanted) > len(traffic.messages) - 3
    assert_equal(wanted, found, traffic.scenarios if wanted is traffic.messages else ())


def test_a_wrong_zone_is_said_and_not_followed(tmp_path: Path) -> None:
    traffic = generate(3, messages=60, start=datetime(2019, 6, 10, tzinfo=UTC), scenarios=["delivered"])
    result = run(write_log(tmp_path / "smtp.log", render(traffic.lines)), zone="America/New_York")
    assert_equal(traffic.messages, result.messages)
    assert any(text.startswith("warning") for text in result.balance.describe_clock())


ID_LESS = [
    b"2019:06:10-11:04:40 utm exim-in[9103]: 2019-06-10 11:04:40 SMTP connection from [192.0.2.10]:53500 lost",
    b"2019:06:10-11:04:41 utm exim-in[9103]: 2019-06-10 11:04:41 SMTP connection from [192.0.2.10]:53501 lost",
]


def test_without_any_id_the_configured_zone_tells(tmp_path: Path) -> None:
    result = run(write_log(tmp_path / "smtp.log", ID_LESS), zone="America/New_York")
    stamps = [event["@timestamp"] for event in result.events]
    assert stamps == ["2019-06-10T15:04:40.000Z", "2019-06-10T15:04:41.000Z"]


def test_without_id_and_zone_a_line_is_never_taken_for_utc(tmp_path: Path) -> None:
    log = write_log(tmp_path / "smtp.log", ID_LESS)
    assert run(log).events == []
    letters = dead_letters(log)
    assert [letter["data"].encode() for letter in letters] == ID_LESS
    assert [letter["log"] for letter in letters] == [
        {"file": {"path": str(log)}, "offset": 0},
        {"file": {"path": str(log)}, "offset": len(ID_LESS[0]) + 1},
    ]
    assert {letter["step"] for letter in letters} == {"clock"}


def test_another_logs_offset_is_carried(tmp_path: Path) -> None:
    known = b"2019:06:09-11:04:40 utm exim-in[9103]: 2019-06-09 11:04:40 1hZzN5-0002Mp-2F <= a@example.org P=local S=1"
    second = 1560092675  # what the id says: 4 hours ahead of the stamp
    assert datetime.fromtimestamp(second, UTC).hour == 15
    (tmp_path / "smtp-2019-06-10.log").write_bytes(b"\n".join(ID_LESS))
    (tmp_path / "smtp-2019-06-09.log").write_bytes(known)
    result = run(tmp_path)
    assert [event["@timestamp"] for event in result.events][1:] == [
        "2019-06-10T15:04:40.000Z",
        "2019-06-10T15:04:41.000Z",
    ]
