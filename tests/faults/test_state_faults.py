"""A state that has no room, is held by another process, or is damaged: one line each, and a way out that holds."""

from __future__ import annotations

import os
import resource
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from random import Random

import pytest

from shipper.errors import StateError
from shipper.pipeline.balance import Balance
from shipper.state.read_only import view_state
from shipper.state.store import open_store
from tests.end_to_end.node import Place
from tests.end_to_end.traffic import START
from tests.faults.outcome import assert_same, found_in, outcome
from tests.faults.process import balance_of, environment, following
from tests.faults.shipping import stored_so_far
from tests.generator import generate

pytestmark = pytest.mark.cluster

TEXT = generate(53, messages=400, start=START, rate=8).text
CUT = TEXT.index(b"\n", len(TEXT) // 2) + 1
WAY_OUT = "the state can be deleted: ship the logs again and the cluster ends up the same"
ROOM = 300_000
"""Bytes, which a part of the run needs already."""


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "smtp.log"
    path.write_bytes(TEXT)
    return path


def balance_in(state: Path) -> Balance:
    with view_state(state) as view:
        assert view
        return view.recall("balance", Balance) or Balance()


def refusal(place: Place, log: Path, *options: str) -> str:
    """What `ship` says when it refuses the state: one line, and nothing else happens."""
    before = found_in(place, Balance())
    result = place.run("ship", *options, log)
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (8, "", 1), result.output
    assert found_in(place, Balance()) == before
    return result.stderr.removeprefix("utm-shipper: error: ").removesuffix("\n")


# No room


@contextmanager
def a_full_disk(folder: Path) -> Iterator[Callable[[], None]]:
    """Only so much fits into the folder, until the function is called. Mounting needs root."""
    folder.mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "tmpfs", str(folder)], check=True)
    try:
        yield lambda: subprocess.run(["mount", "-o", "remount,size=100m", str(folder)], check=True)  # type: ignore[misc]
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@contextmanager
def a_quota(folder: Path) -> Iterator[Callable[[], None]]:
    """No file of this process, and of those that it starts, may be larger, until the function is called."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, before[1]))

    def lift() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)

    try:
        yield lift
    finally:
        lift()


ADVICE = {
    a_full_disk: "database or disk is full; free some disk and run it again: nothing is lost",
    a_quota: "disk I/O error; check the disk, its room and quotas, and run it again: nothing is lost",
}
SHORTAGES = [a_full_disk, a_quota] if os.getuid() == 0 else [a_quota]


@pytest.mark.parametrize("shortage", SHORTAGES, ids=lambda shortage: str(shortage.__name__))
@pytest.mark.parametrize("follow", [(), ("--follow",)], ids=["ship", "follow"])
def test_no_room_for_the_state(
    simple: Place, log: Path, tmp_path: Path, shortage: Callable[..., Iterator[Callable[[], None]]], follow: tuple[str]
) -> None:
    state = tmp_path / "cramped"
    place = Place(simple.node, simple.prefix, tmp_path)
    with shortage(state) as lift:
        ship = [sys.executable, "-m", "shipper", "ship", *follow, str(log)]
        variables = environment(place, STATE=str(state))
        failed = subprocess.run(ship, env=variables, capture_output=True, text=True, timeout=60)
        assert failed.returncode == 8, failed.stderr
        line = failed.stderr.splitlines()[-1]
        assert line == f"utm-shipper: error: the state {state / 'state.db'} cannot be used: {ADVICE[shortage]}"
        wanted, partly = outcome(TEXT), found_in(place, Balance())
        assert partly.events.items() <= wanted.events.items()
        lift()
        if follow:
            with following(place, log, STATE=str(state), ZONE="Europe/Berlin") as shipper:
                shipper.wait_until(lambda: stored_so_far(place) == len(wanted.events) and shipper.rounds >= 1)
                shipper.end()
        else:
            subprocess.run(ship, env=variables, check=True, capture_output=True, timeout=60)
        found = found_in(place, balance_in(state))
    assert_same(wanted, found)


def fill(folder: Path, pages: int) -> None:
    with open_store(folder) as store:
        store._db.execute(f"PRAGMA max_page_count = {pages}")
        for number in range(1000):
            store.put("utm", number, {f"id-{number}"}, b"message" * 100)
        store.commit()


def test_a_full_disk_as_sqlite_tells_of_it(tmp_path: Path) -> None:
    """The same without a disk that is full, which only root can make."""
    with pytest.raises(StateError) as refused:
        fill(tmp_path, pages=30)
    assert str(refused.value) == f"the state {tmp_path / 'state.db'} cannot be used: {ADVICE[a_full_disk]}"


# Held


def test_a_second_shipper_is_told_who_holds_the_state(simple: Place, log: Path) -> None:
    with following(simple, log, ZONE="Europe/Berlin") as shipper:
        shipper.wait_until(lambda: shipper.is_ready and shipper.rounds >= 1)
        state = simple.folder / "state" / "state.db"
        told = f"process {shipper.process.pid} uses the state {state}; wait for it, or name another with --state"
        result = simple.run("ship", log)
        assert (result.exit_code, result.stdout, result.stderr) == (8, "", f"utm-shipper: error: {told}\n")
        shipper.wait_until(lambda: stored_so_far(simple) == len(outcome(TEXT).events))
        shipper.end()
    assert_same(outcome(TEXT), found_in(simple, balance_of(simple)))


OUTSIDE = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute(sys.argv[2])
connection.execute("BEGIN IMMEDIATE")
connection.execute("UPDATE memory SET value = value")
print("held", flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("how", ["PRAGMA journal_mode", "PRAGMA locking_mode = EXCLUSIVE"], ids=["usual", "exclusive"])
def test_another_program_that_holds_the_database(simple: Place, log: Path, how: str) -> None:
    simple.ship(log)
    state = simple.folder / "state" / "state.db"
    command = [sys.executable, "-c", OUTSIDE, str(state), how]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as outside:
        assert outside.stdout
        assert outside.stdout.readline() == b"held\n"
        told = refusal(simple, log)
        outside.communicate()
    assert told == f"process {outside.pid} uses the state {state}; wait for it, or name another with --state"
    simple.ship(log)


# Damaged


def _noise(content: bytes, begin: int, size: int) -> bytes:
    return content[:begin] + Random(1).randbytes(size) + content[begin + size :]


def _pages(content: bytes) -> bytes:
    """Some whole pages in the middle."""
    return _noise(content, len(content) // 8192 * 4096, 5 * 4096)


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "pages in the middle": _pages,
    "the last page": lambda content: _noise(content, len(content) - 4096, 4096),
    "a few bytes of its head": lambda content: _noise(content, 100, 40),
    "cut in half": lambda content: content[: len(content) // 2],
    "one page left": lambda content: content[:4096],
    "part of a page left": lambda content: content[:1000],
    "nothing left": lambda content: b"",
    "zeros": lambda content: bytes(len(content)),
    "no database": lambda content: b"nothing like it " * 1000,
    "a later version": lambda content: content[:60] + (99).to_bytes(4, "big") + content[64:],
}


USUAL = ("pages in the middle", "cut in half", "nothing left", "no database", "a later version")
RARE = (pytest.param(name, marks=pytest.mark.soak) for name in DAMAGES if name not in USUAL)


@pytest.mark.parametrize("damage", [*USUAL, *RARE])
def test_a_damaged_state(simple: Place, log: Path, damage: str) -> None:
    """It is refused before anything is sent; thrown away, with the logs shipped again, nothing is missing."""
    log.write_bytes(TEXT[:CUT])
    simple.ship(log)
    log.write_bytes(TEXT)
    file = simple.folder / "state" / "state.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    file.write_bytes(DAMAGES[damage](file.read_bytes()))
    for options in ((), ("--follow",)):
        told = refusal(simple, log, *options)
        assert told.startswith(f"the state {file} ")
        assert told.endswith(f"; {WAY_OUT}")
    for part in file.parent.iterdir():
        part.unlink()
    simple.ship(log)
    assert_same(outcome(TEXT), found_in(simple, balance_of(simple)))


@pytest.mark.parametrize("damage", [b"\xc1", b"\x9b\xa1\xff"], ids=["no value", "a host that is no text"])
def test_a_message_that_cannot_be_read(simple: Place, log: Path, damage: bytes) -> None:
    """Damage that is within a value, where SQLite does not look."""
    log.write_bytes(TEXT[:CUT])
    simple.ship(log)
    log.write_bytes(TEXT)
    file = simple.folder / "state" / "state.db"
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE messages SET message = ?", (damage,))
    result = simple.run("ship", log)
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (8, "", 1), result.output
    assert result.stderr.startswith(f"utm-shipper: error: the state {file} holds a message that cannot be read (")
    assert result.stderr.endswith(f"; {WAY_OUT}\n")
    file.unlink()
    simple.ship(log)
    assert_same(outcome(TEXT), found_in(simple, balance_of(simple)))
