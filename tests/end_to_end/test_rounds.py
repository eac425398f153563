"""A log shipped in many rounds, with crashes at every step of a round, ends up as if shipped at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

import pytest

from shipper.cluster.connect import connect
from shipper.cluster.connection import ConnectionSettings
from shipper.model import Checkpoint
from shipper.pipeline.balance import Balance
from shipper.pipeline.holding import Holding
from shipper.pipeline.preparing import prepare
from shipper.pipeline.shipping import Shipping
from shipper.settings import load
from shipper.sinks.bulk_settings import BulkSettings
from shipper.sources.follow.piece import Piece
from shipper.state.read_only import view_state
from shipper.state.store import Store, open_store
from tests.end_to_end.node import Place, assert_same, without_place
from tests.end_to_end.traffic import busy_hour, several_days, two_gateways
from tests.generator import Traffic

pytestmark = pytest.mark.cluster


class Crash(Exception):
    """The process is gone."""


class Rounds:
    """One log, given in pieces of random sizes; what is not committed is given again."""

    def __init__(self, place: Place, text: bytes, random: Random) -> None:
        self._place = place
        self._text = text
        self._random = random
        self._ends = [at + 1 for at, byte in enumerate(text) if byte == 0x0A]
        self.crashes = 0

    def ship_all(self, most_lines: int, crash_share: float) -> None:
        while True:
            try:
                with self._opened() as (store, shipping):
                    self._run(store, shipping, most_lines, crash_share)
                return
            except Crash:
                self.crashes += 1

    @contextmanager
    def _opened(self) -> Iterator[tuple[Store, Shipping]]:
        settings = load(None, {}, {"index.prefix": self._place.prefix})
        cluster = connect(ConnectionSettings(urls=(self._place.node.url,)))
        with open_store(self._place.folder / "state") as store:
            shipping = Shipping(prepare(settings), cluster, BulkSettings(), store, on_notice=lambda words: None)
            with shipping:
                yield store, shipping

    def _run(self, store: Store, shipping: Shipping, most_lines: int, crash_share: float) -> None:
        holding, now = Holding("", has_zone=False), 0
        done = next(iter(store.checkpoints.all()), Checkpoint(self._text[:1024], "smtp.log", 1, 1))
        while done.offset < len(self._text):
            crash = self._random.choice(["ship", "commit", "later"]) if self._random.random() < crash_share else ""
            given = self._next(done, most_lines)
            now += 7200 if given.offset + len(given.data) == len(self._text) else 1
            piece = holding.cut(given, shipping.reached, now)
            if not piece.data:
                most_lines *= 2
                continue
            shipping.ship([piece])
            (progress,) = shipping.progress
            done = Checkpoint(
                done.head, done.path, 1, 1, piece.offset + len(piece.data), done.lines + progress.lines,
                done.began or progress.began, progress.reached or done.reached,
            )  # fmt: skip
            if crash == "ship":
                raise Crash
            shipping.show(0, self._random.choice([0, 30]))
            store.checkpoints.keep([done])
            with self._crashing(store, shipping, crash):
                shipping.save()
        shipping.show(1e9, 0)
        shipping.save()

    def _next(self, done: Checkpoint, most_lines: int) -> Piece:
        first = next((n for n, end in enumerate(self._ends) if end > done.offset), 0)
        last = min(first + self._random.randrange(most_lines), len(self._ends) - 1)
        data = self._text[done.offset : self._ends[last]]
        return Piece(done.path, done.head, done.offset, data, done, is_live=True)

    @contextmanager
    def _crashing(self, store: Store, shipping: Shipping, where: str) -> Iterator[None]:
        """`commit`: the cluster has everything, the state nothing; `later`: committed, but not all is sent."""

        def gone(*arguments: Any, **named: Any) -> None:
            raise Crash

        with pytest.MonkeyPatch.context() as patch:
            if where == "commit":
                patch.setattr(store, "commit", gone)
            if where == "later":
                patch.setattr(shipping._outlet, "send_later", gone)
            yield


def assert_ends_as_at_once(place: Place, text: bytes, folder: Path) -> None:
    whole = folder / "smtp.log"
    whole.write_bytes(text)
    events, messages = place.parsed(whole)
    assert without_place(place.stored("events")) == without_place(events)
    assert_same(messages, place.stored("messages"))
    with view_state(place.folder / "state") as view:
        assert view
        counted = view.recall("balance", Balance)
    assert counted
    assert (counted.events, counted.messages) == (len(events), len(messages))


TRAFFIC = {"busy": busy_hour, "slow": several_days, "two hosts": two_gateways}


@pytest.mark.parametrize("name", TRAFFIC)
@pytest.mark.parametrize(("most_lines", "crash_share"), [(400, 0.0), (60, 0.0), (150, 0.25)])
def test_rounds(simple: Place, tmp_path: Path, name: str, most_lines: int, crash_share: float) -> None:
    traffic: Traffic = TRAFFIC[name]()
    rounds = Rounds(simple, traffic.text, Random(f"{name}{most_lines}"))
    rounds.ship_all(most_lines, crash_share)
    assert (rounds.crashes > 0) == (crash_share > 0)
    assert_ends_as_at_once(simple, traffic.text, tmp_path)
