"""The open messages of one host, found by any of their queue ids."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Protocol

from shipper.correlate.limits import Limits
from shipper.correlate.message import OpenMessage
from shipper.model import StageEvent


class Storage(Protocol):
    """Where messages go that have been quiet for a while."""

    def fetch(self, host: str, queue_id: str) -> OpenMessage | None:
        """Takes the message that holds this id out of the storage."""
        ...

    def unshown(self, host: str) -> list[OpenMessage]:
        """Takes those out of which more is known than was written: an earlier run ended before it could."""
        ...


class OpenMessages:
    """Messages in memory; those that were put aside come back when one of their ids is asked for.

    `events` is how many they hold together.
    """

    def __init__(self, host: str, storage: Storage, limits: Limits) -> None:
        self._host = host
        self._storage = storage
        self._limits = limits
        self._by_id: dict[str, OpenMessage] = {}
        self._ages: deque[tuple[int, OpenMessage]] = deque()
        self.events = 0
        self.now = 0
        for message in storage.unshown(host):
            self._remember(message)

    def get(self, queue_id: str) -> OpenMessage:
        """The message that this id belongs to; a new one for an id that was never seen."""
        message = self._by_id.get(queue_id)
        if message is None:
            message = self._storage.fetch(self._host, queue_id)
            if message is None:
                message = OpenMessage(self._host, self.now, {queue_id})
            self._remember(message)
        return message

    def add(self, queue_id: str, *events: StageEvent) -> OpenMessage:
        """The message that this id belongs to, with these events."""
        message = self._by_id.get(queue_id) or self.get(queue_id)
        before = len(message.events)
        for event in events:
            message.add(event)
        self.events += len(message.events) - before
        return message

    def _remember(self, message: OpenMessage) -> None:
        self.events += len(message.events)
        for queue_id in message.queue_ids:
            self._by_id[queue_id] = message
        self._ages.append((self.now, message))

    def hand_off(self, message: OpenMessage, event: StageEvent) -> None:
        """A scan-started line says which id the message came from: both are one message."""
        parent_id = event.fields.get("sophos.utm.parent_queue_id")
        if parent_id is None:
            return
        parent = self.get(parent_id)
        if parent is message:
            return
        if len(parent.events) < len(message.events):
            parent, message = message, parent
        both = len(parent.events) + len(message.events)
        parent.absorb(message)
        self.events += len(parent.events) - both
        message.queue_ids, message.events = set(), {}
        for queue_id in parent.queue_ids:
            self._by_id[queue_id] = parent

    def settled(self, most_events: int) -> Iterator[OpenMessage]:
        """Messages that have been quiet for long enough, or are too many, taken out of memory: to be stored."""
        limit = self.now - self._limits.settle_after
        while self._ages:
            checked, message = self._ages[0]
            crowded = self.events > most_events
            if checked > limit and not crowded:
                return
            self._ages.popleft()
            if not message.queue_ids:
                continue
            if message.last > limit and not crowded:
                self._ages.append((message.last, message))
                continue
            self._forget(message)
            yield message

    def in_memory(self) -> Iterator[OpenMessage]:
        """All messages that are in memory now."""
        return (message for _, message in self._ages if message.queue_ids)

    def hollow(self) -> set[str]:
        """Forgets all events; returns the ids of the messages."""
        ids = set(self._by_id)
        for message in self.in_memory():
            message.events.clear()
        self.events = 0
        return ids

    def take_all(self) -> list[OpenMessage]:
        """All messages, taken out of memory."""
        messages = list(self.in_memory())
        for message in messages:
            self._forget(message)
        self._ages.clear()
        return messages

    def _forget(self, message: OpenMessage) -> None:
        self.events -= len(message.events)
        for queue_id in message.queue_ids:
            self._by_id.pop(queue_id, None)
