"""The moments at which a shipper is killed, and what its end was like."""

from __future__ import annotations

import random
import shutil
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Lock, Thread

from shipper.errors import StateError
from shipper.pipeline.balance import Balance
from shipper.state.read_only import view_state
from tests.faults.process import Follower
from tests.sinks.fault_proxy import Exchange

MOMENTS = ("starting", "asking", "unanswered", "answered", "committing", "sending later", "any")
"""`asking`: the cluster has not got the request yet; `unanswered`: it has stored it, but nobody was told.

`sending later`: the state has committed documents that the cluster is only now to get.
"""

_WAL_HEADER, _FRAME_HEADER = 32, 24


@dataclass
class Killer:
    """Kills one shipper, once it has stored `rounds`, at one moment of the `count`-th request with documents."""

    moment: str
    rounds: int
    count: int
    rng: random.Random
    state: Path
    victim: Follower | None = None
    done: Event = field(default_factory=Event)
    _lock: Lock = field(default_factory=Lock)

    def begin(self, victim: Follower) -> None:
        """The shipper has just been started."""
        self.victim = victim
        if self.moment in ("starting", "any"):
            Thread(target=self._kill_after, args=(1.0 if self.moment == "starting" else 2.0,), daemon=True).start()

    def always(self, exchange: Exchange) -> bool:
        """Whether the request was dealt with: for a proxy that is asked before each."""
        if self.victim is None or self.victim.rounds < self.rounds:
            return False
        with self._lock:
            self.count -= 1
            is_later = self.moment == "sending later"
            is_it = _outbox(self.state) > 0 if is_later else self.count == 0
        acts: dict[str, Callable[[Exchange], None]] = {
            "asking": self._before,
            "unanswered": self._within,
            "answered": self._after,
            "committing": self._in_commit,
            "sending later": self._before,
        }
        if not is_it or self.moment not in acts:
            return False
        acts[self.moment](exchange)
        return True

    def strike(self) -> None:
        """Now."""
        if self.victim:
            self.victim.kill()
        self.done.set()

    def _kill_after(self, seconds: float) -> None:
        self.done.wait(self.rng.uniform(0, seconds))
        self.strike()

    def _before(self, exchange: Exchange) -> None:
        self.strike()

    def _within(self, exchange: Exchange) -> None:
        exchange.forward()
        self.strike()

    def _after(self, exchange: Exchange) -> None:
        exchange.reply(*exchange.forward())
        time.sleep(self.rng.uniform(0, 0.02))
        self.strike()

    def _in_commit(self, exchange: Exchange) -> None:
        """As soon as the state's log is written to."""
        log = self.state / "state.db-wal"
        reply = exchange.forward()
        before = log.stat().st_mtime_ns
        exchange.reply(*reply)
        end = time.monotonic() + 1
        while log.stat().st_mtime_ns == before and time.monotonic() < end:
            pass
        self.strike()


@dataclass(frozen=True)
class Remains:
    """What the state held: events known to be stored, documents committed but not known to be stored.

    `is_torn`: the last page of its log is of a commit that did not come to its end (SQLite, walformat).
    """

    events: int = 0
    outbox: int = 0
    is_torn: bool = False


def remains(state: Path) -> Remains:
    """Looks at a copy: to mend the state is left to the next shipper."""
    with TemporaryDirectory() as folder:
        copy = Path(shutil.copytree(state, Path(folder) / "state")) if state.exists() else state
        is_torn = _is_torn(copy / "state.db-wal")
        try:
            with view_state(copy) as view:
                balance = view.recall("balance", Balance) if view else None
        except StateError:
            balance = None
        if balance is None:
            return Remains(is_torn=is_torn)
        return Remains(balance.events, _outbox(copy), is_torn)


def _outbox(state: Path) -> int:
    with closing(sqlite3.connect(f"file:{state / 'state.db'}?mode=ro", uri=True)) as connection:
        return int(connection.execute("SELECT count(*) FROM outbox").fetchone()[0])


def _is_torn(log: Path) -> bool:
    data = log.read_bytes() if log.exists() else b""
    size = int.from_bytes(data[8:12], "big") + _FRAME_HEADER
    salts, last = data[16:24], b""
    for at in range(_WAL_HEADER, len(data) - size + 1, size):
        frame = data[at : at + _FRAME_HEADER]
        if frame[8:16] != salts:
            break
        last = frame
    return bool(last) and last[4:8] == bytes(4)
