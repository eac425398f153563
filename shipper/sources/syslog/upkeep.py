"""What is done beside receiving: what was written is made to last, old files are ended, new certificates are read."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from shipper.errors import ListenError
from shipper.sources.syslog.certificates import Certificates
from shipper.sources.syslog.spool import Spool, sync
from shipper.sources.syslog.tally import Remarks

_TICK = 1.0
_TICKS_TO_CLEAN_UP = 3600


class Upkeep:
    """`on_tick` is called each second; `clean_up`, in a thread, gets the finished files first and then once an hour."""

    def __init__(
        self,
        spool: Spool,
        certificates: Certificates | None,
        remarks: Remarks,
        on_tick: Callable[[], None],
        clean_up: Callable[[list[Path]], None],
    ) -> None:
        self._spool = spool
        self._certificates = certificates
        self._remarks = remarks
        self._on_tick = on_tick
        self._clean_up = clean_up

    async def run(self) -> None:
        """Goes on until it is cancelled."""
        ticks = 0
        while True:
            if ticks % _TICKS_TO_CLEAN_UP == 0:
                await asyncio.to_thread(self._clean_up, list(self._spool.finished_files()))
            ticks += 1
            self._on_tick()
            await asyncio.sleep(_TICK)
            await self._sync()
            self._renew()

    async def _sync(self) -> None:
        try:
            self._spool.end_old()
            await asyncio.to_thread(sync, self._spool.unsynced())
        except OSError as error:
            self._remarks.make("sync", f"warning: the spool cannot be made to last: {error.strerror or error}")

    def _renew(self) -> None:
        try:
            if self._certificates and self._certificates.renew():
                self._remarks.make("renewed", "the certificates have changed and were read again")
        except ListenError as error:
            self._remarks.make("renew", f"warning: {error}; the ones before stay in use")
