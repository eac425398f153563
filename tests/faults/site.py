"""A folder in which a gateway's log grows and is rotated, and an archive that fills meanwhile."""

from __future__ import annotations

import gzip
import os
import random
from collections.abc import Sequence
from pathlib import Path

from tests.sources.follow.world import Steps, World

LEAST_REST = 16
"""Bytes."""


class Site(World):
    """Writes `text` into a log and its successors. `due` is how many bytes may be written by now."""

    def __init__(self, folder: Path, rng: random.Random, text: bytes) -> None:
        super().__init__(folder, rng)
        self._text = text
        self._at = 0
        self.due = 0
        self.begin()

    def append(self) -> None:
        """What is due, or a part of it, whole lines or not."""
        size = self.due - self._at
        if size > 0 and self.rng.random() < 0.5:
            size = self.rng.randrange(size) + 1
        self._write(self._text[self._at : self._at + size])

    def _write(self, data: bytes) -> None:
        os.write(self._descriptor, data)
        self.written[self.log] += data
        self._at += len(data)

    def begin(self) -> None:
        if self._descriptor >= 0:
            self._finish_line()
        super().begin()

    def _finish_line(self) -> None:
        """A rest of a line that tells nothing does not go into the next log, where nobody could know what it is of."""
        rest = self._text[self._at : self._text.find(b"\n", self._at) + 1]
        is_within = self._at > 0 and self._text[self._at - 1 : self._at] != b"\n"
        if is_within and (len(rest) < LEAST_REST or self.rng.random() < 0.5):
            self._write(rest)

    def steps(self) -> Steps:
        """What happens on and on: lines come, the log is rotated, an older one is packed."""
        while True:
            least = self.rng.randrange(1000, 20_000)
            while len(self.written[self.log]) < least:
                self.append()
                yield
            self._finish_line()
            yield from self.rng.choice((self.rename, self.copy_and_truncate))()
            if self.rng.random() < 0.6:
                yield from self.pack()

    def finish(self) -> None:
        """The rest is written, and the log rotated once more: nothing of it has to be waited for."""
        self._write(self._text[self._at :])
        for _ in self.rename():
            pass
        self.end()


def pack_into(folder: Path, texts: Sequence[bytes], name: str) -> None:
    """Archives one after the other, as `NAME-0.log.gz`."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, text in enumerate(texts):
        (folder / f"{name}-{number}.log.gz").write_bytes(gzip.compress(text))
