"""Joins one host's stage events into messages.

Joining is a set union over queue ids: an id belongs to the message that its "R=" came from (handoff), and lines without
an id belong to the transaction of their process (sessions). A bounce's "R=" is no such link.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from shipper.correlate.limits import Limits
from shipper.correlate.message import OpenMessage
from shipper.correlate.open_messages import OpenMessages, Storage
from shipper.correlate.reception import Reception
from shipper.correlate.reception_state import Attempts, ReceptionState
from shipper.correlate.touched import Touched
from shipper.model import StageEvent


class HostState(msgspec.Struct):
    """What one host's correlator resumes with. `now` is the UTC second of its latest line."""

    host: str
    reception: ReceptionState
    now: int = 0


class HostCorrelator:
    """The lines of one host, in the order of time. What is finished is asked for with `settled` and `close`."""

    def __init__(self, host: str, storage: Storage, limits: Limits, state: HostState | None = None) -> None:
        self._host = host
        self._linger = limits.linger
        self._messages = OpenMessages(host, storage, limits)
        self._reception = Reception(host, self._messages, limits, state.reception if state else ReceptionState())
        self.now = 0

    def go_on(self, state: HostState) -> None:
        """This is the same run that left this state, not another one."""
        self.now = self._messages.now = state.now
        self._reception.go_on(state.reception)

    def add(self, event: StageEvent) -> None:
        """Takes the next event of this host."""
        if event.time > self.now:
            self._advance(event.time)
        if event.stage == "exim-in":
            self._reception.add(event)
        elif event.queue_id is not None:
            message = self._messages.add(event.queue_id, event)
            if event.action == "scan-started":
                self._messages.hand_off(message, event)

    def _advance(self, time: int) -> None:
        if self.now == 0:
            self._reception.begin(time)
        self.now = self._messages.now = time
        self._reception.finish_before(time - self._linger)

    def take_up(self, queue_id: str) -> bool:
        """Takes a message into memory though no line of it came; whether it is known."""
        return bool(self._messages.get(queue_id).events)

    def attempts(self) -> list[Attempts]:
        """Refused and given-up attempts of sessions that are over, given once."""
        return self._reception.attempts()

    def settled(self, most_events: int) -> Iterator[OpenMessage]:
        """Messages that have been quiet for long enough, taken out of memory: the caller stores them.

        So are the oldest beyond those that hold `most_events`.
        """
        self._reception.sweep(self.now)
        return self._messages.settled(most_events)

    @property
    def latest(self) -> int:
        """The UTC second of the latest line; where none came in this run, of what an earlier one left in progress."""
        if self.now:
            return self.now
        return max((*(message.last for message in self._messages.in_memory()), self._reception.latest))

    def in_progress(self, quiet_since: int) -> tuple[list[OpenMessage], list[Attempts]]:
        """What changed since it was shown and has been quiet since that UTC second; nothing is closed by it."""
        self._reception.show_pending()
        changed = (message for message in self._messages.in_memory() if message.shown != len(message.events))
        return [message for message in changed if message.last <= quiet_since], self._reception.in_progress(quiet_since)

    def unsaved(self) -> list[OpenMessage]:
        """Messages in memory that the state does not have as they are."""
        return [message for message in self._messages.in_memory() if message.saved != len(message.events)]

    def state(self) -> HostState:
        """What a later run would resume with, if this one ended here."""
        return HostState(self._host, self._reception.state(), self.now)

    @property
    def touched(self) -> Touched | None:
        """What was asked of since `begin_here`."""
        return self._reception.touched

    def begin_here(self) -> set[str]:
        """What came so far was only to know which sessions are open: messages and attempts are forgotten.

        Returns the queue ids of the messages of which there may be lines before.
        """
        self._reception.begin_here()
        return self._messages.hollow()

    def end_all(self) -> tuple[list[OpenMessage], list[Attempts]]:
        """No session goes on: what comes of them."""
        self._reception.end_all()
        return self._messages.take_all(), self._reception.attempts()

    def close(self) -> tuple[list[OpenMessage], list[Attempts], HostState]:
        """The end of the input: messages and attempts as they stand, and what a later run resumes with."""
        attempts, state = self._reception.close(self.now)
        return self._messages.take_all(), attempts, HostState(self._host, state, self.now)
