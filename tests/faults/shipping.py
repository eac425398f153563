"""`utm-shipper ship` as a process of its own, while things happen to its cluster."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.error import HTTPError

from tests.end_to_end.node import Place
from tests.faults.outcome import count
from tests.faults.process import Follower, environment

END_SECONDS = 300.0
"""A request may wait for a minute before it is given up, on either side, and another one after it."""


class Shipper(Follower):
    """A run that ends by itself."""

    @property
    def is_running(self) -> bool:
        return self.process.poll() is None

    def end_well(self) -> None:
        """Waits for its end, which must be a good one."""
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(END_SECONDS)
        assert self.process.poll() == 0, self.said


@contextmanager
def shipping(place: Place, *paths: Path, **settings: str) -> Iterator[Shipper]:
    """Ships these paths into the place; killed at the end of the block if it still runs."""
    log = place.folder / "said.txt"
    with log.open("wb") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "shipper", "ship", *map(str, paths)],
            env=environment(place, **settings),
            stdin=subprocess.DEVNULL,
            stderr=said,
        )
    shipper = Shipper(process, log)
    try:
        yield shipper
    finally:
        shipper.kill()


def stored_so_far(place: Place) -> int:
    """How many events searches find; none while an index is being made."""
    with suppress(HTTPError):
        return count(place)
    return 0
