"""Slices of an archive on their way through the workers, and into the state in order."""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import mkdtemp

import msgspec

from shipper.pipeline.archive import Archive
from shipper.pipeline.logs import Looked
from shipper.pipeline.reading import Memory
from shipper.pipeline.workers.archive_shipping import ArchiveShipping
from shipper.pipeline.workers.borders import OVERLAP, WrongGuessError, follow_up
from shipper.pipeline.workers.crew import Crew
from shipper.pipeline.workers.process import Orders
from shipper.pipeline.workers.slice_run import copied_memory
from shipper.pipeline.workers.team import Team
from shipper.pipeline.workers.values import Border, Outcome, Sent, Task

FOLDER = "slices-"
"""What the folders of the slices' files begin with."""
_LATER = 7 * 86_400


class Relay:
    """Where each slice is on its way: read, compared, sent, adopted, each in the order of time."""

    def __init__(
        self, run: ArchiveShipping, archive: Archive, crew: Crew, orders: Orders, slices: list[list[Looked]]
    ) -> None:
        self._run = run
        self._archive = archive
        self._crew = crew
        self._orders = orders
        self._slices = slices
        self._all = [each for slice in slices for each in slice]
        self._firsts = [0]
        for slice in slices:
            self._firsts.append(self._firsts[-1] + len(slice))
        self._truth = run.start()
        self._offsets = copied_memory(self._truth.memory).offsets
        self._outcomes: dict[int, Outcome] = {}
        self._sent: dict[int, Sent] = {}
        self._borders: dict[int, Border] = {}
        self._given = self._compared = self._adopted = 0
        self._wrong = False
        self._end = len(slices)

    def run(self) -> None:
        folder = Path(mkdtemp(prefix=FOLDER, dir=self._crew.folder))
        orders = msgspec.structs.replace(self._orders, folder=folder)
        workers = min(self._crew.workers, len(self._slices))
        try:
            with Team(orders, workers, on_trouble=self._run._on_notice, on_bytes=self._run._on_bytes) as team:
                self._work(team)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        rest = [each for slice in self._slices[self._end :] for each in slice]
        self._run.read_in_turn(self._truth, rest, [], is_last=True)

    def _work(self, team: Team) -> None:
        while self._adopted < self._end:
            while team.has_idle and self._given < self._end:
                team.give(self._task(self._given))
                self._given += 1
            match team.hear():
                case Outcome() as outcome:
                    self._outcomes[outcome.number] = outcome
                case Sent() as sent:
                    self._sent[sent.number] = sent
            while self._step(team):
                pass

    def _step(self, team: Team) -> bool:
        """Does what can be done next; whether there was anything."""
        if self._adopted in self._sent and self._adopted < self._compared:
            self._adopt()
        elif self._wrong and self._adopted == self._compared:
            self._read_in_turn()
        elif not self._wrong and self._compared < self._end and self._compared in self._outcomes:
            self._compare(team)
        else:
            return False
        return True

    def _compare(self, team: Team) -> None:
        number = self._compared
        outcome = self._outcomes[number]
        if self._lies_over_later(number, outcome):
            self._crew.redone[number] = OVERLAP
            self._end = number
            return
        try:
            self._truth = self._borders[number] = follow_up(self._truth, outcome, self._run._preparation.limits)
        except WrongGuessError as error:
            self._crew.redone[number] = str(error)
            del self._outcomes[number]
            outcome.store.unlink()
            team.drop(number)
            self._wrong = True
        else:
            self._run.write_to(outcome.indices)
            team.send(number)
            self._compared += 1

    def _lies_over_later(self, number: int, outcome: Outcome) -> bool:
        """Whether a later log begins before this slice ends: from here on one process reads all."""
        return any(
            each.beginning is not None
            and each.beginning.host in outcome.asked
            and each.begins < outcome.asked[each.beginning.host].latest
            for each in self._all[self._firsts[number + 1] :]
        )

    def _adopt(self) -> None:
        number = self._adopted
        after = self._borders.pop(number)
        self._run.adopt(self._outcomes.pop(number), self._sent.pop(number), after, self._archive, self._slices[number])
        self._adopted += 1

    def _read_in_turn(self) -> None:
        number = self._compared
        overlap = self._crew.redone[number] == OVERLAP
        after = self._run.read_in_turn(
            self._truth, self._slices[number], self._later(number), is_last=False, goes_back=overlap
        )
        self._truth = Border(after.memory, after.hosts, self._truth.latest | after.latest, after.fragments)
        self._run.commit_slice(self._truth, self._archive, self._slices[number])
        self._compared = self._adopted = number + 1
        self._wrong = False

    # What a worker is given

    def _task(self, number: int) -> Task:
        first = number == 0
        start = self._truth if first else Border(Memory(offsets=self._offsets))
        warm = [] if first else self._warm(number)
        return Task(number, warm, self._slices[number], self._later(number), start)

    def _warm(self, number: int) -> list[Looked]:
        """Each host's last log before the slice."""
        last: dict[str, Looked] = {}
        for each in self._all[: self._firsts[number]]:
            if each.beginning is not None:
                last[each.beginning.host] = each
        return sorted(last.values(), key=lambda each: each.begins)

    def _later(self, number: int) -> list[Looked]:
        """Logs after the slice that may go on with a line that was cut in two."""
        rest = self._all[self._firsts[number + 1] :]
        if not rest:
            return []
        until = rest[0].begins + _LATER
        return [each for each in rest if each.begins <= until]
