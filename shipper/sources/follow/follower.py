"""Follows logs: what was added to each since it was last asked, wherever it was moved or packed to."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from shipper.errors import InputError
from shipper.model import Checkpoint
from shipper.sources.files import STANDARD_INPUT
from shipper.sources.follow.endings import Endings
from shipper.sources.follow.identity import Logs
from shipper.sources.follow.log import FollowedLog
from shipper.sources.follow.piece import Piece
from shipper.sources.follow.watch import Watch


class Lag(msgspec.Struct, frozen=True):
    """How far one log is behind: `unread` bytes on disk (packed ones where `is_packed`) at `path`.

    `reached` is the UTC second of the last line taken.
    """

    path: str
    unread: int
    is_packed: bool
    is_live: bool
    error: str
    reached: int | None = None


class Content(msgspec.Struct, frozen=True):
    """What the follower asks about bytes of logs, as it knows nothing of lines.

    `begins(path, head)`: the local second in which a log begins, infinite when its first lines do not tell.
    `continues(rest, line)`: whether `line`, the first of a log (at most 1024 bytes of it), is the other part of `rest`,
    with which another ended.
    """

    begins: Callable[[str, bytes], float]
    continues: Callable[[bytes, bytes], bool]


class Follower:
    """Gives pieces of the logs under `paths` (as `find_logs` takes them). `known` is what earlier runs stored.

    `on_notice` gets one line for each thing that a person should know: a log that was truncated, that cannot be read,
    that vanished before it was read to its end. Raises InputError for standard input, which cannot be read twice.
    """

    def __init__(
        self,
        paths: Sequence[str],
        known: Sequence[Checkpoint],
        *,
        content: Content,
        on_notice: Callable[[str], None],
    ) -> None:
        if STANDARD_INPUT in paths:
            raise InputError("standard input cannot be followed", advice="name files or folders")
        self._content = content
        self._logs = Logs(known, content.begins)
        self._watch = Watch(paths, self._logs, on_notice)
        self._now = 0.0
        self._has_backlog = False

    @property
    def has_backlog(self) -> bool:
        """Whether the last poll left out something for want of budget: more can be had at once."""
        return self._has_backlog

    def poll(self, now: float, budget: int) -> list[Piece]:
        """What was added since, about `budget` bytes at most, logs in the order in which they began.

        `now` is the wall clock (seconds since 1970). What is not advanced is given again.
        """
        self._now = now
        self._has_backlog = False
        self._watch.update(now)
        given = self._give(now, budget)
        self._watch.tidy(now)
        return given

    def _give(self, now: float, budget: int) -> list[Piece]:
        waiting = sorted((log for log in self._logs if log.has_more()), key=FollowedLog.order)
        endings = Endings(self._content.continues, self._watch.keys, now)
        given: dict[FollowedLog, Piece] = {}
        left = budget
        for number, log in enumerate(waiting):
            if left <= 0:
                self._has_backlog = True
                break
            has_more = log.fill(left, now)
            size = log.lines(left)
            has_more = has_more or log.has_line_after(size)
            if not has_more:
                size += endings.rest(log, size, [*waiting[number + 1 :], *given])
            if size:
                given[log] = self._piece(log, size)
                left -= size
            if has_more or log.is_disturbed:
                self._has_backlog = True
                break
        for log in endings.successors:
            if log not in given:
                given[log] = self._piece(log, log.lines(1))
        return list(given.values())

    def _piece(self, log: FollowedLog, size: int) -> Piece:
        return log.piece(size, is_live=not log.is_final(self._watch.keys, self._now))

    def advance(self, piece: Piece, taken: int, lines: int, began: int | None, reached: int | None) -> None:
        """The first `taken` bytes of the piece (whole lines) are on their way; the rest is given again.

        `lines` is how many lines these are, `began` and `reached` the UTC seconds of the first and the last of them.
        """
        if taken:
            self._logs.of(piece.head).advance(piece.offset + taken, lines, began, reached)

    def checkpoints(self) -> tuple[list[Checkpoint], list[bytes]]:
        """Those that changed since this was asked last, and the shorter heads by which some were known before."""
        changed = [log.take_changes(self._now) for log in self._logs if log.is_changed]
        replaced, self._logs.replaced = self._logs.replaced, []
        return [checkpoint for checkpoint, _ in changed], [*replaced, *(head for _, head in changed if head)]

    def lags(self) -> list[Lag]:
        """Those logs that hold more than was taken, and those that cannot be read."""
        return [lag for lag in map(self._lag, self._logs) if lag.unread or lag.error]

    def going_on(self) -> list[Lag]:
        """Those logs that may still grow, and those that are behind."""
        return [lag for lag in map(self._lag, self._logs) if lag.is_live or lag.unread or lag.error]

    def _lag(self, log: FollowedLog) -> Lag:
        tail, known = log.lead, log.checkpoint
        unread = tail.unread(known.offset) if tail else 0
        is_live = not known.is_over and not log.is_final(self._watch.keys, self._now)
        return Lag(known.path, unread, tail is not None and tail.is_packed, is_live, known.error, known.reached)

    def close(self) -> None:
        """Closes all files."""
        self._watch.close()
