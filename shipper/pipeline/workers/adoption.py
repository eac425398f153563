"""Takes what a slice left into the state: messages are united with what is known of them from before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from shipper.correlate.correlator import HostCorrelator, HostState
from shipper.correlate.message import OpenMessage
from shipper.correlate.reception_state import ReceptionState
from shipper.correlate.session import Session
from shipper.pipeline.joining import Joiner
from shipper.state.slice_store import Slice, StoredRow


class Adopter(Joiner):
    """A joiner that gets messages and not their lines. `messages` are those that only it has counted."""

    def end(self, host: str, sessions: list[Session]) -> None:
        """These sessions are over, and nothing of them came in the slice."""
        state = HostState(host, ReceptionState(sessions))
        messages, attempts = HostCorrelator(host, self._storage, self._limits, state).end_all()
        for group in attempts:
            self._write_attempts(group)
        for message in messages:
            if message.events:
                self._storage.put(message)

    def adopt(self, slice: Slice, now: Mapping[str, int]) -> None:
        """Takes all messages of a slice; `now` is the latest UTC second of each host that had lines in it.

        What has been quiet for long enough by then is written.
        """
        for row in slice.messages(shown=True):
            if row.last >= now.get(row.host, 0) - self._expire_after:
                self._adopt_whole(row)
        parts = [self._storage.open(row.message, "of a slice") for row in slice.messages(shown=False)]
        for message in sorted(parts, key=_first):
            self._unite(message, self._known(message.host, message.queue_ids))
        for host, second in now.items():
            self._write_quiet(host, second - self._limits.settle_after)
            for _ in self._store.expire(host, second - self._expire_after):
                pass

    def _adopt_whole(self, row: StoredRow) -> None:
        known = self._known(row.host, row.queue_ids)
        if known:
            self._unite(self._storage.open(row.message, "of a slice"), known)
        else:
            self._store.put(row.host, row.last, row.queue_ids, row.message, is_shown=row.is_shown, is_open=row.is_open)

    def _known(self, host: str, queue_ids: Iterable[str]) -> list[OpenMessage]:
        stored = (self._storage.fetch(host, queue_id) for queue_id in queue_ids)
        return [message for message in stored if message is not None]

    def _unite(self, message: OpenMessage, known: list[OpenMessage]) -> None:
        """What is known from before stays as it was read; what was quiet for too long is another message."""
        while known:
            other = known.pop()
            if other.last < _first(message) - self._expire_after:
                self._part_with(other)
                continue
            if len(other.events.keys() | message.events.keys()) == len(other.events) and not message.written:
                other.queue_ids |= message.queue_ids
                message = other
                continue
            self.messages -= message.counted and other.counted
            events = message.events | other.events
            new_ids = other.queue_ids - message.queue_ids
            message.absorb(other)
            message.events = events
            known += self._known(message.host, new_ids)
        self._storage.put(message)

    def _part_with(self, message: OpenMessage) -> None:
        if message.shown != len(message.events):
            self._write(message)

    def _write_quiet(self, host: str, quiet_since: int) -> None:
        for stored in self._store.take_unshown(host):
            message = self._storage.open(stored, "in progress")
            if message.last <= quiet_since:
                self._write(message)
            self._storage.put(message)


def _first(message: OpenMessage) -> int:
    return min(event.time for event in message.events.values())
