"""Input that is not there, is nothing, or is damaged; a state that cannot be used; readers that go away."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
from pathlib import Path

import pytest

from shipper.state.store import open_store
from tests.end_to_end.node import Place
from tests.end_to_end.traffic import START
from tests.generator import Stress, generate

pytestmark = pytest.mark.cluster

TRAFFIC = generate(9, messages=90, start=START)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "smtp.log"
    path.write_bytes(TRAFFIC.text)
    return path


@pytest.mark.parametrize("command", ["ship", "parse"])
def test_a_missing_path(simple: Place, tmp_path: Path, log: Path, command: str) -> None:
    missing = tmp_path / "nothing.log"
    result = simple.run(command, log, missing)
    assert (result.exit_code, result.stdout) == (3, "")
    assert result.stderr == f"utm-shipper: error: no such file or folder: {missing}; check the path\n"
    assert simple.node.indices(simple.prefix) == []


@pytest.mark.parametrize("command", ["ship", "parse"])
def test_a_folder_without_logs(simple: Place, tmp_path: Path, command: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "notes.txt").write_text("no log")
    result = simple.run(command, tmp_path / "empty")
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (3, "", 1)
    assert result.stderr.startswith(f"utm-shipper: error: no logs in the folder {tmp_path / 'empty'}; ")


@pytest.mark.parametrize("content", [b"", gzip.compress(b"")], ids=["plain", "packed"])
def test_an_empty_file_is_told_and_harmless(simple: Place, tmp_path: Path, log: Path, content: bytes) -> None:
    empty = tmp_path / "empty.log"
    empty.write_bytes(content)
    said = simple.ship(empty, log).stderr
    assert f"{empty}: empty, no lines\n" in said
    assert len(simple.stored("events")) == len(TRAFFIC.lines) - len(TRAFFIC.ignored)


def test_a_truncated_archive_keeps_what_was_readable(simple: Place, tmp_path: Path, log: Path) -> None:
    packed = gzip.compress(log.read_bytes())
    cut = tmp_path / "smtp-2019-06-10.log.gz"
    cut.write_bytes(packed[: len(packed) // 2])
    said = simple.ship(cut).stderr
    assert f"{cut}: the gzip data ends early (truncated): what was readable is kept\n" in said
    whole = {event["event"]["original"] for event in simple.parsed(log)[0].documents.values()}
    stored = {event["event"]["original"] for event in simple.stored("events").documents.values()}
    assert len(stored) > 100
    assert len(stored - whole) <= 1  # the line that the end of the data cuts in two


def test_another_shipper_on_the_same_state(simple: Place, log: Path) -> None:
    state = simple.folder / "state"
    with open_store(state):
        result = simple.run("ship", log)
    assert (result.exit_code, result.stdout) == (8, "")
    assert result.stderr == (
        f"utm-shipper: error: process {os.getpid()} uses the state {state / 'state.db'}; "
        "wait for it, or name another with --state\n"
    )
    assert simple.node.indices(simple.prefix) == []
    simple.ship(log)


@pytest.mark.parametrize("damage", ["no database", "cut", "overwritten"])
def test_a_damaged_state_is_one_clear_line(simple: Place, log: Path, damage: str) -> None:
    simple.ship(log)
    before = simple.stored("messages")
    file = simple.folder / "state" / "state.db"
    content = file.read_bytes()
    file.write_bytes(
        {
            "no database": b"nothing like it " * 1000,
            "cut": content[: len(content) // 2],
            "overwritten": content[:4096] + b"\xff" * (len(content) - 4096),
        }[damage]
    )
    for rest in (file.with_name("state.db-wal"), file.with_name("state.db-shm")):
        rest.unlink(missing_ok=True)
    result = simple.run("ship", log)
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (8, "", 1), result.output
    assert f"the state {file} cannot be used: " in result.stderr
    assert result.stderr.endswith("; the state can be deleted: ship the logs again and the cluster ends up the same\n")
    file.unlink()
    simple.ship(log)
    assert simple.stored("messages") == before


def test_a_reader_of_parse_that_goes_away(tmp_path: Path) -> None:
    log = tmp_path / "smtp.log"
    log.write_bytes(b"".join(line + b"\n" for line in Stress(1, START, messages=500).lines(8000)))
    program = [sys.executable, "-m", "shipper", "parse", "--emit", "all", str(log)]
    with subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as parse:
        assert parse.stdout
        assert parse.stderr
        assert parse.stdout.readline().startswith(b"{")
        parse.stdout.close()
        assert (parse.stderr.read(), parse.wait(60)) == (b"", 141)
