"""The process of one worker: it reads slices that it is told to read, and sends or drops their documents."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from contextlib import closing, suppress
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Thread
from time import monotonic

import msgspec

from shipper.cluster.connect import connect
from shipper.cluster.connection import ConnectionSettings
from shipper.errors import ShipperError
from shipper.pipeline.preparing import prepare
from shipper.pipeline.tuning import fewer_collections
from shipper.pipeline.workers.slice_run import SliceReader, SliceSender
from shipper.pipeline.workers.values import Task
from shipper.settings import Settings
from shipper.sinks.bulk_settings import BulkSettings

_TELL_EVERY = 0.2


class Orders(msgspec.Struct, frozen=True):
    """What a worker is given at its start."""

    settings: Settings
    connection: ConnectionSettings
    bulk: BulkSettings
    folder: Path
    overwrite: bool


class Bytes(msgspec.Struct, frozen=True):
    """So many bytes of the logs were read."""

    count: int


class Trouble(msgspec.Struct, frozen=True):
    """Words about the cluster."""

    words: str


class Send(msgspec.Struct, frozen=True):
    """The slice that was read is right: send its documents."""

    number: int


def work(owner: Connection, lifeline: Connection) -> None:
    """Hears `Orders`, then `Task`, `Send`, and None to drop a slice. A failure is told and ends it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with, args=(lifeline,), daemon=True).start()
    try:
        with fewer_collections(), suppress(EOFError):
            _serve(owner.recv(), owner)
    except BaseException as error:  # noqa: BLE001 - the owner raises it
        with suppress(OSError):
            owner.send(error if isinstance(error, ShipperError) else ShipperError(_told(error)))


def _told(error: BaseException) -> str:
    return f"a worker failed: {type(error).__name__}: {error}"


def _end_with(lifeline: Connection) -> None:
    """The owner is gone, however it went: nothing here is worth going on with."""
    with suppress(EOFError, OSError):
        lifeline.recv()
    os._exit(1)


def _serve(orders: Orders, owner: Connection) -> None:
    preparation = prepare(orders.settings)
    reader = SliceReader(preparation, orders.folder, overwrite=orders.overwrite, on_bytes=_now_and_then(owner))
    with closing(connect(orders.connection)) as cluster:
        sender = SliceSender(
            cluster, orders.bulk, preparation.indices,
            overwrite=orders.overwrite, on_trouble=lambda words: owner.send(Trouble(words)),
        )  # fmt: skip
        with closing(sender):
            while True:
                match owner.recv():
                    case Task() as task:
                        owner.send(reader.read(task))
                    case Send(number):
                        owner.send(sender.send(number, reader.spool))
                    case None:
                        for _ in reader.spool.take():
                            pass


def _now_and_then(owner: Connection) -> Callable[[int], None]:
    told, count = monotonic(), 0

    def tell(more: int) -> None:
        nonlocal told, count
        count += more
        if monotonic() - told > _TELL_EVERY:
            owner.send(Bytes(count))
            told, count = monotonic(), 0

    return tell


if __name__ == "__main__":
    import sys

    from shipper.pipeline.workers.process import work as work_of_module  # values are told apart by their module's name

    work_of_module(*(Connection(int(descriptor)) for descriptor in sys.argv[1:]))
