"""Joins the lines of a slice; messages of which there may be lines before it are left to the owner of the state."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from shipper.correlate.correlator import HostState
from shipper.correlate.message import OpenMessage
from shipper.correlate.touched import Touched
from shipper.documents.message import MessageDocument
from shipper.model import StageEvent
from shipper.pipeline.joining import Joiner


class SliceJoiner(Joiner):
    """A joiner whose messages without a beginning are stored, and not written."""

    _begun_before: frozenset[tuple[str, str]] = frozenset()

    def warm_up(self, event: StageEvent) -> None:
        """Takes a line from before the slice, for the sessions that are open at its beginning."""
        self._correlator(event.host).add(event)

    def begin_here(self) -> dict[str, HostState]:
        """The slice begins; what is open at its beginning."""
        self._begun_before = frozenset(
            (name, queue_id) for name, host in self._hosts.items() for queue_id in host.begin_here()
        )
        return self.states()

    def states(self) -> dict[str, HostState]:
        """What is open now."""
        return {name: host.state() for name, host in self._hosts.items()}

    def touched(self, host: str) -> Touched | None:
        """What this host's lines asked for since `begin_here`."""
        return self._hosts[host].touched

    def _is_left(self, message: OpenMessage) -> bool:
        keys = ((message.host, queue_id) for queue_id in message.queue_ids)
        return not message.knows_beginning() or not self._begun_before.isdisjoint(keys)

    def _put_aside(self, message: OpenMessage) -> None:
        if not self._is_left(message):
            super()._put_aside(message)
        elif message.events and message.saved != len(message.events):
            self._storage.put(message)

    def _write(self, message: OpenMessage, document: MessageDocument | None = None) -> None:
        assert not self._is_left(message)
        super()._write(message, document)

    def _expire(self, name: str, before: int) -> Iterable[bytes]:
        """What is left to the owner and expires has its lines together, and is not found any more."""
        for stored in self._store.take_unshown(name):
            message = self._storage.open(stored, "expired")
            if message.last >= before:
                self._storage.put(message)
            else:
                self._storage.put(message, is_over=True)
        return super()._expire(name, before)


def copied(states: dict[str, HostState]) -> dict[str, HostState]:
    """As they are now: the sessions go on."""
    packed = msgspec.msgpack.encode(states)
    return msgspec.msgpack.decode(packed, type=dict[str, HostState])
