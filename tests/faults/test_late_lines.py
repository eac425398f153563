"""Lines that come days later: they find their message while the state waits for it, and leave it alone afterwards."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.node import Place
from tests.faults.outcome import assert_same, count, found_in, outcome
from tests.faults.process import balance_of, following
from tests.generator import generate

pytestmark = pytest.mark.cluster

ZONE = "America/New_York"
BEGINNING = b"""\
2019:06:10-11:04:41 utm exim-in[9103]: 2019-06-10 11:04:41 1haLqi-0002Mp-2G <= alice@example.net H=mx.example.net [192.0.2.10]:53500 P=esmtps X=TLSv1.2:DHE-RSA-AES256-GCM-SHA384:256 S=67579 id=4711@example.net
2019:06:10-11:04:43 utm smtpd[9095]: SCANNER[9095]: 1haLql-0002Mh-MA <= alice@example.net R=1haLqi-0002Mp-2G P=INPUT S=63168
2019:06:10-11:04:44 utm exim-out[9113]: 2019-06-10 11:04:44 1haLql-0002Mh-MA == bob@example.com R=static_route_hostlist T=static_smtp defer (111): Connection refused
"""  # noqa: E501
OTHER = b"""\
2019:06:14-09:00:00 utm exim-in[9203]: 2019-06-14 09:00:00 1hbllg-0002Mp-2G <= carol@example.net H=mx.example.net [192.0.2.10]:53501 P=esmtp S=500 id=4712@example.net
"""  # noqa: E501
END = b"""\
2019:06:%d-11:00:00 utm exim-out[9313]: 2019-06-%d 11:00:00 1haLql-0002Mh-MA => bob@example.com P=<alice@example.net> R=static_route_hostlist T=static_smtp H=mail.example.com [198.51.100.20]:25 C="250 2.6.0 Queued mail for delivery"
2019:06:%d-11:00:00 utm exim-out[9313]: 2019-06-%d 11:00:00 1haLql-0002Mh-MA Completed
"""  # noqa: E501


def end(day: int) -> bytes:
    return END % ((day,) * 4)


def message_of(place: Place, queue_id: str) -> tuple[tuple[str, str], int, dict[str, Any]]:
    """Key, version and document of the only message whose root this is."""
    stored = place.stored("messages")
    (key,) = (
        key for key, document in stored.documents.items() if document.get("email", {}).get("local_id") == queue_id
    )
    return key, stored.versions[key], stored.documents[key]


def test_days_later_and_after_a_restart_a_line_finds_its_message(simple: Place, tmp_path: Path) -> None:
    log = tmp_path / "smtp.log"
    log.write_bytes(BEGINNING)
    with following(simple, log, ZONE=ZONE) as shipper:
        shipper.wait_until(lambda: count(simple, "messages") == 1)
        before = message_of(simple, "1haLqi-0002Mp-2G")
        shipper.kill()
    with log.open("ab") as more:
        more.write(OTHER)
    with following(simple, log, ZONE=ZONE) as shipper:
        shipper.wait_until(lambda: count(simple, "messages") == 2)
        shipper.end()
    with log.open("ab") as more:
        more.write(end(15))
    with following(simple, log, ZONE=ZONE) as shipper:
        shipper.wait_until(lambda: count(simple) == 6)
        shipper.end()
    after = message_of(simple, "1haLqi-0002Mp-2G")
    assert (before[0], before[1], before[2]["sophos"]["utm"]["status"]) == (after[0], 3, "deferred")
    assert (after[1], after[2]["sophos"]["utm"]["status"]) == (5, "delivered")
    assert_same(outcome(BEGINNING + OTHER + end(15)), found_in(simple, balance_of(simple)))


def test_beyond_the_window_a_message_stays_as_it_stands(simple: Place, tmp_path: Path) -> None:
    """The late lines are events, and a message of what they tell by themselves."""
    log, week, late = (tmp_path / name for name in ("smtp.log", "week.log", "late.log"))
    log.write_bytes(BEGINNING)
    others = generate(54, messages=60, start=datetime(2019, 6, 16, 12, tzinfo=UTC), host="utm", zone=ZONE)
    week.write_bytes(others.text)
    late.write_bytes(end(17))
    simple.ship("--zone", ZONE, log)
    before = message_of(simple, "1haLqi-0002Mp-2G")
    simple.ship("--zone", ZONE, week)
    simple.ship("--zone", ZONE, late)
    assert message_of(simple, "1haLqi-0002Mp-2G") == before
    _, version, alone = message_of(simple, "1haLql-0002Mh-MA")
    utm, was = alone["sophos"]["utm"], before[2]["sophos"]["utm"]
    assert (before[1], was["status"], was["complete"]) == (3, "deferred", False)
    assert (version, utm["status"], utm["queue_ids"]) == (2, "delivered", ["1haLql-0002Mh-MA"])
    assert len(simple.stored("messages")) == 2 + len(others.messages)
    assert len(simple.stored("events")) == 5 + len(others.lines) - len(others.ignored)
