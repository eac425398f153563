"""Dead letters of a place: made, counted, replayed, and what must be so when none is left."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

from click.testing import Result

from shipper.pipeline.balance import Balance
from shipper.state.read_only import view_state
from tests.end_to_end.node import Place, assert_same, assert_well, without_place
from tests.end_to_end.traffic import START
from tests.generator import generate

TRAFFIC = generate(8, messages=90, start=START)
ZONE = ("--zone", "Europe/Berlin")

SESSIONS = """\
2019:06:10-14:01:20 utm exim-in[2202]: 2019-06-10 14:01:20 SMTP connection from [198.51.100.7]:4329 (TCP/IP connection count = 2)
2019:06:10-14:01:20 utm exim-in[24860]: 2019-06-10 14:01:20 H=(pc25.example.org) [198.51.100.7]:4329 F=<a@example.org> rejected RCPT <x@example.com>: no such user
2019:06:10-14:01:20 utm exim-in[24860]: 2019-06-10 14:01:20 H=(pc25.example.org) [198.51.100.7]:4329 F=<a@example.org> rejected RCPT <x@example.com>: no such user
2019:06:10-14:01:20 utm exim-in[24860]: 2019-06-10 14:01:20 H=(pc25.example.org) [198.51.100.7]:4329 F=<a@example.org> rejected RCPT <x@example.com>: no such user
2019:06:10-14:01:22 utm exim-in[24860]: [1/3] 2019-06-10 14:01:21 H=(pc25.example.org) [198.51.100.7]:4329 F=<a@example.org> rejected after DATA: this message has too ma
2019:06:10-14:01:22 utm exim-in[24860]: [2\\3] ny points
2019:06:10-14:01:22 utm exim-in[24860]: [3/3] Envelope-to: <b@example.com>
2019:06:10-14:01:23 utm exim-in[24860]: 2019-06-10 14:01:23 SMTP connection from (pc25.example.org) [198.51.100.7]:4329 closed by QUIT
2019:06:10-14:03:20 utm exim-in[2202]: 2019-06-10 14:03:20 SMTP connection from [198.51.100.8]:50 (TCP/IP connection count = 1)
2019:06:10-14:03:21 utm exim-in[3000]: 2019-06-10 14:03:21 H=(gr\u00fcn) [198.51.100.8]:50 F=<c@example.org> temporarily rejected RCPT <b@example.com>: later
"""  # noqa: E501
"""Sessions without any queue id, three lines of which are the same in the same second."""
MAIL = """\
2019:06:10-17:04:41 utm exim-in[1]: 2019-06-10 17:04:41 1haLqi-0002Mp-2G <= a@example.net H=mx.example.net (mx) [192.0.2.10]:53500 P=esmtps S=67579 id=4711@example.net
2019:06:10-17:04:43 utm smtpd[2]: SCANNER[2]: 1haLql-0002Mh-MA <= a@example.net R=1haLqi-0002Mp-2G P=INPUT S=63168
2019:06:10-17:04:44 utm exim-out[3]: 2019-06-10 17:04:44 1haLql-0002Mh-MA => b@example.com P=<a@example.net> R=static_route_hostlist T=static_smtp H=mail.example.com [198.51.100.20]:25 C="250 2.6.0 Queued mail for delivery"
"""  # noqa: E501
"""A message of whose lines none was written by the process that made its id: they do not tell the time."""
UNDATED = SESSIONS + MAIL
YEARLESS = re.sub(r"2019-06-10 14:..:.. ", "", SESSIONS.replace("2019:06:10-", "06:10-"))


def letters(place: Place, *arguments: str) -> list[str]:
    return assert_well(place.run("dead-letters", "list", *arguments)).stdout.splitlines()


def replay(place: Place, *arguments: str) -> Result:
    return assert_well(place.run("dead-letters", "replay", *arguments))


def assert_as_a_clean_run(place: Place, *arguments: str | Path) -> None:
    events, messages = place.parsed(*arguments)
    assert without_place(place.stored("events")) == without_place(events)
    assert_same(messages, place.stored("messages"))


def assert_nothing_left(place: Place, lines: int, ignored: int = 0) -> None:
    """No dead letter anywhere, and books that say so."""
    assert letters(place) == []
    connection = sqlite3.connect(place.folder / "state" / "state.db")
    tables = ("dead_letters", "dead_logs", "outbox")
    assert [connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables] == [0, 0, 0]
    connection.close()
    balance = books(place)
    assert (balance.lines, balance.events, balance.ignored, balance.dead_letters) == (
        lines,
        lines - ignored,
        ignored,
        0,
    )


def books(place: Place) -> Balance:
    with view_state(place.folder / "state") as view:
        assert view
        balance = view.recall("balance", Balance)
    assert balance
    assert balance.holds
    return balance


def refuse_misfits(place: Place, kind: str, field: str = "helo") -> None:
    """A template of the user's own maps a field wrongly."""
    name = f"{place.prefix}-{kind}"
    (stored,) = place.node.ask("GET", f"/_index_template/{name}")["index_templates"]
    wrong = {"properties": {"sophos": {"properties": {"utm": {"properties": {field: {"type": "ip"}}}}}}}
    own = {
        "index_patterns": [f"{name}-*"],
        "priority": 900,
        "composed_of": stored["index_template"]["composed_of"],
        "template": {"mappings": wrong},
    }
    place.node.ask("PUT", f"/_index_template/{place.prefix}-own", own)


def accept_misfits(place: Place, kind: str, field: str = "helo") -> None:
    lenient = {"type": "ip", "ignore_malformed": True}
    right = {"properties": {"sophos": {"properties": {"utm": {"properties": {field: lenient}}}}}}
    for index in place.node.indices(f"{place.prefix}-{kind}"):
        place.node.ask("PUT", f"/{index}/_mapping", right)
    place.node.ask("DELETE", f"/_index_template/{place.prefix}-own")


def forget_messages(place: Place) -> None:
    connection = sqlite3.connect(place.folder / "state" / "state.db")
    for table in ("messages", "queue_ids"):
        connection.execute(f"DELETE FROM {table}")
    connection.commit()
    connection.close()
