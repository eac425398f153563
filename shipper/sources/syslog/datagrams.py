"""UDP: one message a datagram. What the system had to drop before it could be read is counted too."""

from __future__ import annotations

import socket
import struct
from contextlib import suppress

from shipper.sources.syslog.intake import Intake

_BUFFER = 8 << 20
_LARGEST = 65536
_AT_ONCE = 256
_SO_RXQ_OVFL = 40  # linux: asm-generic/socket.h; Python has no name for it
_SO_RCVBUFFORCE = 33
_COUNTER = struct.Struct("=I")


class Datagrams:
    """Reads a bound UDP socket whenever the event loop says that it can be read."""

    def __init__(self, udp: socket.socket, intake: Intake) -> None:
        self._socket = udp
        self._intake = intake
        self._buffer = bytearray(_LARGEST)
        self._overflowed = 0
        for option, value in ((_SO_RCVBUFFORCE, _BUFFER), (socket.SO_RCVBUF, _BUFFER), (_SO_RXQ_OVFL, 1)):
            with suppress(OSError):
                udp.setsockopt(socket.SOL_SOCKET, option, value)

    def read(self) -> None:
        """Takes what is there, up to a limit, so that others have their turn."""
        messages: dict[str, list[bytes]] = {}
        for _ in range(_AT_ONCE):
            try:
                size, ancillary, _, peer = self._socket.recvmsg_into([self._buffer], socket.CMSG_SPACE(_COUNTER.size))
            except (BlockingIOError, InterruptedError):
                break
            self._intake.heard += 1
            self._count_overflow(ancillary)
            if sender := self._intake.sender(peer[0], "udp"):
                messages.setdefault(sender, []).append(bytes(self._buffer[:size]))
        for sender, its_messages in messages.items():
            self._take(sender, its_messages)

    def _take(self, sender: str, messages: list[bytes]) -> None:
        fitting = [message for message in messages if len(message) <= self._intake.limits.largest]
        self._intake.drop_too_long(sender, "udp", len(messages) - len(fitting))
        self._intake.spool_now(sender, fitting, "udp")

    def _count_overflow(self, ancillary: list[tuple[int, int, bytes]]) -> None:
        for level, kind, data in ancillary:
            if (level, kind) == (socket.SOL_SOCKET, _SO_RXQ_OVFL) and len(data) >= _COUNTER.size:
                (total,) = _COUNTER.unpack_from(data)
                self._add_overflow(total - self._overflowed & 0xFFFFFFFF)
                self._overflowed = total

    def _add_overflow(self, more: int) -> None:
        if more:
            self._intake.tally.overflowed += more
            self._intake.remarks.make("overflowed", f"warning: {more:,} datagrams came faster than they were read")
