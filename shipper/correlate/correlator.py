"""Joins one host's stage events into messages.

Joining is a set union over queue ids: an id belongs to the message that its "R=" came from (handoff), and lines without
an id belong to the transaction of their process (sessions). A bounce's "R=" is no such link.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Protocol

import msgspec

from shipper.correlate.message import OpenMessage
from shipper.correlate.session import DECIDING, ENDING_KINDS, SHARED, Session
from shipper.model import StageEvent


class Storage(Protocol):
    """Where messages go that have been quiet for a while. Rows are found by any of their queue ids."""

    def fetch(self, host: str, queue_id: str) -> OpenMessage | None:
        """Takes the message that holds this id out of the storage."""
        ...


_SAME_MOMENT = 2
"""Seconds by which lines of two processes may stand in another order than they were written."""

_MOST_TAILS = 1000

_OF_A_SESSION = DECIDING | {
    "dkim-checked", "dkim-check-failed", "spam-checked", "spam-check-failed", "malware-check-failed", "policy-warning",
}  # fmt: skip


class Limits(msgspec.Struct, frozen=True):
    """Seconds of log time, and counts.

    `settle_after`: a message this long without a line leaves memory; `most_open`: so does the quietest beyond this
    many; `linger`: how long after its end a session waits for lines written in the same moment; `longest_silence`:
    a process that was silent for longer serves another connection; `beginning`: how far into what is read a session
    may be the rest of one that began in an earlier log.
    """

    settle_after: int = 600
    most_open: int = 20_000
    linger: int = 5
    longest_silence: int = 86_400
    beginning: int = 900


class HostState(msgspec.Struct):
    """What is open on one host beside the messages: it can be stored and read back.

    `tails` are ended sessions whose beginning was not read yet: it may come with an earlier log.
    """

    host: str
    sessions: list[Session] = msgspec.field(default_factory=list)
    tails: list[Session] = msgspec.field(default_factory=list)
    connects: list[StageEvent] = msgspec.field(default_factory=list)


class Attempts(msgspec.Struct):
    """The attempts of one session. `written` is what was stored of them so far, shared with the session."""

    messages: list[OpenMessage]
    written: dict[str, tuple[str, int]]


class HostCorrelator:
    """The lines of one host, in the order of time. What is finished is asked for with `settled` and `close`."""

    def __init__(self, host: str, storage: Storage, limits: Limits, state: HostState | None = None) -> None:
        self._host = host
        self._storage = storage
        self._limits = limits
        self.now = 0
        self._begun: int | None = None
        self._messages: dict[str, OpenMessage] = {}
        self._ages: deque[tuple[int, OpenMessage]] = deque()
        self._sessions: dict[int | str, Session] = {}
        self._parked: list[Session] = []
        self._tails: list[Session] = state.tails if state else []
        self._ended: deque[Session] = deque()
        self._connects: dict[tuple[str, int], list[StageEvent]] = {}
        self._unconnected: dict[tuple[str, int], Session] = {}
        self._swept = 0
        self._done: list[Attempts] = []
        if state:
            self._resume(state)

    def _resume(self, state: HostState) -> None:
        for session in state.sessions:
            self._sessions[_session_key(session.pid, session.ip)] = session
        for event in state.connects:
            self._connects.setdefault(_endpoint(event), []).append(event)

    def add(self, event: StageEvent) -> None:
        """Takes the next event of this host."""
        if self._begun is None:
            self._begin(event.time)
        if event.time > self.now:
            self.now = event.time
            if self._ended and self._ended[0].last < event.time - self._limits.linger:
                self._finish_sessions(event.time - self._limits.linger)
        if event.stage == "exim-in":
            self._add_reception(event)
        elif event.queue_id is not None:
            message = self._message(event.queue_id)
            message.add(event)
            if event.action == "scan-started":
                self._hand_off(message, event)

    def _begin(self, time: int) -> None:
        """The first line of a run. Sessions that began after it wait for their own lines: an earlier log is read now."""
        self._begun = time
        for key, session in list(self._sessions.items()):
            if session.lines is not None and session.begun > time:
                del self._sessions[key]
                self._parked.append(session)

    def _hand_off(self, message: OpenMessage, event: StageEvent) -> None:
        parent_id = event.fields.get("sophos.utm.parent_queue_id")
        if parent_id is None:
            return
        parent = self._message(parent_id)
        if parent is not message:
            if len(parent.events) < len(message.events):
                parent, message = message, parent
            parent.absorb(message)
            message.queue_ids = set()
            for queue_id in parent.queue_ids:
                self._messages[queue_id] = parent

    def _message(self, queue_id: str) -> OpenMessage:
        message = self._messages.get(queue_id)
        if message is None:
            message = self._storage.fetch(self._host, queue_id)
            if message is None:
                message = OpenMessage(self._host, self.now, {queue_id})
            for known in message.queue_ids:
                self._messages[known] = message
            self._ages.append((self.now, message))
        return message

    # Reception: sessions

    def _add_reception(self, event: StageEvent) -> None:
        if event.action == "connection-opened":
            self._open_connection(event)
        elif event.action == "daemon":
            return
        elif event.kind == "connection-refused":
            self._refuse(event)
        elif event.queue_id is not None:
            self._add_with_id(event, event.queue_id)
        elif event.action in SHARED:
            self._add_shared(event)
        else:
            session = self._session(event, begin=event.action not in ("unrecognized", "continuation"))
            if session is not None:
                session.add_line(event)

    def _add_with_id(self, event: StageEvent, queue_id: str) -> None:
        message = self._message(queue_id)
        session = self._session(
            event, begin=event.action in _OF_A_SESSION and "sophos.utm.local_user" not in event.fields
        )
        if session is None:
            message.add(event)
            return
        if session.pending_id not in (None, queue_id):
            self._keep(session, str(session.pending_id), session.take_all())
        if event.action in DECIDING:
            self._keep(session, queue_id, session.take(event))
        elif queue_id not in session.queue_ids:
            session.pending_id = queue_id
        message.add(event)

    def _keep(self, session: Session, queue_id: str, lines: list[StageEvent]) -> None:
        """The lines of the transaction going on belong to this id, and the session's own lines to it as well."""
        message = self._message(queue_id)
        for line in lines:
            message.add(line)
        if queue_id not in session.queue_ids:
            session.queue_ids.append(queue_id)
            for line in session.shared:
                message.add(line)

    def _add_shared(self, event: StageEvent) -> None:
        session = self._session(event, begin=True)
        assert session is not None
        if event.kind in ENDING_KINDS and not session.ended:
            self._end(session)
        self._share(session, event)

    def _share(self, session: Session, event: StageEvent) -> None:
        session.shared.append(event)
        for queue_id in session.queue_ids:
            self._message(queue_id).add(event)

    def _end(self, session: Session) -> None:
        pending = session.pending_id
        session.end()
        if pending is not None:
            self._keep(session, pending, session.take_all())
        self._ended.append(session)

    def _session(self, event: StageEvent, *, begin: bool) -> Session | None:
        """The session of this event's process; a new one where the last has ended, or does not fit."""
        key = _session_key(event.pid, event.fields.get("source.ip"))
        session = self._sessions.get(key)
        if session is not None and not self._goes_on(session, event):
            self._put_away(session, event)
            session = None
        if session is None and self._parked:
            session = self._take_up(key, event)
        if session is None:
            if not begin:
                return None
            session = Session(self._host, event.pid, event.time, event.time)
            session.lines = [] if self._is_beginning(event.time) else None
            self._sessions[key] = session
        session.see(event)
        if not session.connected and session.port is not None:
            self._connect(session)
        return session

    def _is_beginning(self, time: int) -> bool:
        """Whether this is near the beginning of what is read: sessions may have begun before it."""
        return self._begun is None or time <= self._begun + self._limits.beginning

    def _goes_on(self, session: Session, event: StageEvent) -> bool:
        if not session.fits(event, self._limits.longest_silence):
            return False
        return not session.ended or (event.action in SHARED and event.time <= session.last + self._limits.linger)

    def _put_away(self, session: Session, event: StageEvent) -> None:
        """The process's session is over; or, where older lines are read again, not begun yet."""
        del self._sessions[_session_key(session.pid, session.ip)]
        if not session.ended and event.time < session.begun - 1:
            self._parked.append(session)
        elif not session.ended:
            self._end(session)

    def _take_up(self, key: int | str, event: StageEvent) -> Session | None:
        """A session that was set aside goes on with lines after its last, or with its own lines read again."""
        for session in self._parked:
            if session.pid != event.pid or not session.fits(event, self._limits.longest_silence):
                continue
            if session.lines is None or event.time > session.last or any(event.id == own.id for own in session.lines):
                self._parked.remove(session)
                self._sessions[key] = session
                return session
        return None

    # The daemon's lines: linked to the child by address and port only

    def _open_connection(self, event: StageEvent) -> None:
        endpoint = _endpoint(event)
        session = self._unconnected.get(endpoint)
        if session is not None and event.time - session.begun <= _SAME_MOMENT:
            self._link(session, event)
        else:
            self._connects.setdefault(endpoint, []).append(event)

    def _connect(self, session: Session) -> None:
        """Finds the daemon's line of this connection: the latest one not after its beginning."""
        endpoint = (session.ip or "", session.port or 0)
        opened = self._connects.get(endpoint, ())
        fitting = [event for event in opened if event.time <= session.begun + _SAME_MOMENT]
        if not fitting:
            self._unconnected[endpoint] = session
            return
        latest = max(fitting, key=lambda event: (event.time, event.order))
        later = [event for event in opened if event.time > latest.time]
        if later:
            self._connects[endpoint] = later
        else:
            del self._connects[endpoint]
        self._link(session, latest)

    def _link(self, session: Session, event: StageEvent) -> None:
        session.connected = True
        session.lines = None
        self._unconnected.pop((session.ip or "", session.port or 0), None)
        self._share(session, event)

    def _refuse(self, event: StageEvent) -> None:
        """The daemon refused a connection: an attempt of its own, for its pid serves many."""
        session = Session(self._host, event.pid, event.time, event.time)
        session.see(event)
        self._connect(session)
        session.add_line(event)
        self._end(session)

    # What is finished

    def _finish_sessions(self, until: int) -> None:
        while self._ended and self._ended[0].last < until:
            self._finish(self._ended.popleft())

    def _finish(self, session: Session) -> None:
        key = _session_key(session.pid, session.ip)
        if self._sessions.get(key) is session:
            del self._sessions[key]
        endpoint = (session.ip or "", session.port or 0)
        if self._unconnected.get(endpoint) is session:
            del self._unconnected[endpoint]
        if session.lines:
            self._tails.append(session)
        self._done.append(self._attempts_of(session))

    def _attempts_of(self, session: Session) -> Attempts:
        """All attempts of a session; of one that is still open, its open transaction as well if it was refused."""
        groups = [*session.attempts, session.segment] if _is_refused(session) else session.attempts
        return Attempts([self._attempted(session, group) for group in groups], session.written)

    def _attempted(self, session: Session, events: list[StageEvent]) -> OpenMessage:
        message = OpenMessage(self._host, session.last, session_open=not session.ended)
        for event in (*events, *session.shared):
            message.add(event)
        return message

    def attempts(self) -> list[Attempts]:
        """Refused and given-up attempts of sessions that are over."""
        done, self._done = self._done, []
        return done

    def settled(self) -> Iterator[OpenMessage]:
        """Messages that have been quiet for long enough, taken out of memory; the caller stores them."""
        self._sweep()
        limit = self.now - self._limits.settle_after
        while self._ages:
            checked, message = self._ages[0]
            crowded = len(self._ages) > self._limits.most_open
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

    def _show_pending(self, session: Session, queue_id: str) -> None:
        """A message that is being received: its document shows the lines so far; the session keeps them as well."""
        message = self._message(queue_id)
        for line in (*session.segment, *session.shared):
            message.add(line)

    def _sweep(self) -> None:
        """Once an hour: sessions and connections that never ended are over."""
        if self.now < self._swept + 3600:
            return
        self._swept = self.now
        oldest = self.now - self._limits.longest_silence
        for session in [session for session in self._sessions.values() if session.last < oldest and not session.ended]:
            self._end(session)
        self._connects = {
            endpoint: recent
            for endpoint, opened in self._connects.items()
            if (recent := [event for event in opened if event.time >= oldest])
        }

    def _forget(self, message: OpenMessage) -> None:
        for queue_id in message.queue_ids:
            self._messages.pop(queue_id, None)

    def close(self) -> tuple[list[OpenMessage], list[Attempts], HostState]:
        """The end of the input: messages and attempts as they stand, and what to resume with.

        The sessions still open are left as they are: a later run may go on with them.
        """
        self._finish_all()
        for session in list(self._sessions.values()):
            self._append_tail(session)
        self._finish_all()
        self._connect_tails()
        open_sessions = [*self._sessions.values(), *self._parked]
        for session in open_sessions:
            if session.pending_id is not None:
                self._show_pending(session, session.pending_id)
        messages = [message for _, message in self._ages if message.queue_ids]
        for message in messages:
            self._forget(message)
        self._ages.clear()
        attempts = [*self.attempts(), *map(self._attempts_of, open_sessions)]
        connects = [event for events in self._connects.values() for event in events]
        recent = [event for event in connects if event.time > self.now - self._limits.longest_silence]
        return messages, attempts, HostState(self._host, open_sessions, self._tails[-_MOST_TAILS:], recent)

    def _finish_all(self) -> None:
        while self._ended:
            self._finish(self._ended.popleft())

    def _connect_tails(self) -> None:
        """Rests of sessions of which an earlier log held nothing but the daemon's line."""
        for tail in [*self._tails, *self._sessions.values(), *self._parked]:
            if tail.lines is None or (tail.ip or "", tail.port or 0) not in self._connects:
                continue
            self._connect(tail)
            if tail.connected and tail in self._tails:
                self._tails.remove(tail)
                self._finish(tail)

    def _append_tail(self, session: Session) -> None:
        """A session that is open at the end of an earlier log goes on with its rest, which was read before."""
        silence = self._limits.longest_silence
        rests = [tail for tail in (*self._tails, *self._parked) if session.goes_on_in(tail, silence)]
        if not rests:
            return
        rest = min(rests, key=lambda tail: tail.begun)
        (self._tails if rest in self._tails else self._parked).remove(rest)
        session.written |= rest.written
        for event in rest.lines or ():
            self.add(event)


def _is_refused(session: Session) -> bool:
    refusals = ("rejected", "temporarily-rejected")
    return session.pending_id is None and any(
        event.action in refusals and event.fields.get("sophos.utm.refused") != "command" for event in session.segment
    )


def _session_key(pid: int | None, ip: str | None) -> int | str:
    """The child's pid; where the prefix lost it, the client's address."""
    return pid if pid is not None else ip or ""


def _endpoint(event: StageEvent) -> tuple[str, int]:
    return event.fields.get("source.ip", ""), event.fields.get("source.port", 0)
