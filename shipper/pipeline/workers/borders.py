"""Whether a slice was read with what is true, as far as it matters; and what is true after it."""

from __future__ import annotations

from collections.abc import Iterable

from shipper.correlate.connections import endpoint_of
from shipper.correlate.correlator import HostState
from shipper.correlate.limits import Limits
from shipper.correlate.reception_state import ReceptionState
from shipper.correlate.session import Session
from shipper.correlate.touched import Touched
from shipper.model import StageEvent
from shipper.pipeline.events import Part, Unfinished
from shipper.pipeline.reading import Memory
from shipper.pipeline.workers.values import Asked, Border, Outcome
from shipper.sources.ordinals import Edge, with_added

OVERLAP = "logs that overlap"
_SCALARS = ("host", "pid", "begun", "last", "ip", "port", "ended", "connected", "sender", "pending_id", "queue_ids")


class WrongGuessError(Exception):
    """The slice has to be read again; says why."""


def follow_up(truth: Border, outcome: Outcome, limits: Limits) -> Border:
    """What is known after a slice, if it may be taken as it is. Raises WrongGuessError if not."""
    guess, end = outcome.guess, outcome.end
    over: dict[str, list[Session]] = {}
    if outcome.number == 0:
        carried = {}
    else:
        _compare_reading(truth, outcome)
        carried = {
            host: _carried(truth.hosts.get(host), guess.hosts.get(host), end.hosts[host], asked, limits, over)
            for host, asked in outcome.asked.items()
        }
    return Border(
        _memory_after(truth.memory, guess.memory, end.memory, first=outcome.number == 0),
        truth.hosts | {host: end.hosts[host] for host in outcome.asked} | carried,
        truth.latest | {host: max(truth.latest.get(host, 0), latest) for host, latest in end.latest.items()},
        end.fragments,
        over,
    )


# Reading


def _compare_reading(truth: Border, outcome: Outcome) -> None:
    guess = outcome.guess
    if truth.fragments != guess.fragments:
        raise WrongGuessError("a line that was cut in two")
    if _waiting(truth.memory.unfinished) != _waiting(guess.memory.unfinished):
        raise WrongGuessError("a split entry")
    for host, asked in outcome.asked.items():
        if asked.earliest < truth.latest.get(host, asked.earliest):
            raise WrongGuessError(OVERLAP)
        if truth.memory.reached.get(host) != guess.memory.reached.get(host):
            raise WrongGuessError("a clock")
        if _edges(truth.memory, host, asked.earliest) != _edges(guess.memory, host, asked.earliest):
            raise WrongGuessError("lines of the same second")


def _waiting(unfinished: Unfinished) -> dict[str, list[tuple[str, bytes]]]:
    return {key: [_known_by(part) for part in parts] for key, parts in unfinished.waiting.items()}


def _known_by(part: Part) -> tuple[str, bytes]:
    return part.id, part.line.data


def _edges(memory: Memory, host: str, since: int) -> set[tuple[int, frozenset[tuple[str, int]]]]:
    return {
        (edge.second, frozenset(edge.counts.items()))
        for edge in memory.edges
        if edge.host == host and edge.second >= since
    }


def _memory_after(truth: Memory, guess: Memory, end: Memory, *, first: bool) -> Memory:
    offsets = {host: dict(pairs) for host, pairs in truth.offsets.items()}
    for host, pairs in end.offsets.items():
        offsets.setdefault(host, {}).update(pairs)
    rests = truth.unfinished.rests | end.unfinished.rests
    edges: list[Edge] = with_added(truth.edges, end.edges)
    reached = {host: at for host, at in end.reached.items() if first or guess.reached.get(host) != at}
    return Memory(offsets, truth.reached | reached, Unfinished(end.unfinished.waiting, rests), edges)


# Sessions and connections of one host


def _carried(
    truth: HostState | None,
    guess: HostState | None,
    end: HostState,
    asked: Asked,
    limits: Limits,
    over: dict[str, list[Session]],
) -> HostState:
    """The state at the slice's end, with what the guess did not know and no line asked for."""
    if truth is None and guess is None:
        return end
    if truth is None or guess is None or asked.touched is None:
        raise WrongGuessError("a host that was not known")
    begun = truth.reception.begun
    if begun is not None and asked.earliest <= begun + limits.beginning:
        raise WrongGuessError("the beginning of all")
    true, guessed = truth.reception, guess.reception
    connects = _connects(true.connects, guessed.connects, end.reception.connects, asked.touched)
    compared = _Sessions(true.sessions, guessed.sessions, end, asked.touched, limits)
    sessions = compared.carried()
    over[end.host] = compared.over
    rests = [*true.rests, *end.reception.rests][-limits.most_rests :]
    return HostState(end.host, ReceptionState(sessions, rests, connects, begun), end.now)


def _connects(
    true: Iterable[StageEvent], guessed: Iterable[StageEvent], end: Iterable[StageEvent], touched: Touched
) -> list[StageEvent]:
    """Of the lines of one client a session takes the latest, and the others go: what is missing is not missed then."""
    lines, lines_guessed = ({line.id: line for line in lines} for lines in (true, guessed))
    missing = [line for id, line in lines.items() if id not in lines_guessed]
    never = lines_guessed.keys() - lines.keys()
    if any(endpoint_of(line) in touched.missed for line in missing):
        raise WrongGuessError("a connection")
    if any(endpoint_of(line) in touched.found for id, line in lines_guessed.items() if id in never):
        raise WrongGuessError("a connection that was over")
    left = [line for line in missing if endpoint_of(line) not in touched.found]
    return [*left, *(line for line in end if line.id not in never)]


class _Sessions:
    """The sessions of one host, by their processes."""

    def __init__(
        self, true: list[Session], guessed: list[Session], end: HostState, touched: Touched, limits: Limits
    ) -> None:
        self._true = _by_key(true)
        self._guessed = _by_key(guessed)
        self._end = end
        self._touched = touched.keys
        self._limits = limits
        self.over: list[Session] = []

    def carried(self) -> list[Session]:
        """Those at the slice's end."""
        left = [session for key, session in self._true.items() if self._is_carried(key, session)]
        wrong = {key for key, session in self._guessed.items() if not self._is_right(key, session)}
        return [*left, *(session for session in self._end.reception.sessions if session.key not in wrong)]

    def _is_right(self, key: int | str, guessed: Session) -> bool:
        """Whether it is as guessed; if not, nothing has come of it."""
        true = self._true.get(key)
        if true is not None and _content(true) == _content(guessed) and true.lines is None:
            return True
        over = not any(session.key == key for session in self._end.reception.sessions)
        if key in self._touched or guessed.ended or over:
            raise WrongGuessError("a session that began long before")
        return False

    def _is_carried(self, key: int | str, session: Session) -> bool:
        """Whether this session was not guessed, or not as it is, and still is open."""
        guessed = self._guessed.get(key)
        if guessed is not None and _content(guessed) == _content(session) and session.lines is None:
            return False
        line = self._touched.get(key)
        if line is not None and not session.ended and session.fits(line, self._limits.longest_silence):
            raise WrongGuessError("a session that began long before")
        is_silent = session.last < self._end.now - self._limits.longest_silence
        if line is None and not session.ended and not is_silent:
            return True
        if session.lines:
            raise WrongGuessError("a session of the first log")
        self.over.append(session)
        return False


def _by_key(sessions: list[Session]) -> dict[int | str, Session]:
    found = {session.key: session for session in sessions}
    if len(found) != len(sessions):
        raise WrongGuessError("two sessions of one process")
    return found


def _content(session: Session) -> tuple[object, ...]:
    scalars = (getattr(session, name) for name in _SCALARS)
    groups = [session.shared, session.segment, *session.attempts]
    return (*scalars, [[event.id for event in group] for group in groups])
