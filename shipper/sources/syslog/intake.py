"""What every transport does: lets senders in, leaves messages out, spools the others, counts all of it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence

import msgspec

from shipper.sources.syslog.allowed import Allowed, IPAddress, address_of
from shipper.sources.syslog.spool import MOST_SENDERS, Spool, as_line
from shipper.sources.syslog.tally import Remarks, Tally, Transport

ROOM_PAUSE = 1.0


class Limits(msgspec.Struct, frozen=True):
    """`largest` bytes of one message, connections in all and of one sender, seconds until a silent one is closed."""

    largest: int = 65536
    connections: int = 256
    connections_per_sender: int = 16
    idle: float = 86400.0


class Intake:
    """The way from a transport into the spool. `is_wanted` decides which lines are spooled."""

    def __init__(
        self, spool: Spool, allowed: Allowed, limits: Limits, is_wanted: Callable[[bytes], bool], remarks: Remarks
    ) -> None:
        self.tally = Tally()
        self.heard = 0  # how often anything came
        self.limits = limits
        self.allowed = allowed
        self.remarks = remarks
        self._spool = spool
        self._is_wanted = is_wanted
        self._connections: Counter[str] = Counter()

    def sender(self, host: str, transport: Transport) -> str | None:
        """The address of a peer that may send; others are counted as refused."""
        address = address_of(host)
        refusal = self._refusal(address)
        if refusal:
            self.refuse(f"{transport} from {address} refused: {refusal}")
            return None
        return str(address)

    def _refusal(self, address: IPAddress) -> str:
        if not self.allowed.admits(address):
            return "syslog.allow does not name it"
        if not self._spool.has_place_for(str(address)):
            return f"{MOST_SENDERS} senders were there before"
        return ""

    def refuse(self, why: str) -> None:
        """Counts a connection or datagram that was not let in."""
        self.tally.refused += 1
        self.remarks.make("refused", f"warning: {why}")

    def enter(self, sender: str) -> str:
        """Counts a connection in; says why not where there are too many."""
        if self._connections.total() >= self.limits.connections:
            return f"{self.limits.connections} connections are open (syslog.connections)"
        if self._connections[sender] >= self.limits.connections_per_sender:
            return f"{self.limits.connections_per_sender} of its own are open (syslog.connections_per_sender)"
        self._connections[sender] += 1
        return ""

    def leave(self, sender: str) -> None:
        """The connection is over."""
        self._connections[sender] -= 1
        if not self._connections[sender]:
            del self._connections[sender]

    def drop_too_long(self, sender: str, transport: Transport, count: int) -> None:
        """Counts messages that are longer than permitted."""
        if count:
            self.tally.receive(transport, count)
            self.tally.dropped += count
            limit = f"{self.limits.largest:,} bytes (syslog.largest_message)"
            self.remarks.make("too long", f"warning: a message of {sender} is longer than {limit}: dropped")

    def cut_short(self, sender: str) -> None:
        """Counts a message whose end never came."""
        self.tally.cut_short += 1
        self.remarks.make("cut short", f"warning: the connection of {sender} ended within a message, which is left out")

    def break_off(self, sender: str, transport: Transport, why: str) -> None:
        """Counts a connection that is closed for what came over it."""
        self.tally.broken += 1
        self.remarks.make("broken", f"warning: the {transport} connection of {sender} is closed: {why}")

    def spool_now(self, sender: str, messages: Sequence[bytes], transport: Transport) -> None:
        """Spools what there is room for; the rest is dropped."""
        lines = self._lines(messages, transport)
        taken = self._append(sender, lines) if lines else 0
        if taken < len(lines):
            self.tally.dropped += len(lines) - taken
            self._say_no_room(sender, "datagrams are dropped")

    async def spool(self, sender: str, messages: Sequence[bytes], transport: Transport) -> None:
        """Spools all, waiting for room where there is none; what still waits when this is cancelled is dropped."""
        lines = self._lines(messages, transport)
        try:
            while lines:
                lines = lines[self._append(sender, lines) :]
                if lines:
                    self._say_no_room(sender, "its connection waits")
                    await asyncio.sleep(ROOM_PAUSE)
        finally:
            self.tally.dropped += len(lines)

    def _lines(self, messages: Sequence[bytes], transport: Transport) -> list[bytes]:
        lines = [line for message in messages if (line := as_line(message)).strip()]
        wanted = [line for line in lines if self._is_wanted(line)]
        self.tally.receive(transport, len(lines))
        self.tally.left_out += len(lines) - len(wanted)
        return wanted

    def _append(self, sender: str, lines: Sequence[bytes]) -> int:
        taken = self._spool.append(sender, lines)
        self.tally.spooled += taken
        return taken

    def _say_no_room(self, sender: str, meanwhile: str) -> None:
        error = self._spool.error_of(sender)
        self.remarks.make("no room", f"warning: cannot write the spool of {sender}: {error}; {meanwhile}")
