"""Stage events -> message documents: the correlators of all hosts, and where quiet messages wait."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

import msgspec

from shipper.correlate.correlator import HostCorrelator, HostState
from shipper.correlate.limits import Limits
from shipper.correlate.message import OpenMessage
from shipper.correlate.reception_state import Attempts
from shipper.documents.message import MessageDocument, Policy, message_document
from shipper.errors import StateError
from shipper.model import Fields, StageEvent
from shipper.state.opening import WAY_OUT
from shipper.state.store import Store

_SETTLE_EVERY = 512
_EXPIRE_EVERY = 3600
_NEVER = 1 << 40


class Outlet(Protocol):
    """Where message documents go."""

    def render(self, document: MessageDocument) -> bytes | None:
        """What is to be kept until the message is final; None where documents are written as often as they change."""
        ...

    def write(
        self, documents: Sequence[MessageDocument], written: dict[str, tuple[str, int]], *, may_move: bool
    ) -> None:
        """Takes the documents of a message, or of a session's attempts, as they stand.

        `written` is what was stored of them before, to be brought up to date; `may_move`: their ids may still change.
        """
        ...

    def write_rendered(self, rendered: bytes) -> None:
        """Takes what `render` gave, once the message is final."""
        ...


class Joiner:
    """Feeds each host's events to its correlator and builds the documents of what comes out.

    `hosts` is what the last run left behind; None for a run that no other goes on from.
    """

    def __init__(
        self,
        store: Store,
        outlet: Outlet,
        policy: Policy,
        limits: Limits,
        expire_after: int,
        hosts: list[HostState] | None = None,
    ) -> None:
        self._store = store
        self._outlet = outlet
        self._policy = policy
        self._limits = limits
        self._expire_after = expire_after
        self._storage = MessageStorage(store)
        self._expired: dict[str, int] = {}
        self._count = 0
        self.messages = 0
        self._resumes = hosts is not None
        self._hosts = {state.host: HostCorrelator(state.host, self._storage, limits, state) for state in hosts or ()}

    def add(self, event: StageEvent) -> None:
        """Takes the next event."""
        host = self._hosts.get(event.host) or self._correlator(event.host)
        host.add(event)
        self._count += 1
        if self._count % _SETTLE_EVERY == 0:
            for name, correlator in self._hosts.items():
                self._settle(name, correlator)

    def _correlator(self, name: str) -> HostCorrelator:
        if name not in self._hosts:
            self._hosts[name] = HostCorrelator(name, self._storage, self._limits)
        return self._hosts[name]

    def go_on(self, states: Iterable[HostState]) -> None:
        """These hosts' states are those that this very run left."""
        for state in states:
            self._correlator(state.host).go_on(state)

    def take_up(self, host: str, queue_id: str) -> bool:
        """Writes the message that holds this id once more at the end, as it stands; whether there is one."""
        return self._correlator(host).take_up(queue_id)

    def _settle(self, name: str, host: HostCorrelator) -> None:
        for attempts in host.attempts():
            self._write_attempts(attempts)
        for message in host.settled(self._limits.most_events // len(self._hosts)):
            self._put_aside(message)
        if host.now >= self._expired.get(name, 0) + _EXPIRE_EVERY:
            self._expired[name] = host.now
            for rendered in self._expire(name, host.now - self._expire_after):
                self._give(rendered)

    def _expire(self, name: str, before: int) -> Iterable[bytes]:
        return self._store.expire(name, before)

    def _document(self, message: OpenMessage) -> MessageDocument:
        return message_document(message.in_order(), self._policy, is_open=message.session_open)

    def _write(self, message: OpenMessage, document: MessageDocument | None = None) -> None:
        self.messages += not message.counted
        message.counted = True
        message.shown, message.saved = len(message.events), 0
        document = document or self._document(message)
        message.is_open = not document.document["sophos"]["utm"]["complete"]
        self._outlet.write([document], message.written, may_move=not message.knows_beginning())

    def _write_attempts(self, attempts: Attempts) -> None:
        if attempts.messages or attempts.written:
            self.messages += len(attempts.messages) - len(attempts.written)
            documents = [self._document(message) for message in attempts.messages]
            self._outlet.write(documents, attempts.written, may_move=attempts.may_change)

    def _give(self, rendered: bytes) -> None:
        self.messages += 1
        self._outlet.write_rendered(rendered)

    def _put_aside(self, message: OpenMessage) -> None:
        if not message.events:
            return
        if message.shown == message.saved == len(message.events):
            return
        document = self._document(message)
        rendered = self._outlet.render(document)
        if rendered is None:
            self._write(message, document)
        self._storage.put(message, rendered)

    def _finish(self, message: OpenMessage) -> None:
        """The last word on a message in this run; it is stored only where another run may go on with it."""
        if message.events:
            self._write(message)
            if self._resumes:
                self._storage.put(message)

    def reached(self, host: str) -> int:
        """The UTC second of this host's latest line; 0 for a host without any."""
        return self._hosts[host].now if host in self._hosts else 0

    def show(self, seconds_since: float, quiet_for: float) -> bool:
        """Writes what has changed and was then quiet for `quiet_for` seconds, though it is not finished.

        `seconds_since` is how long ago, by the wall clock, the last line came: so much has passed in the log's time.
        Says whether there was anything.
        """
        shown = False
        for host in self._hosts.values():
            messages, attempts = host.in_progress(int(host.latest + seconds_since - quiet_for))
            for group in attempts:
                self._write_attempts(group)
            for message in messages:
                self._write(message)
            shown = shown or bool(messages or attempts)
        return shown

    def save(self) -> list[HostState]:
        """Puts all that is open into the store as it stands; returns what a later run would resume with.

        Nothing is closed: the states are shared with what goes on, so they are to be stored before the next event.
        """
        for name, host in self._hosts.items():
            self._settle(name, host)
            for message in host.unsaved():
                self._storage.put(message)
        return [host.state() for host in self._hosts.values()]

    def close(self) -> list[HostState]:
        """The end of the input: gives every message as it stands and returns what a later run resumes with."""
        states = []
        for host in self._hosts.values():
            messages, attempts, state = host.close()
            states.append(state)
            for group in attempts:
                self._write_attempts(group)
            for message in messages:
                self._finish(message)
        for rendered in self._store.documents():
            self._give(rendered)
        return states


class _StoredEvent(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """What a message document needs of an event, in the order in which `MessageStorage.put` writes it."""

    id: str
    time: int
    order: int
    stage: str
    pid: int | None
    action: str
    kind: str
    queue_id: str | None
    fields: Fields


class _StoredMessage(msgspec.Struct, frozen=True, gc=False, array_like=True):
    host: str
    last: int
    queue_ids: list[str]
    written: dict[str, tuple[str, int]]
    counted: bool
    events: list[_StoredEvent]
    shown: int = 0


class MessageStorage:
    """The correlators' view of the store: open messages as values."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._encode = msgspec.msgpack.Encoder().encode
        self._decode = msgspec.msgpack.Decoder(_StoredMessage).decode

    def fetch(self, host: str, queue_id: str) -> OpenMessage | None:
        stored = self._store.take(host, queue_id)
        return None if stored is None else self.open(stored, queue_id)

    def unshown(self, host: str) -> list[OpenMessage]:
        return [self.open(stored, "in progress") for stored in self._store.take_unshown(host)]

    def open(self, stored: bytes, which: str) -> OpenMessage:
        """What `put` stored. Raises StateError when this version cannot read it."""
        try:
            return _opened(self._decode(stored))
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            what = f"{self._store.name} holds a message that cannot be read ({which}): {error}"
            raise StateError(what, advice=WAY_OUT) from error

    def put(self, message: OpenMessage, rendered: bytes | None = None, *, is_over: bool = False) -> None:
        """Stores a message as it stands; one that `is_over` is not found by its ids, and stays."""
        ids = list(message.queue_ids)
        events = [
            (e.id, e.time, e.order, e.stage, e.pid, e.action, e.kind, e.queue_id, e.fields)
            for e in message.events.values()
        ]
        stored = (message.host, message.last, ids, message.written, message.counted, events, message.shown)
        row = self._store.put(
            message.host, _NEVER if is_over else message.last, () if is_over else ids, self._encode(stored), rendered,
            replaces=message.rows, is_shown=message.shown == len(events), is_open=message.is_open,
        )  # fmt: skip
        message.rows, message.saved = [row], len(message.events)


def _opened(stored: _StoredMessage) -> OpenMessage:
    host = stored.host
    events = {
        e.id: StageEvent(
            e.id, host, e.time, e.order, e.stage, "", e.pid, e.action, e.kind, e.queue_id, e.fields, "", "", 0
        )
        for e in stored.events
    }
    return OpenMessage(
        host, stored.last, set(stored.queue_ids), events, stored.written, counted=stored.counted, shown=stored.shown
    )
