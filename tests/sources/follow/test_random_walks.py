"""Whatever is written, rotated, packed and deleted, and whenever the follower looks or dies: each byte once."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from shipper.sources.follow.piece import Piece
from tests.sources.follow.reader import Reader
from tests.sources.follow.world import Steps, World


class Walk:
    """A world and a reader, in random steps. `got[n]` is how much came of the n-th log, `safe` what is stored."""

    def __init__(self, folder: Path, seed: int, *, by_name: bool) -> None:
        self.rng = random.Random(seed)
        self.world = World(folder, self.rng)
        self.reader = Reader(self.world.path if by_name else folder)
        self.by_name = by_name
        self.got: dict[int, int] = {}
        self.safe: dict[int, int] = {}
        self.procedure: Steps = iter(())
        self.world.begin()

    def run(self, steps: int) -> None:
        for _ in range(steps):
            self.step()
        for _ in self.procedure:
            pass
        self.finish()

    def step(self) -> None:
        choice = self.rng.random()
        if choice < 0.35:
            if not self.world.is_busy:
                self.world.append()
        elif choice < 0.6:
            self.go_on()
        elif choice < 0.93:
            self.poll()
        elif choice < 0.97:
            self.restart()
        else:
            self.reader.wait(self.rng.choice((1, 20, 61)))

    def go_on(self) -> None:
        """The next system call of a rotation; a new one when it is done."""
        if next(self.procedure, "done") != "done":
            return
        if self.by_name and not self.is_known(self.world.log):
            return
        world = self.world
        kinds = (world.rename, world.copy_and_truncate, world.pack, world.pack, lambda: world.delete(self.is_safe))
        self.procedure = self.rng.choice(kinds)()

    def is_safe(self, log: int) -> bool:
        return self.safe.get(log, 0) == len(self.world.written[log])

    def is_known(self, log: int) -> bool:
        return any(self.world.written[log].startswith(head) for head in self.reader.kept)

    def poll(self) -> None:
        budget = self.rng.choice((1, 100, 1000, 1 << 20))
        self.reader.now += self.rng.random()
        pieces = self.reader.follower.poll(self.reader.now, budget)
        for piece in pieces:
            self.check(piece)
        if self.rng.random() < 0.8:
            self.take(pieces)

    def check(self, piece: Piece) -> None:
        log = self.log_of(piece)
        assert piece.offset == self.got.get(log, 0)
        assert piece.data == self.world.written[log][piece.offset : piece.offset + len(piece.data)]
        assert piece.data

    def log_of(self, piece: Piece) -> int:
        logs = [log for log, data in enumerate(self.world.written) if data.startswith(piece.head)]
        if b"\n" not in piece.head:
            logs = [log for log in logs if self.world.written[log] == piece.head]
        assert len(logs) == 1
        return logs[0]

    def take(self, pieces: Sequence[Piece]) -> None:
        for piece in pieces:
            lines = piece.data.splitlines(keepends=True)
            data = b"".join(lines[: self.rng.randrange(len(lines) + 1)]) if self.rng.random() < 0.2 else piece.data
            self.reader.follower.advance(piece, len(data), data.count(b"\n"), None, None)
            self.got[self.log_of(piece)] = piece.offset + len(data)
        if self.rng.random() < 0.7:
            self.reader.keep()
            self.safe = dict(self.got)

    def restart(self) -> None:
        self.reader.restart()
        self.got = dict(self.safe)

    def finish(self) -> None:
        """All is read in the end, with what lacks its line end, and nothing more comes then."""
        self.world.end()
        for _ in range(300):
            self.reader.wait(30)
            self.poll()
        assert {log: data for log, data in enumerate(self.world.written) if len(data) != self.got.get(log, 0)} == {}
        assert [lag.unread for lag in self.reader.follower.lags()] == []
        self.reader.follower.close()


@pytest.mark.parametrize("seed", range(60))
@pytest.mark.parametrize("by_name", [False, True], ids=["folder", "file"])
def test_each_byte_once(tmp_path: Path, seed: int, by_name: bool) -> None:
    Walk(tmp_path, seed, by_name=by_name).run(250)
