"""An archive shipped by several workers: slices are handed out, compared, sent, and taken into the state in order."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tempfile import mkdtemp

import msgspec

from shipper.cluster.connection import ConnectionSettings
from shipper.cluster.interface import Cluster
from shipper.pipeline.archive import Archive
from shipper.pipeline.preparing import Preparation
from shipper.pipeline.reading import Log, Looked, Memory
from shipper.pipeline.shipping import COMMIT_AFTER, Shipment, Shipping
from shipper.pipeline.workers.adoption import Adopter
from shipper.pipeline.workers.borders import OVERLAP, WrongGuessError, follow_up
from shipper.pipeline.workers.process import Orders
from shipper.pipeline.workers.slice_run import copied_memory
from shipper.pipeline.workers.team import Team
from shipper.pipeline.workers.values import Border, Outcome, Sent, Task
from shipper.settings import Settings
from shipper.sinks.bulk_settings import BulkSettings
from shipper.sources.slices import cut_into_slices, weight
from shipper.state.slice_store import opened_slice
from shipper.state.store import Store

_FOLDER = "slices-"
_SLICES_PER_WORKER = 8
_LARGEST = 150_000_000
_SMALLEST = 4_000_000
_MOST_WRONG = 3
_LATER = 7 * 86_400


class Crew(msgspec.Struct, frozen=True):
    """How many workers there are, how each reaches the cluster, and the folder that their files go to.

    A slice has `smallest` unpacked bytes at least, about. `redone` is told which slices were read again, and why.
    """

    workers: int
    settings: Settings
    connection: ConnectionSettings
    folder: Path
    smallest: int = _SMALLEST
    redone: dict[int, str] = msgspec.field(default_factory=dict)


class _Weighed(msgspec.Struct, frozen=True):
    looked: Looked
    begins: float
    size: int


class ArchiveShipping(Shipping):
    """A run on an archive with a crew."""

    def ship_with(self, crew: Crew, orders: Orders, logs: Sequence[Log], commit_after: int) -> None:
        """As `ship_archive`, with workers where that can be."""
        archive = Archive(self._store, overwrite=self._overwrite)
        beginnings = self._left(archive, logs)
        slices = self._slices(crew, beginnings.looked())
        if len(slices) < 2 or self._knows_later(beginnings.earliest()):
            self._read_archive(archive, beginnings, commit_after)
            return
        _Relay(self, archive, crew, orders, slices).run()
        archive.finish()

    def _knows_later(self, earliest: Mapping[str, float]) -> bool:
        """Whether an earlier run has read lines of later times."""
        reached = self._reader.memory.reached
        return any(
            host in reached and second < reached[host].local - reached[host].offset for host, second in earliest.items()
        )

    def _slices(self, crew: Crew, looked: Sequence[Looked]) -> list[list[Looked]]:
        if crew.workers < 2 or any(each.log.is_stream for each in looked):
            return []
        logs = [_Weighed(each, each.begins, weight(each.log.size, b"", each.log.path)) for each in looked]
        total = sum(log.size for log in logs)
        most = min(_LARGEST, max(crew.smallest, total // (crew.workers * _SLICES_PER_WORKER)))
        return [[log.looked for log in slice] for slice in cut_into_slices(logs, most)]

    # What the relay asks for

    def start(self) -> Border:
        """What an earlier run left, for the first slice."""
        self._reader.keep_clocks()
        return Border(self._reader.memory, {state.host: state for state in self._joiner.save()})

    def read_in_turn(
        self,
        truth: Border,
        logs: Sequence[Looked],
        later: Sequence[Looked],
        *,
        is_last: bool,
        goes_back: bool = False,
    ) -> Border:
        """Reads this slice here, after all before it; what is known then. The last one ends the run."""
        self._messages += self._joiner.messages
        self._reader = self._new_reader(copied_memory(truth.memory))
        self._joiner = self._new_joiner(list(truth.hosts.values()))
        self._joiner.go_on(truth.hosts[host] for host in truth.latest if host in truth.hosts)
        if goes_back:
            self._turn_over()
        known = [msgspec.structs.replace(each, fragment=truth.fragments.get(each.log.path, b"")) for each in logs]
        rest = [msgspec.structs.replace(each, fragment=truth.fragments.get(each.log.path, b"")) for each in later]
        self._ship_events(self._reader.read_from(self._reader.take_up(known, rest), goes_on=not is_last))
        if is_last:
            return truth
        states = {state.host: state for state in self._joiner.save()}
        latest = {host: state.now for host, state in states.items() if state.now}
        return Border(self._reader.memory, states, latest, self._reader.fragments)

    def adopt(self, outcome: Outcome, sent: Sent, after: Border, archive: Archive, logs: Sequence[Looked]) -> None:
        """Takes a slice whose documents the cluster has; the state is committed."""
        self._on_outcome(outcome, sent)
        now = {host: asked.latest for host, asked in outcome.asked.items()}
        with opened_slice(outcome.store) as slice:
            for letter in slice.letters():
                self._bury(letter)
            ways = self._preparation
            adopter = Adopter(self._store, self._outlet, ways.policy, ways.limits, ways.expire_after)
            for host, sessions in after.over.items():
                adopter.end(host, sessions)
            adopter.adopt(slice, now)
        self._messages += adopter.messages
        self.commit_slice(after, archive, logs)

    def _on_outcome(self, outcome: Outcome, sent: Sent) -> None:
        for notice in outcome.notices:
            self._on_notice(notice)
        self._balance.add(outcome.balance)
        self._messages += outcome.balance.messages
        self._counts = self._counts.plus(sent.counts)
        for letter in sent.letters:
            self._keep(letter)
        self._outlet.later |= outcome.later
        self._outlet.deleted += sent.deleted

    def commit_slice(self, after: Border, archive: Archive, logs: Sequence[Looked]) -> None:
        """All before this border is stored."""
        archive.store(each.log for each in logs)
        self._reader = self._new_reader(copied_memory(after.memory))
        self._commit(after.hosts.values())

    def write_to(self, indices: set[str]) -> None:
        """The next documents go to these indices."""
        if self._on_index is not None:
            for index in sorted(indices):
                self._on_index(index)


class _Relay:
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
        folder = Path(mkdtemp(prefix=_FOLDER, dir=self._crew.folder))
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


def available_cores() -> int:
    """How many processes can work at the same time."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def ship_with_workers(
    crew: Crew,
    files: Sequence[Log],
    preparation: Preparation,
    cluster: Cluster,
    bulk: BulkSettings,
    store: Store,
    *,
    overwrite: bool = False,
    on_notice: Callable[[str], None],
    on_bytes: Callable[[int], None] | None = None,
    on_index: Callable[[str], None] | None = None,
    commit_after: int = COMMIT_AFTER,
) -> Shipment:
    """As `ship_logs`, with workers."""
    for left in crew.folder.glob(f"{_FOLDER}*"):
        shutil.rmtree(left, ignore_errors=True)
    shared = msgspec.structs.replace(bulk.divided(crew.workers), in_flight=max(1, bulk.in_flight // crew.workers))
    orders = Orders(crew.settings, crew.connection, shared, crew.folder, overwrite)
    run = ArchiveShipping(
        preparation, cluster, bulk, store,
        overwrite=overwrite, on_notice=on_notice, on_bytes=on_bytes, on_index=on_index,
    )  # fmt: skip
    with run:
        run.ship_with(crew, orders, files, commit_after)
        return run.finish()
