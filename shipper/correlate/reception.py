"""Reception on one host: which session each line of exim-in is of, and which message or attempt it ends up in."""

from __future__ import annotations

from collections import deque

from shipper.correlate.connections import Connections
from shipper.correlate.limits import Limits
from shipper.correlate.message import OpenMessage
from shipper.correlate.open_messages import OpenMessages
from shipper.correlate.reception_state import Attempts, ReceptionState
from shipper.correlate.session import DECIDING, ENDING_KINDS, SHARED, Session
from shipper.correlate.touched import Touched
from shipper.model import StageEvent

_OF_A_SESSION = DECIDING | {
    "dkim-checked", "dkim-check-failed", "spam-checked", "spam-check-failed", "malware-check-failed", "policy-warning",
}  # fmt: skip
_NO_BEGINNING = ("unrecognized", "continuation")
_LONG_AGO = -(1 << 40)


class Reception:
    """All sessions of one host. `now` is the log time, set by the owner."""

    def __init__(self, host: str, messages: OpenMessages, limits: Limits, state: ReceptionState) -> None:
        self._host = host
        self._messages = messages
        self._limits = limits
        self._begun: int | None = None
        self._swept = 0
        self._sessions = {session.key: session for session in state.sessions}
        self._aside: list[Session] = []
        self._rests = deque(state.rests, maxlen=limits.most_rests)
        self._ended = deque(session for session in state.sessions if session.ended)
        self._connections = Connections(state.connects)
        self._done: list[Attempts] = []
        self.touched: Touched | None = None

    def begin(self, time: int) -> None:
        """The first line of a run. Sessions that began after it wait for their lines: an earlier log is read now."""
        self._begun = time
        for session in list(self._sessions.values()):
            if session.lines is not None and session.begun > time:
                del self._sessions[session.key]
                self._aside.append(session)

    def go_on(self, state: ReceptionState) -> None:
        """The run that left this state goes on: no session that it knows may have begun before."""
        self._begun = state.begun
        for session in state.sessions:
            self._connections.wait(session)

    def begin_here(self) -> None:
        """What came so far was read to know the open sessions, which are all known from their beginnings."""
        self._begun = _LONG_AGO
        self.touched = Touched()
        self._connections.touched = self.touched
        self._done = []
        self._rests.clear()
        for session in [*self._sessions.values(), *self._aside]:
            session.lines = None

    def add(self, event: StageEvent) -> None:
        """Takes the next line of exim-in."""
        action = event.action
        if action == "connection-opened":
            session = self._connections.session_of(event)
            if session is not None:
                self._connect(session, event)
        elif action == "daemon":
            return
        elif event.kind == "connection-refused":
            self._refuse(event)
        elif event.queue_id is not None:
            self._add_with_id(event, event.queue_id)
        elif action in SHARED:
            self._add_shared(event)
        elif session := self._session(event, begin=action not in _NO_BEGINNING):
            session.add_line(event)

    def _add_with_id(self, event: StageEvent, queue_id: str) -> None:
        self._messages.add(queue_id, event)
        if event.kind in ENDING_KINDS:
            self._end_within(event, queue_id)
            return
        if event.action not in _OF_A_SESSION:
            return
        session = self._session(event, begin="sophos.utm.local_user" not in event.fields)
        if session is None:
            return
        self._keep_pending_unless(session, queue_id)
        if event.action in DECIDING:
            self._keep(session, queue_id, session.take(event))
        elif queue_id not in session.queue_ids:
            session.pending_id = queue_id

    def _end_within(self, event: StageEvent, queue_id: str) -> None:
        """The connection ended while this message was being received (Exim 4.98 has given it its id by then)."""
        session = self._session(event, begin=True)
        if session is not None:
            self._keep_pending_unless(session, queue_id)
            self._keep(session, queue_id, session.take(event))
            if not session.ended:
                self._end(session)

    def _keep_pending_unless(self, session: Session, queue_id: str) -> None:
        """Another id that is not decided yet gets the lines that came with it."""
        if session.pending_id not in (None, queue_id):
            self._keep(session, str(session.pending_id), session.take_all())

    def _keep(self, session: Session, queue_id: str, lines: list[StageEvent]) -> None:
        """The lines of the transaction going on belong to this id, and the session's own lines to it as well."""
        self._messages.add(queue_id, *lines)
        if queue_id not in session.queue_ids:
            session.queue_ids.append(queue_id)
            self._messages.add(queue_id, *session.shared)

    def _add_shared(self, event: StageEvent) -> None:
        session = self._session(event, begin=True)
        if session is None:
            return
        if event.kind in ENDING_KINDS and not session.ended:
            self._end(session)
        self._share(session, event)

    def _share(self, session: Session, event: StageEvent) -> None:
        session.shared.append(event)
        for queue_id in session.queue_ids:
            self._messages.add(queue_id, event)

    def _end(self, session: Session) -> None:
        pending = session.pending_id
        session.end()
        if pending is not None:
            self._keep(session, pending, session.take_all())
        self._ended.append(session)

    def _connect(self, session: Session, line: StageEvent) -> None:
        session.connected = True
        session.lines = None
        self._share(session, line)

    def _refuse(self, event: StageEvent) -> None:
        """The daemon refused a connection: an attempt of its own, for its pid serves many."""
        session = Session(self._host, "", event.pid, event.time, event.time)
        session.see(event)
        self._look_for_line(session)
        session.add_line(event)
        self._end(session)

    def _look_for_line(self, session: Session) -> None:
        if not session.connected and session.port is not None:
            line = self._connections.line_of(session)
            if line is not None:
                self._connect(session, line)

    # The session of a line

    def _session(self, event: StageEvent, *, begin: bool) -> Session | None:
        """The session of this event's process (where the prefix lost its pid: of its client's address).

        A new one where the last has ended, or does not fit.
        """
        key = event.pid if event.pid is not None else f"[{event.fields.get('source.ip', '')}]"
        session = self._sessions.get(key)
        if self.touched is not None:
            self.touched.see(key, event)
        if session is not None and session.is_plainly_of(event, self._limits.longest_silence):
            if event.time > session.last:
                session.last = event.time
            return session
        if session is not None and not self._goes_on(session, event):
            self._put_away(session, event)
            session = None
        if session is None and self._aside:
            session = self._take_up(key, event)
        if session is None:
            if not begin:
                return None
            session = Session(self._host, key, event.pid, event.time, event.time)
            session.lines = [] if self._is_beginning(event.time) else None
            self._sessions[key] = session
        session.see(event)
        self._look_for_line(session)
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
        del self._sessions[session.key]
        if not session.ended and event.time < session.begun - 1:
            self._aside.append(session)
        elif not session.ended:
            self._end(session)

    def _take_up(self, key: int | str, event: StageEvent) -> Session | None:
        """A session that was set aside goes on with lines after its last, or with its own lines read again."""
        for session in self._aside:
            if session.key != key or not session.fits(event, self._limits.longest_silence):
                continue
            if session.lines is None or event.time > session.last or any(event.id == own.id for own in session.lines):
                self._aside.remove(session)
                self._sessions[key] = session
                return session
        return None

    # What is over

    def finish_before(self, time: int) -> None:
        """Sessions that ended before this time have no more lines."""
        while self._ended and self._ended[0].last < time:
            self._finish(self._ended.popleft())

    def _finish(self, session: Session) -> None:
        if self._sessions.get(session.key) is session:
            del self._sessions[session.key]
        self._connections.forget(session)
        if session.lines:
            self._rests.append(session)
        self._done.append(self._attempts_of(session))

    def _attempts_of(self, session: Session) -> Attempts:
        """All attempts of a session; of one that is still open, its open transaction as well if it was refused."""
        groups = [*session.attempts, session.segment] if session.is_refused() else session.attempts
        attempted = [self._attempted(session, group) for group in groups]
        return Attempts(attempted, session.written, session.may_change())

    def _attempted(self, session: Session, events: list[StageEvent]) -> OpenMessage:
        message = OpenMessage(self._host, session.last, session_open=not session.ended)
        for event in (*events, *session.shared):
            message.add(event)
        return message

    def attempts(self) -> list[Attempts]:
        """Refused and given-up attempts of sessions that are over, given once."""
        done, self._done = self._done, []
        return done

    def sweep(self, now: int) -> None:
        """Once an hour: sessions and connections that never ended are over."""
        if now < self._swept + 3600:
            return
        self._swept = now
        oldest = now - self._limits.longest_silence
        for session in [session for session in self._sessions.values() if session.last < oldest and not session.ended]:
            self._end(session)
        self._connections.drop_before(oldest)

    # While it goes on

    def show_pending(self) -> None:
        """Messages that are being received get the lines that their sessions hold so far."""
        for session in [*self._sessions.values(), *self._aside]:
            if session.pending_id is not None:
                self._show_pending(session, session.pending_id)

    @property
    def latest(self) -> int:
        """The UTC second of the latest line of a session that may go on; 0 where there is none."""
        return max((session.last for session in self._going_on()), default=0)

    def in_progress(self, quiet_since: int) -> list[Attempts]:
        """Attempts of sessions that changed since they were shown and have been quiet since that second.

        Those of a session that has just ended are among them: the host may not say anything more for hours.
        """
        changed = []
        for session in self._going_on():
            if session.last <= quiet_since and session.shown != session.size():
                session.shown = session.size()
                changed.append(self._attempts_of(session))
        return [attempts for attempts in changed if attempts.messages or attempts.written]

    def _going_on(self) -> list[Session]:
        """Sessions that are open, or ended so lately that lines of the same moment may still come."""
        return [*self._ended, *(session for session in self._sessions.values() if not session.ended)]

    def state(self) -> ReceptionState:
        """What to resume with, if the run ended here; shared with this object, so to be stored at once."""
        going_on = [session for session in self._sessions.values() if not session.ended]
        sessions = [*self._ended, *going_on, *self._aside]
        return ReceptionState(sessions, list(self._rests), self._connections.waiting(), self._begun)

    # The end of a run

    def close(self, now: int) -> tuple[list[Attempts], ReceptionState]:
        """Attempts as they stand, and what to resume with. Sessions still open are left as they are."""
        self._join_rests()
        open_sessions = [*self._sessions.values(), *self._aside]
        self.show_pending()
        attempts = [*self.attempts(), *map(self._attempts_of, open_sessions)]
        self._connections.drop_before(now - self._limits.longest_silence)
        state = ReceptionState(open_sessions, list(self._rests), self._connections.waiting(), self._begun)
        return attempts, state

    def _join_rests(self) -> None:
        """Where this run read an earlier log: its open sessions go on with the rests that were read before."""
        self._finish_all()
        for session in list(self._sessions.values()):
            self._append_rest(session)
        self._finish_all()
        for rest in [*self._rests, *self._sessions.values(), *self._aside]:
            if rest.lines is not None:
                self._look_for_line(rest)
                if rest.connected and rest in self._rests:
                    self._rests.remove(rest)
                    self._finish(rest)

    def end_all(self) -> None:
        """No session goes on."""
        for session in [session for session in self._sessions.values() if not session.ended]:
            self._end(session)
        self._finish_all()

    def _finish_all(self) -> None:
        while self._ended:
            self._finish(self._ended.popleft())

    def _append_rest(self, session: Session) -> None:
        silence = self._limits.longest_silence
        rests = [rest for rest in (*self._rests, *self._aside) if session.goes_on_in(rest, silence)]
        if not rests:
            return
        rest = min(rests, key=lambda rest: rest.begun)
        (self._rests if rest in self._rests else self._aside).remove(rest)
        session.written |= rest.written
        for event in rest.lines or ():
            self.add(event)

    def _show_pending(self, session: Session, queue_id: str) -> None:
        """A message that is being received: its document shows the lines so far; the session keeps them as well."""
        self._messages.add(queue_id, *session.segment, *session.shared)
