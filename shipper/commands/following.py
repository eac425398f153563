"""What `utm-shipper ship --follow` needs around the loop: the follower, the pace, and an end within seconds."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from threading import Event
from types import FrameType

from shipper.cluster.interface import Cluster
from shipper.commands.talk import say
from shipper.commands.waiting import following_bulk_settings
from shipper.commands.watching import watching
from shipper.pipeline.following import Following, Pace, new_follower
from shipper.pipeline.holding import Holding
from shipper.pipeline.preparing import prepare
from shipper.pipeline.shipping import Shipment, Shipping
from shipper.settings import Settings
from shipper.state.store import Store

_GRACE = 5
"""Seconds that a round may still take once the program was told to end."""

_LEAST_ROUND = 4096
_BYTES_OF_A_DOCUMENT = 100
"""Of a log, for each document that becomes of it: a little less than is usual."""
_SECONDS_OF_A_ROUND = 10


class _TooLateError(Exception):
    """The round did not end in time; it is read again by the next run."""


def follow(paths: Sequence[str], settings: Settings, cluster: Cluster, store: Store) -> Shipment:
    """Follows these paths until SIGTERM or SIGINT; gives what was done."""
    holding = Holding(settings.host or "", has_zone=settings.zone is not None)
    pace = Pace(settings.follow.interval, settings.follow.show_after, _round_bytes(settings.bulk.max_docs_per_second))
    with watching(settings) as watcher, closing(new_follower(paths, store, say)) as follower, stopping() as stop:
        bulk = following_bulk_settings(settings)
        run = Shipping(prepare(settings), cluster, bulk, store, on_notice=say, on_trouble=watcher.trouble)
        with run:
            watcher.ready(f"following {', '.join(paths)} into {cluster.where}")
            try:
                Following(run, follower, holding, store, pace, watcher).run(stop)
            except _TooLateError:
                say("ended in the middle of a round: nothing of it is counted as stored, the next run reads it again")
            return run.shipment


def _round_bytes(rate: int | None) -> int:
    """A round under a limit of documents a second takes some seconds as well, so that what it read is stored soon."""
    usual = Pace().round_bytes
    return usual if rate is None else min(usual, max(_LEAST_ROUND, rate * _BYTES_OF_A_DOCUMENT * _SECONDS_OF_A_ROUND))


@contextmanager
def stopping() -> Iterator[Event]:
    """An event that SIGTERM and SIGINT set. What runs on for some seconds more is interrupted: it is safe to repeat."""
    stop = Event()

    def told(number: int, frame: FrameType | None) -> None:
        if stop.is_set():
            raise _TooLateError
        stop.set()
        signal.alarm(_GRACE)

    def late(number: int, frame: FrameType | None) -> None:
        raise _TooLateError

    handlers = {signal.SIGTERM: told, signal.SIGINT: told, signal.SIGALRM: late}
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield stop
    finally:
        signal.alarm(0)
        for number, handler in before.items():
            signal.signal(number, handler)
