"""A run on an archive that several workers may read: its slices, and what each of them leaves for the next."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import msgspec

from shipper.pipeline.archive import Archive
from shipper.pipeline.logs import Log, Looked
from shipper.pipeline.shipping import Shipping
from shipper.pipeline.workers.adoption import Adopter
from shipper.pipeline.workers.crew import Crew
from shipper.pipeline.workers.slice_run import copied_memory
from shipper.pipeline.workers.values import Border, Outcome, Sent
from shipper.sources.slices import cut_into_slices, weight
from shipper.state.slice_store import opened_slice

_SLICES_PER_WORKER = 8
_LARGEST = 150_000_000

Relayed = Callable[[Archive, list[list[Looked]]], None]
"""Ships the slices of an archive, in order, through workers."""


class _Weighed(msgspec.Struct, frozen=True):
    looked: Looked
    begins: float
    size: int


class ArchiveShipping(Shipping):
    """A run on an archive with a crew."""

    def ship_with(self, crew: Crew, logs: Sequence[Log], commit_after: int, relay: Relayed) -> None:
        """As `ship_archive`, by `relay` where the logs make several slices that workers can read."""
        archive = Archive(self._store, overwrite=self._overwrite)
        beginnings = self._left(archive, logs)
        slices = self._slices(crew, beginnings.looked())
        if len(slices) < 2 or self._knows_later(beginnings.earliest()):
            self._read_archive(archive, beginnings, commit_after)
            return
        relay(archive, slices)
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
