"""What following tells of itself: one value a round, for whoever watches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from shipper.pipeline.balance import Balance
from shipper.sinks.bulk_settings import BulkCounts


class SourceProgress(msgspec.Struct, frozen=True):
    """How far one log is stored.

    `behind`: bytes that are on disk and not stored, None where that is not known (packed logs); `reached`: UTC second
    of the newest stored line; `error`: why it could not be read the last time.
    """

    path: str
    behind: int | None = None
    reached: int | None = None
    error: str = ""


class Round(msgspec.Struct, frozen=True):
    """What one round did, and how things stand once it is committed.

    `balance` and `counts` are those of this round alone. `sources` are the logs that may still grow or are not read to
    their end, `open_messages` and `dead_letters` how many are in the state.
    """

    balance: Balance
    counts: BulkCounts
    sources: Sequence[SourceProgress]
    open_messages: int
    dead_letters: int


class Watcher(Protocol):
    """Hears what following does, from the loop's own thread; something is to be heard every two minutes at least."""

    def ready(self, words: str) -> None:
        """The state is open, the cluster answers, the templates are there."""
        ...

    def round_done(self, round: Round) -> None:
        """A round is committed."""
        ...

    def idle(self) -> None:
        """There was nothing to read."""
        ...

    def trouble(self, words: str) -> None:
        """It has to wait, mostly for the cluster."""
        ...

    def stopping(self) -> None:
        """It was told to end."""
        ...
