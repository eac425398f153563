"""TCP and TLS: one task a connection, so that a slow or broken sender is nobody else's trouble."""

from __future__ import annotations

import asyncio
import socket
import ssl

from shipper.sources.syslog.certificates import Certificates
from shipper.sources.syslog.framing import Frames
from shipper.sources.syslog.inbox import Inbox
from shipper.sources.syslog.intake import Intake
from shipper.sources.syslog.tally import Transport

_HANDSHAKE_SECONDS = 10.0
_MESSAGE_SECONDS = 60.0
_ACCEPT_PAUSE = 1.0


class Connections:
    """Accepts on one listening socket; with certificates its connections are TLS."""

    def __init__(self, listening: socket.socket, intake: Intake, certificates: Certificates | None = None) -> None:
        self._listening = listening
        self._intake = intake
        self._certificates = certificates
        self._transport: Transport = "tls" if certificates else "tcp"

    async def accept(self, connections: asyncio.TaskGroup) -> None:
        """Accepts until it is cancelled; each connection becomes a task of the group."""
        loop = asyncio.get_running_loop()
        while True:
            try:
                accepted, peer = await loop.sock_accept(self._listening)
            except OSError as error:
                self._intake.remarks.make("accept", f"warning: cannot accept connections: {error.strerror or error}")
                await asyncio.sleep(_ACCEPT_PAUSE)
                continue
            if sender := self._let_in(accepted, peer[0]):
                connections.create_task(self._serve(accepted, sender))

    def _let_in(self, accepted: socket.socket, host: str) -> str | None:
        sender = self._intake.sender(host, self._transport)
        if sender is not None and (refusal := self._intake.enter(sender)):
            self._intake.refuse(f"{self._transport} from {sender} refused: {refusal}")
            sender = None
        if sender is None:
            accepted.close()
        return sender

    async def _serve(self, accepted: socket.socket, sender: str) -> None:
        inbox = Inbox()
        transport: asyncio.Transport | None = None
        try:
            transport = await self._open(accepted, inbox)
            certificate = transport.get_extra_info("peercert")
            if self._certificates and not self._intake.allowed.admits_certificate(certificate):
                self._intake.refuse(f"tls from {sender} refused: syslog.client_names holds no name of its certificate")
            else:
                await self._read(inbox, sender)
        except TimeoutError:
            self._intake.break_off(sender, self._transport, "nothing more came in time")
        except OSError as error:
            self._intake.break_off(sender, self._transport, _words(error))
        finally:
            self._intake.leave(sender)
            if transport is not None:
                transport.abort()

    async def _open(self, accepted: socket.socket, inbox: Inbox) -> asyncio.Transport:
        """The transport, once a TLS client has shown what it must. Raises OSError."""
        tls = self._certificates.context if self._certificates else None
        accepted.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        transport, _ = await asyncio.get_running_loop().connect_accepted_socket(
            lambda: inbox, accepted, ssl=tls, ssl_handshake_timeout=_HANDSHAKE_SECONDS if tls else None
        )
        return transport

    async def _read(self, inbox: Inbox, sender: str) -> None:
        """Takes messages until the sender ends the connection. Raises OSError, TimeoutError."""
        frames = Frames(self._intake.limits.largest)
        now = asyncio.get_running_loop().time
        begun = now()
        try:
            while not frames.broken:
                was_inside = frames.is_inside
                until = begun + _MESSAGE_SECONDS if was_inside else now() + self._intake.limits.idle
                async with asyncio.timeout_at(until):
                    data = await inbox.read()
                if not data:
                    return
                if await self._take(frames, data, sender) or not was_inside:
                    begun = now()
            self._intake.break_off(sender, self._transport, frames.broken)
        finally:
            if frames.is_inside and not frames.broken:
                self._intake.cut_short(sender)

    async def _take(self, frames: Frames, data: bytes, sender: str) -> bool:
        """Spools the messages that are whole now; whether there were any."""
        self._intake.heard += 1
        too_long = frames.too_long
        messages = frames.feed(data)
        self._intake.drop_too_long(sender, self._transport, frames.too_long - too_long)
        await self._intake.spool(sender, messages, self._transport)
        return bool(messages)


def _words(error: OSError) -> str:
    if isinstance(error, ssl.SSLError):
        return f"TLS failed: {(error.reason or str(error)).lower().replace('_', ' ')}"
    return error.strerror or str(error)
