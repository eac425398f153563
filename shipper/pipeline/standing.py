"""How things stand: what the state says of each log, of messages and of dead letters, beside what is on disk."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from shipper.model import Checkpoint, iso_date
from shipper.pipeline.backfilling import MEMORY as BACKFILLS
from shipper.pipeline.backfilling import Backfill
from shipper.pipeline.balance import Balance
from shipper.sources.lag import Lag, lag_of
from shipper.state.read_only import View


class SourceStanding(msgspec.Struct, frozen=True):
    """One log. `lines` and `bytes` are stored (bytes of what is in it, where it is packed).

    `lag_bytes` are on disk and not stored, None where that is not to be told, and then `lag` says why not. `newest` is
    the time of the newest stored line, `lag_seconds` its age. `is_over`: nothing more will come, `error`: why it could
    not be read the last time.
    """

    path: str
    lines: int
    bytes: int
    lag_bytes: int | None
    lag: str
    newest: str | None
    lag_seconds: int | None
    is_over: bool
    error: str


class Standing(msgspec.Struct, frozen=True):
    """`held_by`: the process that holds the state now. `balance`: of all runs with it, None before the first.

    `backfills`: those that have not put back all indices yet, because they are running or were killed.
    """

    state: str
    held_by: int | None
    sources: tuple[SourceStanding, ...]
    open_messages: int
    dead_letters: int
    balance: Balance | None
    backfills: tuple[Backfill, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether every line that was read is accounted for."""
        return self.balance is None or self.balance.holds

    @property
    def failing(self) -> tuple[SourceStanding, ...]:
        """The logs that could not be read the last time."""
        return tuple(source for source in self.sources if source.error)


def standing(
    view: View, state: str, held_by: int | None, now: float, lag: Callable[[Checkpoint], Lag] = lag_of
) -> Standing:
    """What this view says at `now` (seconds since 1970). Raises StateError for what this version cannot read."""
    return Standing(
        state=state,
        held_by=held_by,
        sources=tuple(_source(checkpoint, lag(checkpoint), now) for checkpoint in view.checkpoints()),
        open_messages=view.count_open(),
        dead_letters=view.dead_letters.count(),
        balance=view.recall("balance", Balance),
        backfills=tuple(view.recall(BACKFILLS, list[Backfill]) or ()),
    )


def _source(checkpoint: Checkpoint, lag: Lag, now: float) -> SourceStanding:
    reached = checkpoint.reached
    return SourceStanding(
        path=checkpoint.path,
        lines=checkpoint.lines,
        bytes=checkpoint.offset,
        lag_bytes=lag.unread,
        lag=lag.why,
        newest=None if reached is None else iso_date(reached),
        lag_seconds=None if reached is None else max(0, int(now) - reached),
        is_over=checkpoint.is_over,
        error=checkpoint.error,
    )
