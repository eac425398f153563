"""What `utm-shipper ship --backfill` needs around the run: indices relaxed and put back, whatever ends it."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import time
from types import FrameType

import click

from shipper.cluster.interface import Cluster
from shipper.commands.talk import say
from shipper.pipeline.backfilling import backfilling, put_back_left
from shipper.settings import Settings
from shipper.state.store import Store

backfill_option = click.option(
    "--backfill", is_flag=True, help="Relax indices while they are filled: rare refreshes, no copies of new ones."
)

OnIndex = Callable[[str], None]


class _ToldToEndError(BaseException):
    """SIGTERM: what was relaxed is put back on the way out."""


@contextmanager
def index_care(settings: Settings, cluster: Cluster, *, backfill: bool) -> Iterator[Callable[[Store], OnIndex | None]]:
    """Gives what is to be called with the open store: it puts back what an earlier backfill left relaxed.

    With `backfill` it gives what is to be called with each index that the run writes to; these are put back at the end
    of the block, which must be after that of the store.
    """

    def prepare(store: Store) -> OnIndex | None:
        put_back_left(cluster, settings.index.prefix, say, store)
        return None

    if not backfill:
        yield prepare
        return

    def begin_backfill(store: Store) -> OnIndex | None:
        prepare(store)
        return begin(store).relax

    with _put_back_on_sigterm(), backfilling(cluster, settings.index.prefix, settings.state, time(), say) as begin:
        yield begin_backfill


@contextmanager
def _put_back_on_sigterm() -> Iterator[None]:
    """SIGTERM leaves the block as an error does, and then ends the process as ever. A second one does not wait."""

    def told(number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        raise _ToldToEndError

    before = signal.signal(signal.SIGTERM, told)
    try:
        yield
    except _ToldToEndError:
        say("told to end: nothing is counted as stored, the same command again ends in the same documents")
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTERM)
    finally:
        signal.signal(signal.SIGTERM, before)
