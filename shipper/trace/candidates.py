"""The lines that may be those of some messages: asked for by queue id, then by process, then by client."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, TypeVar

from shipper.correlate.session import ENDING_KINDS
from shipper.model import iso_date
from shipper.retrieval import Archive, Condition, Document, Scope, Terms, host_of, queue_ids_of, term
from shipper.retrieval.conditions import address_of
from shipper.trace.stage_events import second_of

_NO_PROCESS_OF_ITS_OWN = frozenset(("connection-opened", "connection-refused"))
"""Lines of the daemon: its process serves all connections."""


_AN_HOUR = 3600
_SAME_MOMENT = 2
_Period = tuple[str, str]
_Value = TypeVar("_Value", str, int)


class Found(NamedTuple):
    """The lines that may be a message's own, and the queue ids of bounces that report it."""

    lines: list[Document]
    bounces: list[str]


def candidates_of(archive: Archive, messages: Sequence[Document]) -> list[Found]:
    """For each of these messages (some dozens): all lines of its queue ids and of the SMTP sessions that may have
    brought it, between its first and its last line.
    """
    search = _Search(archive, messages)
    search.by_queue_id()
    search.by_client()
    search.by_process()
    search.connections()
    bounces = search.bounces()
    return [Found(list(lines.values()), sorted(bounces[number])) for number, lines in enumerate(search.lines)]


class _Search:
    """Lines are gathered for all messages at once and handed to those whose period, host and so on they fit."""

    def __init__(self, archive: Archive, messages: Sequence[Document]) -> None:
        self._archive = archive
        self._messages = messages
        self._ids = [set(queue_ids_of(message)) for message in messages]
        self._whole: list[_Period] = [(m["event"]["start"], m["event"]["end"]) for m in messages]
        self.lines: list[dict[str, Document]] = [{} for _ in messages]

    def by_queue_id(self) -> None:
        """Lines with an id of the message's chain."""
        wanted = Terms("sophos.utm.queue_id", _all(self._ids))
        self._gather(wanted, self._whole, lambda number, line: _queue_id(line) in self._ids[number])

    def by_client(self) -> None:
        """All lines of the client, for attempts without an id, and where the prefix lost a session's process."""
        clients = [_clients(message, lines.values()) for message, lines in zip(self._messages, self.lines, strict=True)]
        periods = [period if some else None for period, some in zip(self._whole, clients, strict=True)]
        self._gather(Terms("source.ip", _all(clients)), periods, lambda number, line: _client(line) in clients[number])
        self._unnamed_clients()

    def _unnamed_clients(self) -> None:
        """Of attempts whose client is not known: whatever was received meanwhile."""
        unnamed = [not ids and _client(m) is None for ids, m in zip(self._ids, self._messages, strict=True)]
        periods = [period if wanted else None for period, wanted in zip(self._whole, unnamed, strict=True)]
        self._gather(term("sophos.utm.stage", "exim-in"), periods, lambda number, line: True)

    def by_process(self) -> None:
        """All lines of the processes that wrote one of those before in a session.

        A message may wait for days, and the numbers of processes come again: its session is looked for within the hour,
        and beyond only where no line tells that it was over.
        """
        soon = [self._reception(lines, _AN_HOUR) for lines in self.lines]
        self._of_processes([_earlier(period, end) for period, end in zip(self._whole, soon, strict=True)])
        over = [any(line["sophos"]["utm"]["kind"] in ENDING_KINDS for line in lines.values()) for lines in self.lines]
        self._of_processes([None if done else period for period, done in zip(self._whole, over, strict=True)])

    def _of_processes(self, periods: Sequence[_Period | None]) -> None:
        pids = [{pid for line in lines.values() if (pid := _pid(line)) is not None} for lines in self.lines]
        wanted = _all(own for own, period in zip(pids, periods, strict=True) if period)
        self._gather(
            Terms("process.pid", wanted),
            periods,
            lambda number, line: _is_reception(line) and _pid(line) in pids[number],
        )

    def connections(self) -> None:
        """The daemon's lines of the connections, known by address and port: before all others, or at the same time."""
        ends = [{end for line in lines.values() if (end := _endpoint(line)) is not None} for lines in self.lines]
        last = [self._connected(number) if own else "" for number, own in enumerate(ends)]
        periods = [_earlier(period, end) for period, end in zip(self._whole, last, strict=True)]
        wanted = Terms("source.ip", tuple(sorted({client for some in ends for client, _ in some})))
        opened = term("event.action", "connection-opened")
        self._gather(wanted, periods, lambda number, line: _endpoint(line) in ends[number], opened)

    def bounces(self) -> list[set[str]]:
        """For each message, the queue ids of bounces whose first line names one of its ids."""
        found: list[set[str]] = [set() for _ in self._messages]
        parents = Terms("sophos.utm.parent_queue_id", _all(self._ids))
        for number, line in self._fitting(parents, self._whole, term("event.action", "bounce-created")):
            utm = line["sophos"]["utm"]
            if utm.get("parent_queue_id") in self._ids[number] and utm.get("queue_id"):
                found[number].add(utm["queue_id"])
        return found

    def _connected(self, number: int) -> str:
        """When the client had connected at the latest: as its message got an id, or with reception's last line."""
        lines = self.lines[number].values()
        received = [second_of(line) for line in lines if _is_reception(line) and _queue_id(line) in self._ids[number]]
        if received:
            return iso_date(min(received) + _SAME_MOMENT)
        return self._reception(self.lines[number], _SAME_MOMENT)

    @staticmethod
    def _reception(lines: dict[str, Document], longer: int) -> str:
        """So many seconds after the last line of reception; empty where there is none."""
        seconds = [second_of(line) for line in lines.values() if _is_reception(line)]
        return iso_date(max(seconds) + longer) if seconds else ""

    def _gather(
        self,
        wanted: Terms,
        periods: Sequence[_Period | None],
        is_its: Callable[[int, Document], bool],
        *more: Condition,
    ) -> None:
        for number, line in self._fitting(wanted, periods, *more):
            if is_its(number, line):
                self.lines[number][line["_id"]] = line

    def _fitting(
        self, wanted: Terms, periods: Sequence[_Period | None], *more: Condition
    ) -> Iterator[tuple[int, Document]]:
        """Each line that has one of these values, with the number of each message whose host and period it fits."""
        asked = [(number, *period) for number, period in enumerate(periods) if period]
        if not (asked and wanted.values):
            return
        hosts = {host_of(self._messages[number]) for number, _, _ in asked}
        since = datetime.fromisoformat(min(began for _, began, _ in asked))
        until = datetime.fromisoformat(max(ended for _, _, ended in asked)) + timedelta(seconds=1)
        scope = Scope(since, until, () if "" in hosts else tuple(sorted(hosts)), (wanted, *more))
        for line in self._archive.events(scope):
            for number, began, ended in asked:
                if began <= line["@timestamp"] <= ended and host_of(line) == host_of(self._messages[number]):
                    yield number, line


def _earlier(period: _Period, end: str) -> _Period | None:
    """The period up to then; None where nothing is to be looked for."""
    return (period[0], min(period[1], end)) if end else None


def _all(sets: Iterable[set[_Value]]) -> tuple[_Value, ...]:
    return tuple(sorted(set().union(*sets)))


def _clients(message: Document, lines: Iterable[Document]) -> set[str]:
    """The clients all of whose lines may be the message's."""
    if not queue_ids_of(message):
        return {client} if (client := _client(message)) is not None else set()
    lost = (line for line in lines if _is_reception(line) and "pid" not in line["process"])
    return {client for line in lost if (client := _client(line)) is not None}


def _queue_id(line: Document) -> str | None:
    queue_id: str | None = line["sophos"]["utm"].get("queue_id")
    return queue_id


def _client(document: Document) -> str | None:
    ip = document.get("source", {}).get("ip")
    return None if ip is None else str(address_of(ip))


def _endpoint(line: Document) -> tuple[str, int] | None:
    client, port = _client(line), line.get("source", {}).get("port")
    return None if client is None or port is None or not _is_reception(line) else (client, port)


def _is_reception(line: Document) -> bool:
    return bool(line["sophos"]["utm"]["stage"] == "exim-in")


def _pid(line: Document) -> int | None:
    """Of a process that serves one connection."""
    if not _is_reception(line) or line["sophos"]["utm"]["kind"] in _NO_PROCESS_OF_ITS_OWN:
        return None
    pid: int | None = line["process"].get("pid")
    return pid
