"""The log that is measured on: mixed traffic of one generation, as long as wanted."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from tests.generator import Stress

START = datetime(2019, 6, 10, tzinfo=UTC)
MESSAGES_OF_A_BLOCK = 10_000
MESSAGES_OF_A_BLOCK_WITH_WAITING = 40_000


class StressLog:
    """Writes logs of any length; the traffic is simulated once."""

    def __init__(self, dialect: str = "4.82", messages: int = MESSAGES_OF_A_BLOCK, *, open_messages: int = 0) -> None:
        self._stress = Stress(1, START, messages=messages, dialect=dialect, open_messages=open_messages)

    def write(self, path: Path, lines: int) -> Path:
        with path.open("wb") as log:
            log.writelines(line + b"\n" for line in self._stress.lines(lines))
        return path
