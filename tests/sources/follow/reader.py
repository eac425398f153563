"""A stand-in for the pipeline: takes pieces, keeps checkpoints, may die at any moment."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from shipper.model import Checkpoint
from shipper.sources.follow.follower import Follower
from shipper.sources.follow.piece import Piece
from tests.sources.follow.logs import CONTENT


class Reader:
    """Polls a follower and takes all that it gives.

    `kept` is what a state would hold, `logs` the bytes that came of each log, in the order in which they began to come.
    """

    def __init__(self, *paths: Path | str) -> None:
        self.paths = [str(path) for path in paths]
        self.now = time.time()
        self.notices: list[str] = []
        self.kept: dict[bytes, Checkpoint] = {}
        self.logs: list[bytes] = []
        self.follower = self._new()

    def _new(self) -> Follower:
        return Follower(self.paths, list(self.kept.values()), content=CONTENT, on_notice=self.notices.append)

    def poll(self, budget: int = 1 << 20) -> list[Piece]:
        """One round, half a second after the last."""
        self.now += 0.5
        pieces = self.follower.poll(self.now, budget)
        self.take(pieces)
        return pieces

    def take(self, pieces: Sequence[Piece]) -> None:
        """Advances the pieces as they are and stores the checkpoints."""
        for piece in pieces:
            self.follower.advance(piece, len(piece.data), piece.data.count(b"\n"), None, None)
            self._collect(piece)
        self.keep()

    def _collect(self, piece: Piece) -> None:
        for at, known in enumerate(self.logs):
            if piece.offset == len(known) > 0 and (known + piece.data).startswith(piece.head[: piece.offset]):
                self.logs[at] += piece.data
                return
        assert piece.offset == 0
        self.logs.append(piece.data)

    def keep(self) -> None:
        """Stores the checkpoints as a state does."""
        changed, replaced = self.follower.checkpoints()
        for head in replaced:
            self.kept.pop(head, None)
        self.kept.update({checkpoint.head: checkpoint for checkpoint in changed})

    def data(self, budget: int = 1 << 20) -> list[bytes]:
        """What one round gives."""
        return [piece.data for piece in self.poll(budget)]

    def wait(self, seconds: float = 61) -> None:
        """Time passes."""
        self.now += seconds

    def restart(self) -> None:
        """Ends, and begins again with what was stored."""
        self.follower.close()
        self.follower = self._new()

    def finish(self) -> None:
        """Polls until everything that will ever come has come."""
        for _ in range(4):
            self.poll()
            self.wait()
        self.wait(3600)
        self.poll()
        self.follower.close()
