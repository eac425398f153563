"""Logs that end within a line: when that unfinished line is given, and with which log."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from shipper.sources.follow.identity import is_telling
from shipper.sources.follow.log import FollowedLog
from shipper.sources.follow.scan import Key
from shipper.sources.follow.tail import SETTLED

_MOST_TRIED = 100


class Endings:
    """The unfinished last lines of one round. `successors` are logs that go on with one; they come in the same round.

    A line that is not finished is kept back while its log may grow. When nothing more can come of it, it is given
    together with the log that begins with the other part, and alone when there is none for a minute. A log of nothing
    but such a line waits longer: it cannot be told from a copy that is being made.
    """

    def __init__(self, continues: Callable[[bytes, bytes], bool], keys: Mapping[str, Key], now: float) -> None:
        self.successors: list[FollowedLog] = []
        self._continues = continues
        self._keys = keys
        self._now = now

    def rest(self, log: FollowedLog, size: int, others: Sequence[FollowedLog]) -> int:
        """How many bytes after the first `size` ones, all whole lines, the log gives now.

        `others` are those in this round, those after it first. Each goes on with one line only.
        """
        rest = log.rest(size)
        is_quiet = log.is_quiet(self._now)
        if not rest or not (is_quiet or log.is_final(self._keys, self._now)):
            log.rest_since = None
            return 0
        if log.rest_since is None:
            log.rest_since = self._now
        successor = self._successor(rest, others)
        if successor is not None:
            self.successors.append(successor)
        has_waited = self._now - log.rest_since >= SETTLED
        is_due = is_quiet or (has_waited and (is_telling(log.checkpoint.head) or not log.tails))
        return len(rest) if is_due or successor is not None else 0

    def _successor(self, rest: bytes, others: Sequence[FollowedLog]) -> FollowedLog | None:
        unbegun = [log for log in others if not log.checkpoint.offset and log not in self.successors]
        tried = (
            unbegun if len(unbegun) <= _MOST_TRIED else [*unbegun[: _MOST_TRIED // 2], *unbegun[-_MOST_TRIED // 2 :]]
        )
        alike = (
            log for log in tried if self._continues(rest, log.checkpoint.head.split(b"\n", 1)[0].removesuffix(b"\r"))
        )
        return next((log for log in alike if log.fill(1, self._now) or log.lines(1)), None)
