"""Refused documents, once they fit: what is stored then is what a run without trouble would have stored."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.end_to_end.letters import (
    MAIL,
    TRAFFIC,
    ZONE,
    accept_misfits,
    assert_as_a_clean_run,
    assert_nothing_left,
    forget_messages,
    letters,
    refuse_misfits,
    replay,
)
from tests.end_to_end.node import Place

pytestmark = pytest.mark.cluster


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "smtp.log"
    path.write_bytes(TRAFFIC.text)
    return path


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
