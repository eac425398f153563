"""One slice: warmed up, read, joined, kept back, and sent once it is known to be right."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec

from shipper.cluster.interface import Cluster
from shipper.documents.shape import Indices
from shipper.model import DeadLetter, Operation, StageEvent
from shipper.pipeline.balance import Balance
from shipper.pipeline.items import event_item
from shipper.pipeline.logs import Looked
from shipper.pipeline.outlet import ClusterOutlet
from shipper.pipeline.preparing import Preparation
from shipper.pipeline.reading import LogReader, Memory
from shipper.pipeline.recent import Recent
from shipper.pipeline.workers.slice_joiner import SliceJoiner, copied
from shipper.pipeline.workers.spool import Spool, SpoolingOutlet
from shipper.pipeline.workers.tail import Tail
from shipper.pipeline.workers.values import Asked, Border, Outcome, Sent, Task
from shipper.sinks.bulk import BulkSink
from shipper.sinks.bulk_settings import BulkSettings
from shipper.sources.files import LogFile
from shipper.state.slice_store import Letters, new_slice_store
from shipper.state.store import Store


class SliceReader:
    """Reads slices, one after the other. What each run makes is in files below `folder`."""

    def __init__(
        self, preparation: Preparation, folder: Path, *, overwrite: bool, on_bytes: Callable[[int], None]
    ) -> None:
        self._preparation = preparation
        self._folder = folder
        self._overwrite = overwrite
        self._on_bytes = on_bytes
        self.spool = Spool(str(folder))

    def read(self, task: Task) -> Outcome:
        """The slice's documents are in `spool`, all else in what is returned."""
        self.spool = Spool(str(self._folder))
        path = self._folder / f"slice-{task.number}.db"
        with new_slice_store(path) as (store, letters):
            run = _Run(self._preparation, task, store, letters, self.spool, overwrite=self._overwrite)
            return run.outcome(path, self._on_bytes)


class _Run:
    def __init__(
        self,
        preparation: Preparation,
        task: Task,
        store: Store,
        letters: Letters,
        spool: Spool,
        *,
        overwrite: bool,
    ) -> None:
        self._task = task
        self._letters: Letters | None = None
        self._slice_letters = letters
        self._operation: Operation = "index" if overwrite else "create"
        self._indices = preparation.indices
        self._balance = Balance()
        self._notices: list[str] = []
        self._outlet = SpoolingOutlet(spool, preparation.indices)
        self._recent = Recent()
        self._seconds: dict[str, tuple[int, int]] = {}
        self._on_bytes: Callable[[int], None] | None = None
        self._memory = copied_memory(task.start.memory)
        ways = preparation
        hosts = [] if task.warm else list(task.start.hosts.values())
        self._joiner = SliceJoiner(store, self._outlet, ways.policy, ways.limits, ways.expire_after, hosts)
        self._reader = LogReader(
            ways.reading,
            ways.parser,
            self._balance,
            memory=self._memory,
            on_dead=self._dead,
            on_notice=self._notices.append,
            on_bytes=self._count,
        )

    def outcome(self, path: Path, on_bytes: Callable[[int], None]) -> Outcome:
        own = self._reader.take_up([*self._warm_logs(), *self._task.logs], self._task.later)
        warm, logs = own.parted(len(self._task.warm))
        if self._task.warm:
            for event in self._reader.read_from(warm, recent=self._recent, goes_on=True):
                self._joiner.warm_up(event)
        guess = self._begin()
        warmed = self._balance.plus(Balance())
        self._letters, self._on_bytes = self._slice_letters, on_bytes
        self._notices.clear()
        operation, add, join = self._operation, self._outlet.add, self._joiner.add
        for event in self._reader.read_from(logs, recent=self._recent, goes_on=True):
            add(event_item(event, self._indices, "index" if event.replaces else operation))
            join(event)
            self._see(event)
        self._joiner.save()
        balance = self._balance.minus(warmed)
        balance.messages = self._joiner.messages
        return Outcome(
            self._task.number, guess, self._end(guess), self._asked(), balance, self._notices,
            self._outlet.indices, self._outlet.later, path,
        )  # fmt: skip

    def _warm_logs(self) -> list[Looked]:
        return [
            msgspec.structs.replace(each, log=Tail(each.log))
            for each in self._task.warm
            if isinstance(each.log, LogFile)
        ]

    def _begin(self) -> Border:
        """What was learned from the logs before is kept as far as it is about their ends."""
        if not self._task.warm:
            return self._task.start
        memory = self._reader.memory
        self._reader.forget_offsets(self._task.start.memory.offsets)
        memory.unfinished.rests.clear()
        memory.edges = [edge for edge in memory.edges if edge.is_last]
        hosts = copied(self._joiner.begin_here())
        return Border(copied_memory(memory), hosts, {}, self._reader.fragments)

    def _end(self, guess: Border) -> Border:
        known = {id(edge) for edge in guess.memory.edges}
        memory = self._reader.memory
        edges = [edge for edge in memory.edges if id(edge) not in known]
        return Border(
            Memory(memory.offsets, memory.reached, memory.unfinished, edges),
            self._joiner.states(),
            {host: latest for host, (_, latest) in self._seconds.items()},
            self._reader.fragments,
        )

    def _asked(self) -> dict[str, Asked]:
        return {
            host: Asked(earliest, latest, self._joiner.touched(host))
            for host, (earliest, latest) in self._seconds.items()
        }

    def _see(self, event: StageEvent) -> None:
        seconds = self._seconds.get(event.host)
        if seconds is None:
            self._seconds[event.host] = (event.time, event.time)
        elif not seconds[0] <= event.time <= seconds[1]:
            self._seconds[event.host] = (min(seconds[0], event.time), max(seconds[1], event.time))

    def _dead(self, letter: DeadLetter) -> None:
        if self._letters is not None:
            self._letters.add(letter)

    def _count(self, count: int) -> None:
        if self._on_bytes is not None:
            self._on_bytes(count)


def copied_memory(memory: Memory) -> Memory:
    """One that may be changed; the edges are the same."""
    packed = msgspec.msgpack.encode(msgspec.structs.replace(memory, edges=[]))
    copy = msgspec.msgpack.decode(packed, type=Memory)
    copy.edges = list(memory.edges)
    return copy


class SliceSender:
    """Brings the documents of slices to the cluster."""

    def __init__(
        self,
        cluster: Cluster,
        bulk: BulkSettings,
        indices: Indices,
        *,
        overwrite: bool,
        on_trouble: Callable[[str], None],
    ) -> None:
        self._letters: list[DeadLetter] = []
        self._sink = BulkSink(cluster, bulk, on_dead_letter=self._letters.append, on_trouble=on_trouble)
        self._outlet = ClusterOutlet(self._sink, indices, cluster, overwrite=overwrite)

    def send(self, number: int, spool: Spool) -> Sent:
        """Returns when the fate of every document is known. Raises ClusterError."""
        before = self._sink.counts
        for item in spool.take():
            if item.version is None and item.operation != "delete":
                self._sink.write(item)
            else:
                self._outlet.send(item)
        self._outlet.flush()
        self._sink.flush()
        letters = list(self._letters)
        self._letters.clear()
        deleted, self._outlet.deleted = self._outlet.deleted, []
        return Sent(number, self._sink.counts.minus(before), letters, deleted)

    def close(self) -> None:
        """Ends its threads."""
        self._sink.close()
