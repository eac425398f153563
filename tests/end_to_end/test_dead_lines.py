"""Lines that nothing dated, replayed: they end as in a run that could date them from the first."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.end_to_end.letters import (
    TRAFFIC,
    UNDATED,
    YEARLESS,
    ZONE,
    accept_misfits,
    assert_as_a_clean_run,
    assert_nothing_left,
    books,
    forget_messages,
    letters,
    refuse_misfits,
    replay,
)
from tests.end_to_end.node import Place, assert_well
from tests.end_to_end.traffic import START
from tests.generator import generate

pytestmark = pytest.mark.cluster


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
