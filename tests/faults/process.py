"""`utm-shipper ship --follow` as a process of its own: started, killed, told to end, and what it said."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from shipper.pipeline.balance import Balance
from shipper.state.read_only import view_state
from tests.end_to_end.node import Place

PATIENCE = 90.0
END_SECONDS = 10.0
READY = "following "


class Follower:
    """A following shipper; what it says goes to a file."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self.process = process
        self._log = log

    @property
    def said(self) -> list[str]:
        """The lines of its standard error so far."""
        return self._log.read_text(encoding="utf-8").splitlines()

    @property
    def is_ready(self) -> bool:
        return any(READY in line for line in self.said)

    @property
    def rounds(self) -> int:
        """How often it committed what it had stored."""
        return sum("stored: " in line for line in self.said)

    def wait_until(self, is_so: Callable[[], bool], seconds: float = 20) -> None:
        """Asks until it is so. Fails when the process ends before, or after so many seconds."""
        end = time.monotonic() + seconds
        while not is_so():
            self.check()
            assert time.monotonic() < end, f"not so within {seconds} s: {self.said[-5:]}"
            time.sleep(0.05)

    def check(self) -> None:
        """Fails when it has ended by itself."""
        assert self.process.poll() is None, f"ended with {self.process.returncode}: {self.said}"

    def kill(self) -> None:
        """As the kernel does when memory runs out: nothing of it gets a chance to say goodbye."""
        self.process.kill()
        self.process.wait()

    def end(self, number: signal.Signals = signal.SIGTERM) -> float:
        """Tells it to end, which it must do well, and returns how many seconds it took."""
        began = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(END_SECONDS)
        assert self.process.returncode == 0, self.said
        return time.monotonic() - began


def environment(place: Place, **settings: str) -> dict[str, str]:
    """The process's variables. `settings` are names without the common beginning, as `BULK_ITEMS`."""
    named = {"URL": place.node.url, "STATE": str(place.folder / "state"), "INDEX_PREFIX": place.prefix}
    quick = {"FOLLOW_INTERVAL": "0.05", "FOLLOW_SHOW_AFTER": "1", "LOG_LEVEL": "debug"}
    return os.environ | {f"UTM_SHIPPER_{name}": value for name, value in (named | quick | settings).items()}


def balance_of(place: Place) -> Balance:
    """That of all runs, as the state has it."""
    with view_state(place.folder / "state") as view:
        assert view
        return view.recall("balance", Balance) or Balance()


@contextmanager
def following(place: Place, *paths: Path, **settings: str) -> Iterator[Follower]:
    """Follows these paths into the place until told otherwise; killed at the end of the block if it still runs."""
    log = place.folder / "said.txt"
    with log.open("wb") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "shipper", "ship", "--follow", *map(str, paths)],
            env=environment(place, **settings),
            stdin=subprocess.DEVNULL,
            stderr=said,
        )
    follower = Follower(process, log)
    try:
        yield follower
    finally:
        follower.kill()
