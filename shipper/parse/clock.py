"""Local times without a zone -> UTC, from the log itself.

A queue id holds the UTC second and the pid of the process that made it. A line written by that very process tells how
far the local clock is ahead of UTC: at most by the difference (the line may be late, never early). Rounded down to a
quarter of an hour and taken as the smallest within a window, that is the offset. It changes only where the local
clock visibly jumps (daylight saving), and holds for lines without an id until the next such line agrees or differs.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, TypeVar

import msgspec

from shipper.parse.head import Head
from shipper.queue_id import made

T = TypeVar("T")

QUARTER = 900
TRIAL_SECONDS = 900
"""Within this much log time after a doubtful change the smallest difference wins."""
MOST_HELD = 20_000
"""Lines held at most while the offset is in doubt."""
_EARLY = 60
_LONGEST_DELAY = 3600
"""All ids of a short log may be of slow mail, late by less than this: then the carried offset is right."""
_JUMP_BACK = 300


def observe(head: Head, local: int) -> int | None:
    """The offset in seconds that this line proves at most; None when its process did not make its queue id.

    `local` is the line's time as if it were UTC. Exim's own `+hhmm`, where it is logged, needs no proof.
    """
    if head.zone is not None:
        return head.zone
    queue_id = head.queue_id
    if queue_id is None:
        return None
    second, pid = made(queue_id)
    if pid != head.pid:
        return None
    offset = (local - second + _EARLY) // QUARTER * QUARTER
    return offset if -12 * 3600 <= offset <= 14 * 3600 else None


Timed = tuple[int, int | None, bool, T]
"""(local second, offset, own, line): UTC second = local - offset. The offset is None when nothing tells it; `own` says
that the log's own ids told it, not a carried-over one."""


class Reached(msgspec.Struct, frozen=True):
    """How far a clock got: its offset, and the local second of its last line."""

    offset: int
    local: int


class Clock(Generic[T]):
    """Reads one host's lines of one log in file order and gives them back, in the same order, with their offsets.

    Lines between two observations are held until the second one is known.
    """

    __slots__ = ("_carried", "_held", "_last_local", "_trial", "_trial_since", "offset")

    def __init__(self, carried: int | None = None, resumed: Reached | None = None) -> None:
        """`carried` is an offset known from elsewhere, used where this log has none; `resumed` is where the log that
        this one carries on had got to."""
        self.offset: int | None = resumed.offset if resumed else None
        self._carried = carried
        self._held: list[tuple[int, T]] = []
        self._last_local: int | None = resumed.local if resumed else None
        self._trial: int | None = None
        self._trial_since = 0

    @property
    def reached(self) -> Reached | None:
        """Where another log may carry on."""
        if self.offset is None or self._last_local is None:
            return None
        return Reached(self.offset, self._last_local)

    def confirmed(self, local: int, observed: int | None) -> int | None:
        """The common case: nothing is held and the line proves the offset that is known, which is given back.

        The line need not be fed then. None otherwise.
        """
        if observed is None or observed != self.offset or self._held:
            return None
        self._last_local = local
        return observed

    def feed(self, local: int, observed: int | None, item: T) -> list[Timed[T]]:
        """Takes the next line; gives the lines whose offset is now known."""
        if self._trial is None and len(self._held) < MOST_HELD:
            if observed is None:
                self._held.append((local, item))
                return []
            if observed == self.offset:
                return self._confirm(local, observed, item)
        given: list[Timed[T]] = []
        if self._trial is not None and self._trial_is_over(local):
            self._end_trial(given)
        self._held.append((local, item))
        if observed is not None:
            self._learn(local, observed, given)
        if len(self._held) > MOST_HELD:
            given += self.finish()
        return given

    def _confirm(self, local: int, observed: int, item: T) -> list[Timed[T]]:
        """What is held, up to this line, has the offset that is known."""
        held, self._held = self._held, []
        self._last_local = local
        given: list[Timed[T]] = [(earlier, observed, True, its_item) for earlier, its_item in held]
        given.append((local, observed, True, item))
        return given

    def finish(self) -> list[Timed[T]]:
        """No more lines come (or too many are held): gives what is left; without any knowledge the offset is None."""
        given: list[Timed[T]] = []
        if self._trial is not None:
            self._end_trial(given)
        if self.offset is not None and (cut := self._jump_back()) is not None:
            back = self._local_before(cut) - self._held[cut][0]
            self._release(cut, self.offset, given)
            self.offset -= round(back / QUARTER) * QUARTER if back < 5400 else 0
        self._release(len(self._held), self._carried if self.offset is None else self.offset, given)
        return given

    def _trial_is_over(self, local: int) -> bool:
        return local - self._trial_since > TRIAL_SECONDS or self._held[-1][0] - local > _JUMP_BACK

    def _learn(self, local: int, observed: int, given: list[Timed[T]]) -> None:
        if self._trial is not None:
            self._trial = min(self._trial, observed)
            if self.offset is not None and self._trial <= self.offset:
                self._end_trial(given)
        elif self.offset is None or (observed > self.offset and self._widest_gap() >= observed - self.offset - _EARLY):
            self._trial, self._trial_since = observed, local
        elif observed <= self.offset:
            self._change(observed, given)

    def _end_trial(self, given: list[Timed[T]]) -> None:
        observed, self._trial = self._trial, None
        assert observed is not None
        if self.offset is None:
            if self._carried is not None and 0 < observed - self._carried < _LONGEST_DELAY:
                observed = self._carried
            if (cut := self._jump_back()) is not None:
                self._release(cut, observed + 3600 if self._carried is None else self._carried, given)
            self.offset = observed
            self._release(len(self._held), observed, given)
        else:
            self._change(observed, given)

    def _change(self, observed: int, given: list[Timed[T]]) -> None:
        """From some held line on the offset is `observed`: from a jump back if there is one, else the widest gap."""
        if observed != self.offset:
            cut = self._jump_back() if observed < (self.offset or 0) else None
            self._release(self._widest_gap_at() if cut is None else cut, self.offset, given)
            self.offset = observed
        self._release(len(self._held), observed, given)

    def _release(self, count: int, offset: int | None, given: list[Timed[T]]) -> None:
        if count == len(self._held):
            released, self._held = self._held, []
        else:
            released, self._held = self._held[:count], self._held[count:]
        if released:
            self._last_local = released[-1][0]
        own = self.offset is not None
        given.extend([(local, offset, own, item) for local, item in released])

    def _local_before(self, index: int) -> int:
        if index:
            return self._held[index - 1][0]
        return self._held[0][0] if self._last_local is None else self._last_local

    def _gaps(self) -> Iterator[int]:
        return (local - self._local_before(index) for index, (local, _) in enumerate(self._held))

    def _widest_gap(self) -> int:
        return max(self._gaps(), default=0)

    def _widest_gap_at(self) -> int:
        gaps = list(self._gaps())
        return gaps.index(max(gaps)) if gaps else 0

    def _jump_back(self) -> int | None:
        return next((index for index, gap in enumerate(self._gaps()) if gap < -_JUMP_BACK), None)
