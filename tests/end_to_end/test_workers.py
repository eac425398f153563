"""An archive shipped by several processes to a real node: killed in the middle, gone on with, shipped over itself."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.end_to_end.node import Place
from tests.end_to_end.traffic import several_days, write_daily
from tests.faults.outcome import assert_same, count, found_in, outcome
from tests.faults.process import balance_of, environment
from tests.generator import Traffic

pytestmark = pytest.mark.cluster

SMALL_SLICES = """
import functools, importlib, sys
from shipper.commands import main
ship = importlib.import_module("shipper.commands.ship")
ship.Crew = functools.partial(ship.Crew, smallest=20_000)
main(sys.argv[1:])
"""
"""So that a small archive has as many slices as a large one."""
SECONDS = 60.0


@contextmanager
def shipping(place: Place, *arguments: str | Path, **settings: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", SMALL_SLICES, "ship", "--workers", "2", *map(str, arguments)],
        env=environment(place, **settings), stderr=subprocess.PIPE, text=True,
    ) as program:  # fmt: skip
        yield program
        program.kill()


def ship(place: Place, *arguments: str | Path) -> list[str]:
    """What a run that ends well says."""
    with shipping(place, *arguments) as program:
        said = program.communicate(timeout=SECONDS)[1].splitlines()
        assert program.returncode == 0, said
    return said


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def wait_until_gone(pids: list[int]) -> None:
    end = time.monotonic() + SECONDS
    while alive := [pid for pid in pids if is_alive(pid)]:
        assert time.monotonic() < end, alive
        time.sleep(0.05)


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.fixture(scope="module")
def traffic() -> Traffic:
    return several_days()


@pytest.fixture
def archive(traffic: Traffic, tmp_path: Path) -> Path:
    write_daily(traffic, tmp_path / "log")
    return tmp_path / "log"


def test_a_killed_run_is_gone_on_with(simple: Place, traffic: Traffic, archive: Path) -> None:
    """The workers do not outlive it, their files do not either, and what was stored is not read again."""
    events = len(traffic.lines) - len(traffic.ignored)
    with shipping(simple, archive, BULK_MAX_DOCS_PER_SECOND="400") as program:
        end = time.monotonic() + SECONDS
        while not events / 4 < stored(simple) < events:
            assert time.monotonic() < end
            assert program.poll() is None
        workers = children(program.pid)
        program.kill()
    assert len(workers) == 2
    wait_until_gone(workers)

    ship(simple, archive)

    assert not list((simple.folder / "state").glob("slices-*"))
    assert_same(outcome(traffic.text), found_in(simple, balance_of(simple)))


def stored(place: Place) -> int:
    return count(place) if place.node.indices(place.prefix) else 0


def test_shipped_over_itself(simple: Place, traffic: Traffic, archive: Path) -> None:
    """`--overwrite` by several processes replaces each document by the same one."""
    ship(simple, archive)
    before = {kind: simple.stored(kind).documents for kind in ("events", "messages")}
    said = ship(simple, "--overwrite", archive)

    assert {kind: simple.stored(kind).documents for kind in ("events", "messages")} == before
    events = len(traffic.lines) - len(traffic.ignored)
    (told,) = (line for line in said if "cluster: " in line)
    assert f"cluster: 0 documents created, 0 were there already, {events + len(traffic.messages):,} written" in told
