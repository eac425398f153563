"""Logs -> a cluster, with a state that lets the next run go on where this one ended."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import TracebackType
from typing import Self

import msgspec

from shipper.cluster.interface import Cluster
from shipper.correlate.correlator import HostState
from shipper.documents.shape import Indices
from shipper.model import DeadLetter, Operation, StageEvent
from shipper.parse.clock import Reached
from shipper.pipeline.archive import Archive
from shipper.pipeline.balance import Balance
from shipper.pipeline.items import event_item
from shipper.pipeline.joining import Joiner
from shipper.pipeline.logs import Log, Progress
from shipper.pipeline.outlet import ClusterOutlet
from shipper.pipeline.preparing import Preparation
from shipper.pipeline.reading import Beginnings, LogReader, Memory
from shipper.pipeline.tuning import give_memory_back
from shipper.sinks.bulk import BulkCounts, BulkSettings, BulkSink
from shipper.state.store import Store

COMMIT_AFTER = 200_000
_TOGETHER = 3600
"""Logs that begin this many seconds before the end of what was shipped are read as of the same time."""


class Shipment(msgspec.Struct, frozen=True):
    """What a run did: its balance, and what the cluster did with the documents."""

    balance: Balance
    counts: BulkCounts
    refused_messages: int


class Shipping:
    """A run on a cluster and a state: logs are shipped, what is open is shown and saved as often as the owner likes.

    Order of writing: the cluster first, then one commit of all that the state holds. A crash in between repeats writes
    under the same ids. Only documents whose ids may still change are committed first, then sent.
    """

    def __init__(
        self,
        preparation: Preparation,
        cluster: Cluster,
        bulk: BulkSettings,
        store: Store,
        *,
        overwrite: bool = False,
        on_notice: Callable[[str], None],
        on_trouble: Callable[[str], None] | None = None,
        on_bytes: Callable[[int], None] | None = None,
        on_index: Callable[[str], None] | None = None,
    ) -> None:
        self._balance = Balance()
        self._earlier = store.recall("balance", Balance) or Balance()
        self._refused_messages = 0
        self._counts = BulkCounts()
        self._messages = 0
        self._went_back = False
        self._preparation = preparation
        self._store = store
        self._overwrite = overwrite
        self._sink = BulkSink(
            cluster, bulk, on_dead_letter=self._keep, on_trouble=on_trouble or on_notice, on_index=on_index
        )
        self._outlet = self._new_outlet(cluster)
        self._on_notice = on_notice
        self._on_index = on_index
        self._on_bytes = on_bytes
        self._reader = self._new_reader(store.recall("reading", Memory))
        self._joiner = self._new_joiner(store.recall_all("host:", HostState))

    def _new_outlet(self, cluster: Cluster) -> ClusterOutlet:
        return ClusterOutlet(self._sink, self._preparation.indices, cluster, overwrite=self._overwrite)

    def _new_reader(self, memory: Memory | None) -> LogReader:
        return LogReader(
            self._preparation.reading,
            self._preparation.parser,
            self._balance,
            memory=memory,
            on_dead=self._bury,
            on_notice=self._on_notice,
            on_bytes=self._on_bytes,
        )

    def _new_joiner(self, hosts: list[HostState]) -> Joiner:
        ways = self._preparation
        return Joiner(self._store, self._outlet, ways.policy, ways.limits, ways.expire_after, hosts)

    def __enter__(self) -> Self:
        for item in self._store.outbox.items():
            self._sink.write(item)
        self._sink.flush()
        self._store.outbox.empty()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._sink.close()

    @property
    def shipment(self) -> Shipment:
        """What was done so far; complete after `save` or `finish`."""
        self._balance.messages = self._messages + self._joiner.messages
        return Shipment(self._balance, self._sink.counts.plus(self._counts), self._refused_messages)

    @property
    def progress(self) -> list[Progress]:
        """What `ship` read of each log the last time."""
        return self._reader.progress

    @property
    def reached(self) -> Mapping[str, Reached]:
        """Where each host's clock stands."""
        return self._reader.memory.reached

    def ship(self, logs: Sequence[Log]) -> None:
        """Events of these logs are on their way to the cluster, and joined."""
        beginnings = self._reader.look_at(logs)
        self._turn(beginnings.earliest())
        self._ship_events(self._reader.read_from(beginnings))

    def _ship_events(self, events: Iterable[StageEvent]) -> None:
        indices = self._preparation.indices
        for event in events:
            operation: Operation = "index" if self._overwrite or event.replaces else "create"
            self._sink.write(event_item(event, indices, operation))
            self._joiner.add(event)

    def ship_archive(self, logs: Sequence[Log], commit_after: int) -> None:
        """As `ship`, with a commit between logs after so many lines; what an interrupted run has stored is left out."""
        archive = Archive(self._store, overwrite=self._overwrite)
        self._read_archive(archive, self._left(archive, logs), commit_after)

    def _read_archive(self, archive: Archive, beginnings: Beginnings, commit_after: int) -> None:
        self._turn(beginnings.earliest())
        stored = committed = 0

        def at_border() -> None:
            nonlocal stored, committed
            if self._balance.lines - committed >= commit_after:
                archive.store(progress.log for progress in self._reader.progress[stored:])
                stored, committed = len(self._reader.progress), self._balance.lines
                self._reader.keep_clocks()
                self.save()

        self._ship_events(self._reader.read_from(beginnings, on_border=at_border))
        archive.finish()

    def _left(self, archive: Archive, logs: Sequence[Log]) -> Beginnings:
        found = self._reader.look_at(logs)
        left = archive.left(found)
        if number := len(found.logs) - len(left.logs):
            self._on_notice(f"{number:,} of {len(found.logs):,} logs are stored already: an interrupted run goes on")
        return left

    def _turn(self, earliest: Mapping[str, float]) -> None:
        """Where logs begin before what was shipped, and after these: the sessions of then are not those of now."""
        goes_back = self._goes_back(earliest)
        if goes_back or self._went_back:
            self._turn_over()
        self._went_back = goes_back

    def _goes_back(self, earliest: Mapping[str, float]) -> bool:
        return any(second < self._joiner.reached(host) - _TOGETHER for host, second in earliest.items())

    def _turn_over(self) -> None:
        """As if this run ended here and another went on."""
        states = self._joiner.close()
        self._commit(states)
        self._messages += self._joiner.messages
        self._joiner = self._new_joiner(states)

    def show(self, seconds_since: float, quiet_for: float) -> bool:
        """Messages in progress that have been quiet for so long are on their way to the cluster; whether there are any.

        `seconds_since`: how long ago the last line came.
        """
        return self._joiner.show(seconds_since, quiet_for)

    def save(self) -> None:
        """Returns when the cluster has all that was shipped and the state all that is open.

        Raises `ClusterError` when the cluster does not take it; the state is then as before.
        """
        self._commit(self._joiner.save())

    def finish(self) -> Shipment:
        """The end of the run: every message is written as it stands."""
        self._commit(self._joiner.close())
        return self.shipment

    def _commit(self, states: Iterable[HostState]) -> None:
        store, outlet = self._store, self._outlet
        outlet.flush()
        self._sink.flush()
        later = list(outlet.later.values())
        store.outbox.fill(later)
        self._book()
        store.dead_letters.forget(outlet.deleted)
        outlet.deleted.clear()
        store.remember("reading", self._reader.memory)
        store.remember("balance", self._earlier.plus(self.shipment.balance))
        for state in states:
            store.remember(f"host:{state.host}", state)
        store.commit()
        if later:
            outlet.send_later()
            self._sink.flush()
            self._book()
            store.remember("balance", self._earlier.plus(self.shipment.balance))
            store.outbox.empty()
            store.commit()
        give_memory_back()

    def _bury(self, letter: DeadLetter) -> None:
        """A line that cannot take its next step."""
        self._store.dead_letters.bury(letter)

    def _keep(self, letter: DeadLetter) -> None:
        """What the cluster refused becomes a dead letter, in the state and in the balance."""
        self._store.dead_letters.bury(letter)
        if is_event(letter, self._preparation.indices):
            self._balance.events -= 1
            self._balance.dead_letters += 1
        else:
            self._refused_messages += 1

    def _book(self) -> None:
        """The fate of all that was sent is known."""


def ship_logs(
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
    """Stores events and messages of these logs; the state is committed between logs every `commit_after` lines.

    `on_index` hears of each index before the first document goes there.

    Raises `ClusterError` when the cluster does not take them; the state is then as it was committed last, and shipping
    the same logs again goes on there and ends in the same documents.
    """
    run = Shipping(
        preparation, cluster, bulk, store,
        overwrite=overwrite, on_notice=on_notice, on_bytes=on_bytes, on_index=on_index,
    )  # fmt: skip
    with run:
        run.ship_archive(files, commit_after)
        return run.finish()


def is_event(letter: DeadLetter, indices: Indices) -> bool:
    """Whether the document that was refused is a stage event's."""
    return letter.index.startswith(f"{indices.prefix}-events-")
