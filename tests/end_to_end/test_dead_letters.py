"""Once the reason is gone, a replay ends in what a run without trouble would have stored, and leaves nothing behind."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from shipper.pipeline.balance import Balance
from shipper.state.read_only import view_state
from shipper.state.store import Store, open_store
from tests.end_to_end.node import Place, assert_same, assert_well, without_place
from tests.end_to_end.traffic import START
from tests.generator import generate

pytestmark = pytest.mark.cluster

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


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "smtp.log"
    path.write_bytes(TRAFFIC.text)
    return path


@pytest.fixture
def undated(tmp_path: Path) -> Path:
    path = tmp_path / "smtp.log"
    path.write_bytes(UNDATED.encode("latin-1"))
    return path


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


# Documents


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


@pytest.mark.parametrize("kind", ["events", "messages"])
def test_refused_documents_are_stored_once_they_fit(place: Place, log: Path, kind: str) -> None:
    refuse_misfits(place, kind)
    place.ship(log)
    dead = letters(place)
    assert len(dead) > 5
    assert all("\tcluster\t2019-06-10T" in line and f"{place.prefix}-{kind}-2019.06/" in line for line in dead)
    still = place.run("dead-letters", "replay", "--all")
    assert (still.exit_code, letters(place)) == (11, dead)
    assert f"{len(dead)} dead letters remain" in still.stderr
    accept_misfits(place, kind)

    assert f"{len(dead)} documents are stored, 0 dead letters remain" in replay(place, "--all").stderr

    assert_as_a_clean_run(place, log)
    assert_nothing_left(place, len(TRAFFIC.lines), len(TRAFFIC.ignored))
    assert replay(place, "--all").stderr == "utm-shipper: no dead letters\n"


def test_some_of_the_documents(simple: Place, log: Path) -> None:
    refuse_misfits(simple, "messages")
    simple.ship(log)
    dead = [int(line.split("\t")[0]) for line in letters(simple)]
    accept_misfits(simple, "messages")
    said = replay(simple, str(dead[3]), str(dead[1])).stderr
    assert "2 documents are stored, 0 dead letters remain" in said
    assert [int(line.split("\t")[0]) for line in letters(simple)] == [dead[0], dead[2], *dead[4:]]
    replay(simple, "--reason", "HELO")
    assert_as_a_clean_run(simple, log)


def test_a_message_that_is_fuller_by_now(simple: Place, tmp_path: Path) -> None:
    """Its first form was refused; what was stored since is left alone, and what only the state has is built anew."""
    lines = TRAFFIC.text.splitlines(keepends=True)
    first, second = tmp_path / "first.log", tmp_path / "second.log"
    first.write_bytes(b"".join(lines[: len(lines) // 2]))
    second.write_bytes(b"".join(lines[len(lines) // 2 :]))
    refuse_misfits(simple, "messages")
    simple.ship(first)
    assert letters(simple)
    accept_misfits(simple, "messages")
    simple.ship(second)
    replay(simple, "--all")
    whole = tmp_path / "whole.log"
    whole.write_bytes(TRAFFIC.text)
    assert_as_a_clean_run(simple, whole)
    assert letters(simple) == []


def test_a_message_is_built_again_by_the_settings_of_now(simple: Place, log: Path) -> None:
    refuse_misfits(simple, "messages")
    simple.ship(log)
    refused = {line.split("\t")[3] for line in letters(simple)}
    accept_misfits(simple, "messages")
    simple.environment = {"UTM_SHIPPER_LOCAL_DOMAINS": "firma.example"}
    replay(simple, "--all")
    wanted = {key: document for key, document in simple.parsed(log)[1].documents.items() if "/".join(key) in refused}
    known = {key: document for key, document in wanted.items() if "local_id" in document["email"]}
    stored = simple.stored("messages").documents
    assert len(known) > 5
    assert any("direction" in document["email"] for document in known.values())
    assert {key: stored[key] for key in known} == known


def test_a_document_that_moves_on_is_no_dead_letter_any_more(simple: Place, tmp_path: Path) -> None:
    """Its id was that of a later queue id while the first was unknown; stored under it, it would be there twice."""
    first, rest = tmp_path / "first.log", tmp_path / "rest.log"
    lines = MAIL.splitlines(keepends=True)
    first.write_text(lines[0])
    rest.write_text("".join(lines[1:]))
    refuse_misfits(simple, "messages", "status")
    simple.ship(*ZONE, rest)
    assert len(letters(simple)) == 1
    accept_misfits(simple, "messages", "status")
    simple.ship(*ZONE, first)
    assert letters(simple) == []
    assert_as_a_clean_run(simple, *ZONE, first, rest)


def test_documents_of_which_the_state_knows_nothing_are_sent_as_they_are(simple: Place, log: Path) -> None:
    refuse_misfits(simple, "messages")
    simple.ship(log)
    forget_messages(simple)
    accept_misfits(simple, "messages")
    replay(simple, "--all")
    assert_as_a_clean_run(simple, log)
    assert letters(simple) == []


# Lines


def test_lines_that_nothing_dated_are_dated_by_the_zone(place: Place, undated: Path) -> None:
    count = UNDATED.count("\n")
    place.ship(undated)
    assert len(letters(place)) == count
    assert place.run("dead-letters", "replay", "--all").exit_code == 11
    assert (len(letters(place)), place.node.indices(place.prefix)) == (count, [])

    said = replay(place, *ZONE, "--all").stderr

    assert f"{count} lines are events now, 0 are ignored by rule now, 0 documents are stored, 0 dead" in said
    assert len(place.stored("events")) == count
    assert len(place.stored("messages")) > 1
    assert_as_a_clean_run(place, *ZONE, undated)
    assert_nothing_left(place, count)
    for arguments in (["ship", *ZONE, undated], ["dead-letters", "replay", *ZONE, "--all"]):
        assert_well(place.run(*arguments))
        assert_as_a_clean_run(place, *ZONE, undated)


def test_a_line_takes_the_others_of_its_log_along(simple: Place, undated: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.log"
    other.write_bytes(undated.read_bytes().replace(b"06:10-1", b"06:12-1").replace(b"06-10 1", b"06-12 1"))
    simple.ship(undated)
    simple.ship(other)
    replay(simple, *ZONE, "3")
    assert {line.split("\t")[3].split(":")[0] for line in letters(simple)} == {str(other)}
    assert_as_a_clean_run(simple, *ZONE, undated)
    replay(simple, *ZONE, "--step", "clock")
    assert_as_a_clean_run(simple, *ZONE, undated, other)


YEARLESS = re.sub(r"2019-06-10 14:..:.. ", "", SESSIONS.replace("2019:06:10-", "06:10-"))


def test_lines_that_lost_their_year(simple: Place, tmp_path: Path) -> None:
    nameless, named = tmp_path / "smtp.log", tmp_path / "smtp-2019-06-10.log"
    for path in (nameless, named):
        path.write_bytes(YEARLESS.encode("latin-1"))
    simple.ship(*ZONE, nameless)
    assert {line.split("\t")[4] for line in letters(simple)} == {
        "the line's year is lost and neither a queue id nor the file's name tells it"
    }
    assert simple.run("dead-letters", "replay", *ZONE, "--all").exit_code == 11
    replay(simple, *ZONE, "--year", "2019", "--all")
    assert_as_a_clean_run(simple, *ZONE, named)
    assert_nothing_left(simple, YEARLESS.count("\n"))


def test_lines_are_dated_by_what_later_logs_told(simple: Place, undated: Path, log: Path, tmp_path: Path) -> None:
    """The zone is not needed where another log of that week has queue ids."""
    late = tmp_path / "late.log"
    late.write_bytes(UNDATED.encode("latin-1").replace(b" utm ", b" utm-a "))
    traffic = generate(6, messages=20, start=START, host="utm-a", zone="Europe/Berlin")
    log.write_bytes(traffic.text)
    simple.ship(late)
    assert len(letters(simple)) == UNDATED.count("\n")
    simple.ship(log)
    replay(simple, "--all")
    assert_as_a_clean_run(simple, *ZONE, late, log)
    assert letters(simple) == []


def test_a_rule_that_ignores_a_dead_line(simple: Place, undated: Path) -> None:
    undated.write_bytes(undated.read_bytes() + b"kernel: no time at all\n")
    simple.ship(*ZONE, undated)
    assert len(letters(simple)) == 1
    simple.environment = {"UTM_SHIPPER_IGNORE": "^kernel: "}
    assert "0 lines are events now, 1 are ignored by rule now" in replay(simple, "--all").stderr
    assert_nothing_left(simple, UNDATED.count("\n") + 1, ignored=1)


def test_a_line_whose_event_is_refused_is_a_refused_document_then(simple: Place, undated: Path) -> None:
    simple.ship(undated)
    refuse_misfits(simple, "events")
    partly = simple.run("dead-letters", "replay", *ZONE, "--all")
    assert partly.exit_code == 11
    dead = letters(simple)
    assert {line.split("\t")[1] for line in dead} == {"cluster"}
    assert (books(simple).dead_letters, books(simple).events) == (len(dead), UNDATED.count("\n") - len(dead))
    accept_misfits(simple, "events")
    replay(simple, "--all")
    assert_as_a_clean_run(simple, *ZONE, undated)
    assert_nothing_left(simple, UNDATED.count("\n"))


def test_a_message_that_the_state_has_forgotten_is_not_replaced_by_a_part_of_it(
    simple: Place, log: Path, tmp_path: Path
) -> None:
    """A line that was dead for long belongs to a message that was finished long ago."""
    lines = TRAFFIC.text.splitlines(keepends=True)
    at = next(number for number, line in enumerate(lines) if b" => " in line and b"exim-out" in line)
    one, others = tmp_path / "one.log", tmp_path / "others.log"
    one.write_bytes(lines[at])
    others.write_bytes(b"".join([*lines[:at], *lines[at + 1 :]]))
    simple.ship(one)
    simple.ship(others)
    assert len(letters(simple)) == 1
    forget_messages(simple)
    before = simple.stored("messages")

    said = replay(simple, "--all").stderr

    assert "1 lines are events now" in said
    assert "warning: 1 messages lack the replayed lines" in said
    assert len(simple.stored("events")) == len(TRAFFIC.lines) - len(TRAFFIC.ignored)
    assert simple.stored("messages") == before
    simple.ship(log, state="new")
    assert_as_a_clean_run(simple, log)


def forget_messages(place: Place) -> None:
    connection = sqlite3.connect(place.folder / "state" / "state.db")
    for table in ("messages", "queue_ids"):
        connection.execute(f"DELETE FROM {table}")
    connection.commit()
    connection.close()


# Faults


class _KilledError(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("commit", [1, 2, 3])
def test_killed_between_the_cluster_and_the_commit(
    simple: Place, undated: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, commit: int
) -> None:
    other = tmp_path / "mail.log"
    other.write_bytes(TRAFFIC.text)
    refuse_misfits(simple, "messages")
    simple.ship(undated)
    simple.ship(other)
    accept_misfits(simple, "messages")
    count = len(letters(simple))
    real: Callable[[Store], None] = Store.commit
    calls = iter(range(1, 100))

    def killed(store: Store) -> None:
        if next(calls) == commit:
            raise _KilledError
        real(store)

    with monkeypatch.context() as patch:
        patch.setattr(Store, "commit", killed)
        with pytest.raises(_KilledError):
            simple.run("dead-letters", "replay", *ZONE, "--all")
    assert 0 < len(letters(simple)) <= count
    simple.node.ask("POST", f"/{simple.prefix}-*/_refresh")  # what was stored is found then
    assert "warning" not in replay(simple, *ZONE, "--all").stderr
    assert_as_a_clean_run(simple, *ZONE, undated, other)
    assert_nothing_left(simple, UNDATED.count("\n") + len(TRAFFIC.lines), len(TRAFFIC.ignored))


def test_while_another_holds_the_state(simple: Place, undated: Path) -> None:
    simple.ship(undated)
    folder = simple.folder / "state"
    with open_store(folder):
        assert len(letters(simple)) == UNDATED.count("\n")
        assert simple.run("dead-letters", "show", "1").exit_code == 0
        for command in (["replay", "--all"], ["drop", "--all", "--yes"]):
            refused = simple.run("dead-letters", *command)
            assert refused.exit_code == 8
            assert refused.stderr.startswith(
                f"utm-shipper: error: another utm-shipper uses the state directory {folder}"
            )
    assert len(letters(simple)) == UNDATED.count("\n")
