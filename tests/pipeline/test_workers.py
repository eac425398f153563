"""Several workers end in what one process ends in: the same documents to the byte, versions, balance, dead letters."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
from click.testing import CliRunner

from shipper.cluster.connect import connect
from shipper.cluster.connection import ConnectionSettings
from shipper.commands import main
from shipper.errors import ClusterError
from shipper.model import DeadLetter
from shipper.pipeline.balance import Balance
from shipper.pipeline.shipping import ship_logs
from shipper.pipeline.workers.crew import Crew
from shipper.pipeline.workers.shipping import ship_with_workers
from shipper.pipeline.workers.team import Team, WorkerError
from shipper.pipeline.workers.values import Task
from shipper.settings import load
from shipper.sinks.bulk_settings import BulkSettings
from shipper.sources.files import find_logs
from shipper.state.store import open_store
from tests.generator import Traffic, generate
from tests.generator.archive import write_days, write_months
from tests.generator.years import archive_traffic
from tests.pipeline.keeping import Kept, keeping
from tests.pipeline.running import preparation

EVENING = datetime(2019, 6, 10, 19, tzinfo=UTC)
BEFORE_WINTER = datetime(2019, 10, 24, 19, tzinfo=UTC)


@dataclass(frozen=True)
class Run:
    balance: Balance
    notices: list[str]
    letters: list[DeadLetter]
    redone: dict[int, str]


class Place:
    """A cluster, a state, and runs with them. Without workers it is the plain one process."""

    def __init__(self, kept: Kept, state: Path) -> None:
        self.kept = kept
        self._state = state

    def ship(self, logs: Sequence[Path], workers: int, *, patience: float = 60, commit_after: int = 1) -> Run:
        found, notices, redone = find_logs(map(str, logs)), list[str](), dict[int, str]()
        connection = ConnectionSettings(urls=(self.kept.url,))
        bulk = BulkSettings(max_items=300, patience=patience)
        ways: dict[str, Any] = {"on_notice": notices.append, "commit_after": commit_after}
        with closing(connect(connection)) as cluster, open_store(self._state) as store:
            if workers:
                crew = Crew(workers, load(None, {}, {}), connection, self._state, 1, redone)
                shipment = ship_with_workers(crew, found, preparation(), cluster, bulk, store, **ways)
            else:
                shipment = ship_logs(found, preparation(), cluster, bulk, store, **ways)
            return Run(shipment.balance, notices, store.dead_letters.all(), redone)


def both(logs: Sequence[Path], folder: Path, workers: int) -> Run:
    """What the workers did, which must be what one process does."""
    with keeping() as one, keeping() as many:
        alone = Place(one, folder / "one").ship(logs, 0)
        together = Place(many, folder / "many").ship(logs, workers)
    assert many.documents == one.documents
    assert together.balance == alone.balance
    assert together.letters == alone.letters
    assert together.notices == alone.notices
    assert not list((folder / "many").glob("slices-*"))
    return together


def days_of(traffic: Traffic, folder: Path) -> list[Path]:
    return write_days((line.text for line in traffic.lines), folder / "log")


@pytest.mark.parametrize("workers", [2, 3, *(pytest.param(many, marks=pytest.mark.soak) for many in (1, 5))])
def test_days_of_a_slow_gateway(tmp_path: Path, workers: int) -> None:
    traffic = generate(3, messages=220, start=EVENING, dialect="4.82", rate=0.1)
    run = both(days_of(traffic, tmp_path), tmp_path, workers)
    assert run.balance.messages == len(traffic.messages)
    assert len(run.redone) <= 3


@pytest.mark.parametrize("dialect", ["4.97", *(pytest.param(old, marks=pytest.mark.soak) for old in ("asg7", "4.94"))])
def test_days_of_each_generation(tmp_path: Path, dialect: str) -> None:
    both(days_of(generate(7, messages=260, start=EVENING, dialect=dialect, rate=0.1), tmp_path), tmp_path, 2)


def test_days_in_which_the_clock_is_changed(tmp_path: Path) -> None:
    traffic = generate(9, messages=260, start=BEFORE_WINTER, dialect="4.82", rate=0.05, zone="Europe/Berlin")
    both(days_of(traffic, tmp_path), tmp_path, 2)


def test_months_of_two_gateways(tmp_path: Path) -> None:
    both(write_months(archive_traffic(3, messages=320).lines, tmp_path / "log"), tmp_path, 2)


@pytest.mark.parametrize("seed", [1, 2])
def test_a_log_cut_at_any_byte(tmp_path: Path, seed: int) -> None:
    text = generate(4, messages=220, start=EVENING, dialect="4.82", rate=1).text
    cuts = sorted(Random(seed).sample(range(1, len(text)), 5))
    pieces = []
    for number, (begin, end) in enumerate(zip([0, *cuts], [*cuts, len(text)], strict=True)):
        pieces.append(tmp_path / f"piece-{number}.log")
        pieces[-1].write_bytes(text[begin:end])
    both(pieces, tmp_path, 2)


def test_copies_and_a_log_that_lies_over_all_others(tmp_path: Path) -> None:
    traffic = generate(5, messages=220, start=EVENING, dialect="4.82", rate=0.2)
    days = days_of(traffic, tmp_path)
    copy, whole = tmp_path / "copy.log.gz", tmp_path / "whole.log"
    shutil.copy(days[1], copy)
    whole.write_bytes(traffic.text)
    run = both([*days, copy, whole], tmp_path, 2)
    assert "logs that overlap" in run.redone.values()


def test_lines_that_cannot_be_read_are_dead_once(tmp_path: Path) -> None:
    traffic = generate(6, messages=220, start=EVENING, dialect="4.82", rate=0.1)
    days = days_of(traffic, tmp_path)
    with days[-1].open("ab") as log:
        log.write(b"no line at all\n" * 3)
    assert len(both(days, tmp_path, 2).letters) == 3


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("requests", [2, 5, 8])
def test_a_run_that_was_interrupted_goes_on(tmp_path: Path, workers: int, requests: int) -> None:
    days = days_of(generate(3, messages=220, start=EVENING, dialect="4.82", rate=0.1), tmp_path)
    with keeping() as clean, keeping() as broken:
        Place(clean, tmp_path / "clean").ship(days, 0)
        place = Place(broken, tmp_path / "broken")
        broken.fail_after = requests
        with pytest.raises(ClusterError):
            place.ship(days, workers, patience=0)
        broken.fail_after = None
        stored = set(broken.created)
        run = place.ship(days, workers)
    assert broken.documents == clean.documents
    assert run.balance.lines < sum(1 for _ in stored) + len(clean.documents)
    told = [notice for notice in run.notices if "an interrupted run goes on" in notice]
    assert len(told) == (1 if requests > 2 else len(told))


def test_a_run_that_ended_well_is_not_gone_on_with(tmp_path: Path) -> None:
    days = days_of(generate(3, messages=220, start=EVENING, dialect="4.82", rate=0.1), tmp_path)
    with keeping() as kept:
        place = Place(kept, tmp_path / "state")
        first, documents = place.ship(days, 2), dict(kept.documents)
        second = place.ship(days, 2)
    assert (second.balance.lines, second.notices) == (first.balance.lines, [])
    assert kept.documents == documents


def test_a_worker_that_is_killed_ends_the_run_with_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    days = days_of(generate(3, messages=220, start=EVENING, dialect="4.82", rate=0.1), tmp_path)
    give = Team.give

    def give_and_kill(team: Team, task: Task) -> None:
        give(team, task)
        if task.number == 1:
            team.processes[1].kill()

    monkeypatch.setattr(Team, "give", give_and_kill)
    with keeping() as kept, pytest.raises(WorkerError, match="was ended by signal 9"):
        Place(kept, tmp_path / "state").ship(days, 2)
    assert not list((tmp_path / "state").glob("slices-*"))


def test_followed_logs_have_one_process() -> None:
    result = CliRunner().invoke(main, ["ship", "--follow", "--workers", "2", "smtp.log"])
    assert result.exit_code == 2
    assert "one process follows them" in result.stderr
