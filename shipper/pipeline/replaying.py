"""Dead letters -> the cluster, once the reason is gone: lines take all steps again, documents the last one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice

import msgspec

from shipper.cluster.interface import Cluster
from shipper.model import DeadLetter, LogLine, Operation, StageEvent
from shipper.pipeline.balance import Balance
from shipper.pipeline.completeness import GuardedOutlet
from shipper.pipeline.items import event_item
from shipper.pipeline.preparing import Preparation
from shipper.pipeline.rebuilding import message_key, refused_item
from shipper.pipeline.shipping import Shipment, Shipping, is_event
from shipper.sinks.bulk import BulkSettings
from shipper.sources.files import LogFile
from shipper.sources.unpack import Report
from shipper.state.dead_letters import Buried, Choice, DeadLetters, DeadLog
from shipper.state.store import Store

_TOGETHER = 1000


class Replay(msgspec.Struct):
    """What became of the dead letters that were replayed.

    `lines` are stored events now, `ignored` are left out by rule now, `documents` are stored. `dead_lines` and
    `refused` documents are dead letters still, or anew. `incomplete` messages lack lines that were replayed, as the
    state has forgotten their other lines. `balance` is what this changes in the books of the runs that read the lines.
    """

    lines: int = 0
    ignored: int = 0
    documents: int = 0
    dead_lines: int = 0
    refused: int = 0
    incomplete: int = 0
    balance: Balance = msgspec.field(default_factory=Balance)

    @property
    def still_dead(self) -> int:
        """How many dead letters remain of those that were replayed."""
        return self.dead_lines + self.refused


class DeadLogFile(LogFile, frozen=True):
    """The dead lines of one log, as a log."""

    letters: DeadLetters | None = None
    log: DeadLog | None = None

    def lines(self, report: Report, on_bytes: Callable[[int], None] | None = None) -> Iterator[LogLine]:
        """In the order in which they stood in the log, with their places there."""
        assert self.letters
        assert self.log
        for buried in self.letters.lines_of(self.log):
            yield LogLine(buried.letter.data, buried.letter.source, buried.letter.offset or 0)


class _Refused(msgspec.Struct, frozen=True):
    """A document that is sent again."""

    number: int
    times: int
    is_event: bool


class Replaying(Shipping):
    """A run on dead letters. Each commit takes those out of the state that have taken their next step."""

    _outlet: GuardedOutlet

    def __init__(
        self,
        preparation: Preparation,
        cluster: Cluster,
        bulk: BulkSettings,
        store: Store,
        choice: Choice,
        *,
        on_notice: Callable[[str], None],
    ) -> None:
        super().__init__(preparation, cluster, bulk, store, on_notice=on_notice)
        self._choice = choice
        self._letters = store.dead_letters
        self._reached = dict(self._reader.memory.reached)
        self._log: DeadLog | None = None
        self._tried: set[int] = set()
        self._sent: dict[tuple[str, str], _Refused] = {}
        self._times: dict[str, int] = {}
        self._refused_ids: set[tuple[str, str]] = set()
        self._replay = Replay()

    def _new_outlet(self, cluster: Cluster) -> GuardedOutlet:
        return GuardedOutlet(self._sink, self._preparation.indices, cluster)

    @property
    def shipment(self) -> Shipment:
        """What changes in the books: no line was read that was not read before."""
        self._replay.balance.messages = self._messages + self._joiner.messages
        return Shipment(self._replay.balance, self._sink.counts, 0)

    def run(self) -> Replay:
        """Replays all that was chosen: documents first, then the lines log by log, each with a commit of its own."""
        documents = self._letters.documents(self._choice)
        while some := list(islice(documents, _TOGETHER)):
            for buried in some:
                self._send_again(buried)
            self._turn_over()
        for log in self._letters.logs(self._choice):
            self._read_again(log)
            self._turn_over()
        self.finish()
        self._replay.refused = len(self._refused_ids)
        self._replay.incomplete = len(self._outlet.incomplete)
        return self._replay

    # Documents

    def _send_again(self, buried: Buried) -> None:
        letter = buried.letter
        event = is_event(letter, self._preparation.indices)
        self._sent[letter.index, letter.id] = _Refused(buried.number, buried.times, event)
        key = message_key(letter)
        if key is None or not self._joiner.take_up(*key):
            self._sink.write(refused_item(letter, self._preparation.parser))

    # Lines

    def _read_again(self, log: DeadLog) -> None:
        """All dead lines of a log, also those that were not chosen: they tell each other's times and sessions.

        They do not go on where another log ended, which may have been much later.
        """
        self._log, self._tried = log, set()
        self._reader.memory.reached.clear()
        events = self._reader.read([DeadLogFile(log.path, head=log.head, letters=self._letters, log=log)])
        while some := list(islice(events, _TOGETHER)):
            self._outlet.look_up(some)
            for event in some:
                self._take(event, log)
        for buried in self._letters.lines_of(log):
            if buried.number not in self._tried:
                self._leave_out(buried)

    def _take(self, event: StageEvent, log: DeadLog) -> None:
        data = event.original.encode(event.encoding or "utf-8")
        line = self._letters.line(log, event.offset, data)
        if line is not None:
            number, times = line
            self._letters.settle(number)
            self._times[event.id] = times
            self._replay.lines += 1
            self._move(times, events=times, unrecognized=times * (event.action == "unrecognized"))
        operation: Operation = "index" if event.replaces else "create"
        self._sink.write(event_item(event, self._preparation.indices, operation))
        self._joiner.add(event)

    def _bury(self, letter: DeadLetter) -> None:
        assert self._log
        line = self._letters.line(self._log, letter.offset or 0, letter.data)
        if line is not None:
            self._letters.revise(line[0], letter.step, letter.reason)
            self._tried.add(line[0])
            self._replay.dead_lines += 1

    def _leave_out(self, buried: Buried) -> None:
        """A line that the present rules ignore."""
        if self._preparation.reading.ignores(buried.letter.data):
            self._letters.settle(buried.number)
            self._replay.ignored += 1
            self._move(buried.times, ignored=buried.times)
        else:
            self._replay.dead_lines += 1

    def _move(self, times: int, *, events: int = 0, ignored: int = 0, unrecognized: int = 0) -> None:
        """From the dead letters of the books to where a line is now."""
        balance = self._replay.balance
        balance.dead_letters -= times
        balance.events += events
        balance.ignored += ignored
        balance.unrecognized += unrecognized

    # What is known once the cluster has all

    def _book(self) -> None:
        for key in [key for key in self._sent if key[1] not in self._outlet.later]:
            sent = self._sent.pop(key)
            self._letters.settle(sent.number)
            self._replay.documents += 1
            if sent.is_event:
                self._move(sent.times, events=sent.times)
        self._letters.sweep()
        self._times.clear()
        self._keep_clocks()

    def _keep(self, letter: DeadLetter) -> None:
        """A document that was refused again, or that of a line that was replayed."""
        self._refused_ids.add((letter.index, letter.id))
        if self._sent.pop((letter.index, letter.id), None) is not None:
            self._letters.bury(letter, times=0)
            return
        times = self._times.get(letter.id, 1)
        self._letters.bury(letter, times)
        if letter.id in self._times:
            self._replay.lines -= 1
            self._move(-times, events=-times)

    def _keep_clocks(self) -> None:
        """The logs that are shipped next go on from where the clocks got to, not from where old lines were replayed."""
        reached = self._reader.memory.reached
        for host, before in self._reached.items():
            if host not in reached or reached[host].local < before.local:
                reached[host] = before
        self._reached = dict(reached)
