"""Finds logs, tells which of them are the same, and gives what was added to each."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from shipper.model import Checkpoint
from shipper.sources.follow.piece import Piece


class Lag(msgspec.Struct, frozen=True):
    """How far one log is behind: `unread` bytes on disk (packed ones where `is_packed`) at `path`."""

    path: str
    unread: int
    is_packed: bool
    is_live: bool
    error: str


class Content(msgspec.Struct, frozen=True):
    """What the follower asks about bytes of logs, as it knows nothing of lines.

    `begins(path, head)`: the local second in which a log begins, infinite when its first lines do not tell.
    `continues(rest, line)`: whether `line`, the first of a log, is the other part of `rest`, with which another ended.
    """

    begins: Callable[[str, bytes], float]
    continues: Callable[[bytes, bytes], bool]


class Follower:
    """Gives pieces of the logs under `paths` (as `find_logs` takes them). `known` is what earlier runs stored.

    `on_notice` gets one line for each thing that a person should know: a log that was truncated, that cannot be read,
    that vanished before it was read to its end.
    """

    def __init__(
        self,
        paths: Sequence[str],
        known: Sequence[Checkpoint],
        *,
        content: Content,
        on_notice: Callable[[str], None],
    ) -> None:
        raise NotImplementedError

    def poll(self, now: float, budget: int) -> list[Piece]:
        """What was added since, about `budget` bytes at most, logs in the order in which they began.

        `now` is the wall clock (seconds since 1970). What is not advanced is given again.
        """
        raise NotImplementedError

    def advance(self, piece: Piece, taken: int, lines: int, began: int | None, reached: int | None) -> None:
        """The first `taken` bytes of the piece (whole lines) are on their way; the rest is given again.

        `lines` is how many lines these are, `began` and `reached` the UTC seconds of the first and the last of them.
        """
        raise NotImplementedError

    def checkpoints(self) -> tuple[list[Checkpoint], list[bytes]]:
        """Those that changed since this was asked last, and the shorter heads by which some were known before."""
        raise NotImplementedError

    @property
    def has_backlog(self) -> bool:
        """Whether the last poll left out something for want of budget: more can be had at once."""
        raise NotImplementedError

    def lags(self) -> list[Lag]:
        """Those logs that hold more than was taken, and those that cannot be read."""
        raise NotImplementedError

    def close(self) -> None:
        """Closes all files."""
        raise NotImplementedError
