"""Logs that grow -> a cluster, round after round, until told to stop."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import monotonic, time
from typing import Protocol

import msgspec

from shipper.parse.head import is_one_line, local_second, read_head
from shipper.parse.year import year_in_name
from shipper.pipeline.balance import Balance
from shipper.pipeline.holding import Holding
from shipper.pipeline.rounds import Round, SourceProgress, Watcher
from shipper.pipeline.shipping import Shipment, Shipping
from shipper.sources.follow.follower import Content, Follower
from shipper.sources.follow.piece import Piece
from shipper.state.store import Store


class Pace(msgspec.Struct, frozen=True):
    """Seconds between two looks, seconds of quiet after which what is in progress is shown, and bytes a round."""

    interval: float = 1.0
    show_after: float = 30.0
    round_bytes: int = 2_000_000


class Stop(Protocol):
    """What tells the loop to end."""

    def is_set(self) -> bool: ...

    def wait(self, timeout: float) -> bool:
        """Sleeps so long, or until it is set; says whether it is."""
        ...


def new_follower(paths: Sequence[str], store: Store, on_notice: Callable[[str], None]) -> Follower:
    """A follower that goes on where this state's checkpoints are."""
    return Follower(paths, store.checkpoints.all(), content=Content(_begins, is_one_line), on_notice=on_notice)


def _begins(path: str, head: bytes) -> float:
    """The local second of the first readable line; infinite where none has a time."""
    for line in head.split(b"\n"):
        parts = read_head(line)
        year = (parts.year or year_in_name(path)) if parts else None
        local = local_second(year, parts.stamp) if parts and year else None
        if local is not None:
            return local
    return float("inf")


class Following:
    """The loop. Each round ends with one commit of everything: what is open, dead letters, checkpoints.

    A crash loses nothing and doubles nothing: the round is read again from the last commit, under the same ids.
    """

    def __init__(
        self, shipping: Shipping, follower: Follower, holding: Holding, store: Store, pace: Pace, watcher: Watcher
    ) -> None:
        self._shipping = shipping
        self._follower = follower
        self._holding = holding
        self._store = store
        self._pace = pace
        self._watcher = watcher
        self._last_line = monotonic()
        self._told = _kept(shipping.shipment)

    def run(self, stop: Stop) -> None:
        """Follows until `stop` is set, then shows what is open. Raises `ClusterError` when the cluster refuses."""
        while not stop.is_set():
            pieces = self._follower.poll(time(), self._pace.round_bytes)
            taken = [piece for piece in map(self._datable, pieces) if piece.data]
            if self._round(taken, self._pace.show_after):
                self._watcher.round_done(self._as_told())
            else:
                self._watcher.idle()
            if not (taken and self._follower.has_backlog):
                stop.wait(self._pace.interval)
        self._watcher.stopping()
        self._round([], show_after=0)

    def _datable(self, piece: Piece) -> Piece:
        return self._holding.cut(piece, self._shipping.reached, time())

    def _round(self, pieces: Sequence[Piece], show_after: float) -> bool:
        """Ships these pieces, shows what has been quiet, and commits if anything changed; says whether it did."""
        if pieces:
            self._shipping.ship(pieces)
            self._last_line = monotonic()
            for progress in self._shipping.progress:
                if isinstance(piece := progress.log, Piece):
                    self._follower.advance(piece, len(piece.data), progress.lines, progress.began, progress.reached)
        quiet = monotonic() - self._last_line
        shown = not self._follower.has_backlog and self._shipping.show(quiet, show_after)
        checkpoints, shorter = self._follower.checkpoints()
        if not (pieces or shown or checkpoints):
            return False
        self._store.checkpoints.keep(checkpoints, instead_of=shorter)
        self._shipping.save()
        return True

    def _as_told(self) -> Round:
        now, before = self._shipping.shipment, self._told
        self._told = _kept(now)
        sources = [
            SourceProgress(lag.path, None if lag.is_packed else lag.unread, lag.reached, lag.error)
            for lag in self._follower.going_on()
        ]
        return Round(
            now.balance.minus(before.balance),
            now.counts.minus(before.counts),
            sources,
            self._store.count_open(),
            self._store.dead_letters.count(),
        )


def _kept(shipment: Shipment) -> Shipment:
    """As it is now: the books go on."""
    return msgspec.structs.replace(shipment, balance=shipment.balance.plus(Balance()))
