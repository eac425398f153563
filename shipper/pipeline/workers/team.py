"""The workers as their owner sees them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from types import TracebackType
from typing import Self

from shipper.errors import ShipperError
from shipper.pipeline.workers import process
from shipper.pipeline.workers.process import Bytes, Orders, Send, Trouble
from shipper.pipeline.workers.values import Outcome, Sent, Task

_GRACE = 2.0
"""Seconds until a worker that was told to end is killed."""


class WorkerError(ShipperError):
    """A worker ended that was not told to."""


class _Worker:
    """A process. It has a session of its own, so that a Ctrl-C in the terminal reaches only its owner, which ends it.

    `lifeline` is never written to: its end tells the process that the owner is gone. `number` is that of its slice.
    """

    def __init__(self, orders: Orders) -> None:
        self.connection, theirs = Pipe()
        end, self.lifeline = Pipe(duplex=False)
        with theirs, end:
            descriptors = (theirs.fileno(), end.fileno())
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", process.__name__, *map(str, descriptors)],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, pass_fds=descriptors, start_new_session=True,
            )  # fmt: skip
        self.number: int | None = None
        self.connection.send(orders)

    def end(self) -> None:
        """Kills it if it does not end by itself soon."""
        self.connection.close()
        self.lifeline.close()
        try:
            self.process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Team:
    """Some workers. `on_trouble` hears words about the cluster, `on_bytes` how many bytes of the logs were read."""

    def __init__(
        self,
        orders: Orders,
        workers: int,
        *,
        on_trouble: Callable[[str], None],
        on_bytes: Callable[[int], None] | None,
    ) -> None:
        self._on_trouble = on_trouble
        self._on_bytes = on_bytes
        self._workers: list[_Worker] = []
        self._wanted = workers
        self._orders = orders

    def __enter__(self) -> Self:
        try:
            for _ in range(self._wanted):
                self._workers.append(_Worker(self._orders))
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def _end(self) -> None:
        for worker in self._workers:
            worker.process.terminate()
        for worker in self._workers:
            worker.end()

    @property
    def processes(self) -> list[subprocess.Popen[bytes]]:
        """Those of the workers."""
        return [worker.process for worker in self._workers]

    @property
    def has_idle(self) -> bool:
        """Whether a worker has nothing to do."""
        return any(worker.number is None for worker in self._workers)

    def give(self, task: Task) -> None:
        """An idle worker reads this slice."""
        worker = next(worker for worker in self._workers if worker.number is None)
        worker.number = task.number
        self._tell(worker, task)

    def send(self, number: int) -> None:
        """The worker that has read this slice sends its documents."""
        self._tell(self._of(number), Send(number))

    def drop(self, number: int) -> None:
        """The worker that has read this slice forgets it."""
        worker = self._of(number)
        worker.number = None
        self._tell(worker, None)

    def hear(self) -> Outcome | Sent:
        """What a worker has done next. Raises what made one fail."""
        while True:
            ready = wait([worker.connection for worker in self._workers])
            for worker in self._workers:
                if worker.connection in ready and (news := self._news(worker)) is not None:
                    return news

    def _news(self, worker: _Worker) -> Outcome | Sent | None:
        match _received(worker):
            case Bytes(count) if self._on_bytes is not None:
                self._on_bytes(count)
            case Trouble(words):
                self._on_trouble(words)
            case Outcome() as outcome:
                return outcome
            case Sent() as sent:
                worker.number = None
                return sent
            case ShipperError() as error:
                raise error
        return None

    def _of(self, number: int) -> _Worker:
        return next(worker for worker in self._workers if worker.number == number)

    @staticmethod
    def _tell(worker: _Worker, what: Task | Send | None) -> None:
        try:
            worker.connection.send(what)
        except OSError:
            while not isinstance(error := _received(worker), ShipperError):
                pass
            raise error from None


def _received(worker: _Worker) -> object:
    connection: Connection = worker.connection
    try:
        return connection.recv()
    except (EOFError, OSError):
        with suppress(subprocess.TimeoutExpired):
            worker.process.wait(_GRACE)
        code = worker.process.returncode
        how = f"was ended by signal {-code}" if code is not None and code < 0 else f"ended with code {code}"
        raise WorkerError(
            f"a worker {how} in the middle of its work",
            advice="nothing is lost: run it again, and it goes on; if memory was short, with fewer --workers",
        ) from None
