"""The log that is measured on: mixed traffic of one generation, as long as wanted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from tests.benchmarks.variety import varied
from tests.generator import Stress

START = datetime(2019, 6, 10, tzinfo=UTC)
MESSAGES_OF_A_BLOCK = 10_000
MESSAGES_OF_A_BLOCK_WITH_WAITING = 40_000


class StressLog:
    """Writes logs of any length; the traffic is simulated once, and varied each time that it is repeated.

    With open messages it is repeated as it is: there the lines of one repetition stand among those of others.
    """

    def __init__(self, dialect: str = "4.82", messages: int = MESSAGES_OF_A_BLOCK, *, open_messages: int = 0) -> None:
        self._stress = Stress(1, START, messages=messages, dialect=dialect, open_messages=open_messages)
        self._varies = not open_messages

    @property
    def lines_of_a_block(self) -> int:
        return len(self._stress.templates)

    @property
    def statuses(self) -> Counter[str]:
        """Messages of each whole block by status."""
        return self._stress.statuses

    def lines(self, count: int) -> Iterator[bytes]:
        """So many lines, without their ends."""
        lines = self._stress.lines(count)
        if not self._varies:
            return lines
        block = self.lines_of_a_block
        return (varied(line, number // block) for number, line in enumerate(lines))

    def write(self, path: Path, lines: int) -> Path:
        with path.open("wb") as log:
            log.writelines(line + b"\n" for line in self.lines(lines))
        return path
