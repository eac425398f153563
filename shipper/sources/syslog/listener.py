"""Receives until it is told to stop."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from shipper.sources.syslog.certificates import Certificates
from shipper.sources.syslog.connections import Connections
from shipper.sources.syslog.datagrams import Datagrams
from shipper.sources.syslog.intake import Intake
from shipper.sources.syslog.sockets import Door
from shipper.sources.syslog.upkeep import Upkeep

_GRACE_ROUNDS, _GRACE_ROUND = 10, 0.1


class Listener:
    """Everything that comes in at the doors goes to the intake. `certificates` are those of the TLS door."""

    def __init__(
        self, doors: Sequence[Door], intake: Intake, certificates: Certificates | None, upkeep: Upkeep
    ) -> None:
        self._intake = intake
        self._upkeep = upkeep
        self._datagrams = {door.socket: Datagrams(door.socket, intake) for door in doors if door.transport == "udp"}
        self._connections = {
            door.socket: Connections(door.socket, intake, certificates if door.transport == "tls" else None)
            for door in doors
            if door.transport != "udp"
        }
        self._accepting: list[asyncio.Task[None]] = []

    async def run(self, stop: asyncio.Event) -> None:
        """Returns when told to stop, after what the sockets held by then was read, which is given a second."""
        receiving = asyncio.create_task(self._receive())
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({receiving, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if not receiving.done():
            await self._stop_accepting()
            await self._until_quiet()
        receiving.cancel()
        with suppress(asyncio.CancelledError):
            await receiving
        for udp in self._datagrams:
            asyncio.get_running_loop().remove_reader(udp)

    async def _receive(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            for udp, datagrams in self._datagrams.items():
                asyncio.get_running_loop().add_reader(udp, datagrams.read)
            self._accepting = [tasks.create_task(stream.accept(tasks)) for stream in self._connections.values()]
            tasks.create_task(self._upkeep.run())

    async def _stop_accepting(self) -> None:
        for task in self._accepting:
            task.cancel()
        await asyncio.gather(*self._accepting, return_exceptions=True)
        for listening in self._connections:
            listening.close()

    async def _until_quiet(self) -> None:
        for _ in range(_GRACE_ROUNDS):
            heard = self._intake.heard
            await asyncio.sleep(_GRACE_ROUND)
            if self._intake.heard == heard:
                return
