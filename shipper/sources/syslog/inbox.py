"""The bytes of one connection on their way from the event loop to the task that reads them."""

from __future__ import annotations

import asyncio
from typing import cast

_MOST = 1 << 17


class Inbox(asyncio.Protocol):
    """Holds a few hundred KiB at most: while nobody reads, nothing more is taken from the network.

    Unlike `asyncio.StreamReader`, it gives what came before a connection broke before it tells of the break.
    """

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._news = asyncio.Event()
        self._is_over = False
        self._error: Exception | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._bytes += data
        if len(self._bytes) > _MOST and self._transport:
            self._transport.pause_reading()
        self._news.set()

    def eof_received(self) -> None:
        self._is_over = True
        self._news.set()

    def connection_lost(self, error: Exception | None) -> None:
        self._is_over = True
        self._error = error
        self._news.set()

    async def read(self) -> bytes:
        """What came meanwhile, at least one byte; nothing once the sender has ended. Raises what broke it off."""
        while not self._bytes and not self._is_over:
            self._news.clear()
            await self._news.wait()
        data = bytes(self._bytes)
        self._bytes.clear()
        if not data and self._error:
            raise self._error
        if data and self._transport and not self._is_over:
            self._transport.resume_reading()
        return data
