"""The lines that may be those of some messages: asked for by queue id, then by process, then by client."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from shipper.retrieval import Archive, Condition, Document, Scope, Terms, host_of, queue_ids_of, term
from shipper.retrieval.conditions import address_of

_NO_PROCESS_OF_ITS_OWN = frozenset(("connection-opened", "connection-refused"))
"""Lines of the daemon: its process serves all connections."""


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
        self.lines: list[dict[str, Document]] = [{} for _ in messages]

    def by_queue_id(self) -> None:
        """Lines with an id of the message's chain."""
        ids = [set(queue_ids_of(message)) for message in self._messages]
        wanted = sorted(set().union(*ids))
        self._gather("sophos.utm.queue_id", wanted, lambda number, line: _queue_id(line) in ids[number])

    def by_client(self) -> None:
        """All lines of the client, for attempts without an id, and where the prefix lost a session's process."""
        clients = [_clients(message, lines.values()) for message, lines in zip(self._messages, self.lines, strict=True)]
        wanted = sorted(set().union(*clients))
        self._gather("source.ip", wanted, lambda number, line: _client(line) in clients[number])
        self._unnamed_clients()

    def _unnamed_clients(self) -> None:
        """Of attempts whose client is not known: whatever was received meanwhile."""
        unnamed = {n for n, m in enumerate(self._messages) if not queue_ids_of(m) and _client(m) is None}
        if unnamed:
            self._gather("sophos.utm.stage", ["exim-in"], lambda number, line: number in unnamed)

    def by_process(self) -> None:
        """All lines of the processes that wrote one of those before in a session."""
        pids = [{pid for line in lines.values() if (pid := _pid(line)) is not None} for lines in self.lines]
        wanted = sorted(set().union(*pids))
        self._gather("process.pid", wanted, lambda number, line: _is_reception(line) and _pid(line) in pids[number])

    def connections(self) -> None:
        """The daemon's lines of the connections, known by address and port."""
        ends = [{end for line in lines.values() if (end := _endpoint(line)) is not None} for lines in self.lines]
        wanted = sorted({end[0] for some in ends for end in some})
        opened = term("event.action", "connection-opened")
        self._gather("source.ip", wanted, lambda number, line: _endpoint(line) in ends[number], opened)

    def bounces(self) -> list[set[str]]:
        """For each message, the queue ids of bounces whose first line names one of its ids."""
        ids = [set(queue_ids_of(message)) for message in self._messages]
        wanted = sorted(set().union(*ids))
        found: list[set[str]] = [set() for _ in self._messages]
        made = term("event.action", "bounce-created")
        for number, line in self._fitting("sophos.utm.parent_queue_id", wanted, made):
            utm = line["sophos"]["utm"]
            if utm.get("parent_queue_id") in ids[number] and utm.get("queue_id"):
                found[number].add(utm["queue_id"])
        return found

    def _gather(
        self, field: str, values: Sequence[str | int], is_its: Callable[[int, Document], bool], *more: Condition
    ) -> None:
        for number, line in self._fitting(field, values, *more):
            if is_its(number, line):
                self.lines[number][line["_id"]] = line

    def _fitting(self, field: str, values: Sequence[str | int], *more: Condition) -> Iterator[tuple[int, Document]]:
        """Each line that has one of these values, with the number of each message whose host and period it fits."""
        if not values:
            return
        for line in self._archive.events(self._scope((Terms(field, tuple(values)), *more))):
            for number, message in enumerate(self._messages):
                began, ended = message["event"]["start"], message["event"]["end"]
                if began <= line["@timestamp"] <= ended and host_of(line) == host_of(message):
                    yield number, line

    def _scope(self, where: tuple[Condition, ...]) -> Scope:
        since = min(message["event"]["start"] for message in self._messages)
        until = datetime.fromisoformat(max(message["event"]["end"] for message in self._messages))
        hosts = {host_of(message) for message in self._messages}
        named = () if "" in hosts else tuple(sorted(hosts))
        return Scope(datetime.fromisoformat(since), until + timedelta(seconds=1), named, where)


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
