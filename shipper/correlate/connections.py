"""The daemon's lines of accepted connections: only address and port link them to the child that serves one."""

from __future__ import annotations

from collections.abc import Iterable

from shipper.correlate.session import Session
from shipper.correlate.touched import Touched
from shipper.model import StageEvent

_SAME_MOMENT = 2
"""Seconds by which lines of two processes may stand in another order than they were written."""

Endpoint = tuple[str, int]


class Connections:
    """Lines that wait for their session, and sessions that wait for their line."""

    def __init__(self, lines: Iterable[StageEvent]) -> None:
        self._lines: dict[Endpoint, list[StageEvent]] = {}
        self._sessions: dict[Endpoint, Session] = {}
        self.touched: Touched | None = None
        for line in lines:
            self._lines.setdefault(endpoint_of(line), []).append(line)

    def session_of(self, line: StageEvent) -> Session | None:
        """The session whose child wrote before the daemon did, within the same moment; else the line waits."""
        endpoint = endpoint_of(line)
        session = self._sessions.get(endpoint)
        if session is not None and line.time - session.begun <= _SAME_MOMENT:
            del self._sessions[endpoint]
            return session
        self._lines.setdefault(endpoint, []).append(line)
        return None

    def line_of(self, session: Session) -> StageEvent | None:
        """The latest line not after the session's beginning; else the session waits."""
        endpoint = (session.ip or "", session.port or 0)
        waiting = self._lines.get(endpoint, ())
        fitting = [line for line in waiting if line.time <= session.begun + _SAME_MOMENT]
        if not fitting:
            self._sessions[endpoint] = session
            if self.touched is not None:
                self.touched.missed.add(endpoint)
            return None
        latest = fitting[0] if len(fitting) == 1 else max(fitting, key=lambda line: (line.time, line.order))
        if self.touched is not None:
            self.touched.found.add(endpoint)
        later = [line for line in waiting if line.time > latest.time] if len(waiting) > 1 else []
        if later:
            self._lines[endpoint] = later
        else:
            del self._lines[endpoint]
        self._sessions.pop(endpoint, None)
        return latest

    def wait(self, session: Session) -> None:
        """The session waits for its line, if it has none and its address is known."""
        if not session.connected and session.port is not None:
            self._sessions[session.ip or "", session.port] = session

    def forget(self, session: Session) -> None:
        """The session is over and waits no more."""
        endpoint = (session.ip or "", session.port or 0)
        if self._sessions.get(endpoint) is session:
            del self._sessions[endpoint]

    def drop_before(self, time: int) -> None:
        """Lines of connections that left no other trace."""
        self._lines = {
            endpoint: recent
            for endpoint, lines in self._lines.items()
            if (recent := [line for line in lines if line.time >= time])
        }

    def waiting(self) -> list[StageEvent]:
        """All lines that wait for their session."""
        return [line for lines in self._lines.values() for line in lines]


def endpoint_of(line: StageEvent) -> Endpoint:
    """Address and port of the client."""
    return line.fields.get("source.ip", ""), line.fields.get("source.port", 0)
