"""One SMTP connection: the lines of one exim-in child, cut into the transactions that they belong to.

The lines that carry no queue id belong to the next "<=" of the same process. They are cut at each "<=", at a refusal
after DATA, and where the envelope sender changes; a refused recipient does not cut (lines of the catalogue: 10.1).
"""

from __future__ import annotations

import msgspec

from shipper.model import StageEvent

DECIDING = frozenset(("message-received", "rejected", "temporarily-rejected", "message-abandoned"))
"""With a queue id these end a transaction: the lines before them are its own."""

SHARED = frozenset(("connection-opened", "connection-closed", "connection-lost", "tls-failed"))
"""These belong to every message of the session."""

ENDING_KINDS = frozenset(("connection-closed", "connection-lost", "unexpected-disconnection", "command-timeout"))

_REFUSALS = ("rejected", "temporarily-rejected")
_SENDER = "email.sender.address"
_OUT_OF_TURN = "incomplete transaction (sync failure)"
"""Written before the line that refuses the connection for it."""


class Session(msgspec.Struct):
    """The open lines of one connection.

    `key` tells its process. `shared` are the session's own lines, `segment` those of the transaction that is going on,
    `pending_id` the queue id that it was given but that is not decided yet, `queue_ids` the messages it brought,
    `attempts` the lines of each transaction that was refused or given up without an id. `written` remembers the
    documents of attempts that were stored: id -> (index, version). `lines` holds all lines of a session whose beginning
    may stand in a log that is read later (None for all others); `shown` is how many lines its attempts had when they
    were written while it was open.
    """

    host: str
    key: int | str
    pid: int | None
    begun: int
    last: int
    ip: str | None = None
    port: int | None = None
    ended: bool = False
    connected: bool = False
    shared: list[StageEvent] = msgspec.field(default_factory=list)
    segment: list[StageEvent] = msgspec.field(default_factory=list)
    sender: str | None = None
    pending_id: str | None = None
    queue_ids: list[str] = msgspec.field(default_factory=list)
    attempts: list[list[StageEvent]] = msgspec.field(default_factory=list)
    written: dict[str, tuple[str, int]] = msgspec.field(default_factory=dict)
    lines: list[StageEvent] | None = None
    shown: int = 0

    def fits(self, event: StageEvent, longest_silence: int) -> bool:
        """Whether this event can be of this connection: same endpoint as far as both are known, in the same period."""
        fields = event.fields
        ip, port = fields.get("source.ip"), fields.get("source.port")
        if ip is not None and self.ip is not None and ip != self.ip:
            return False
        if port is not None and self.port is not None and port != self.port:
            return False
        return self.begun - 1 <= event.time <= self.last + longest_silence

    def is_plainly_of(self, event: StageEvent, longest_silence: int) -> bool:
        """The common case: the connection is known and open, and the line says nothing else."""
        if self.ended or not self.connected or not self.begun <= event.time <= self.last + longest_silence:
            return False
        fields = event.fields
        if "source.port" in fields and fields["source.port"] != self.port:
            return False
        return "source.ip" not in fields or fields["source.ip"] == self.ip

    def goes_on_in(self, later: Session, longest_silence: int) -> bool:
        """Whether a session that was read before is the rest of this one: same process and endpoint, soon after."""
        same = self.key == later.key and self.ip in (None, later.ip) and self.port in (None, later.port)
        return same and later is not self and -1 <= later.begun - self.last <= longest_silence

    def see(self, event: StageEvent) -> None:
        """Learns time and endpoint from any of its lines."""
        if self.lines is not None:
            self.lines.append(event)
        if event.time > self.last:
            self.last = event.time
        elif event.time < self.begun:
            self.begun = event.time
        if self.ip is None:
            self.ip = event.fields.get("source.ip")
        if self.port is None:
            self.port = event.fields.get("source.port")

    def add_line(self, event: StageEvent) -> None:
        """A line without a queue id that belongs to the transaction going on, or begins the next one."""
        sender = stated_sender(event)
        if sender is not None:
            if self.sender is not None and not same_address(sender, self.sender):
                self.cut()
            self.sender = sender
        self.segment.append(event)
        if event.action == "message-abandoned" and event.fields.get("event.reason") != _OUT_OF_TURN:
            self._give_up(self.take_all())

    def cut(self) -> None:
        """The sender changed: what came before is given up. Lines after the last that names a sender go on."""
        last = max((i for i, event in enumerate(self.segment) if stated_sender(event) is not None), default=-1)
        before, self.segment = self.segment[: last + 1], self.segment[last + 1 :]
        self.sender = None
        self._give_up(before)

    def take(self, event: StageEvent) -> list[StageEvent]:
        """The lines that belong to the message which `event` decides; another sender's lines are given up first."""
        sender = stated_sender(event)
        if sender is not None and self.sender is not None and not same_address(sender, self.sender):
            self.cut()
        return self.take_all()

    def take_all(self) -> list[StageEvent]:
        """All lines of the transaction going on; the next one begins."""
        taken, self.segment = self.segment, []
        self.sender = self.pending_id = None
        return taken

    def end(self) -> None:
        """No more transactions: what is left is given up."""
        self.ended = True
        if self.pending_id is None:
            self._give_up(self.take_all())

    def is_refused(self) -> bool:
        """Whether the transaction going on was refused, at least in part."""
        return self.pending_id is None and any(is_refusal(event) for event in self.segment)

    def may_change(self) -> bool:
        """Whether lines that come later, or were written earlier, can still change what was attempted."""
        return not self.ended or self.lines is not None

    def size(self) -> int:
        """How many lines its attempts and the transaction going on have, its own lines included."""
        return len(self.shared) + len(self.segment) + sum(map(len, self.attempts))

    def _give_up(self, events: list[StageEvent]) -> None:
        if any(is_attempt(event) for event in events):
            self.attempts.append(events)


def is_attempt(event: StageEvent) -> bool:
    """Whether a message was attempted: a recipient taken, or a connection, sender, recipient or message refused."""
    return is_refusal(event) or event.action in ("recipient-accepted", "message-abandoned")


def is_refusal(event: StageEvent) -> bool:
    """Whether a connection, sender, recipient or message was refused, not merely a command."""
    return event.action in _REFUSALS and event.fields.get("sophos.utm.refused") != "command"


def stated_sender(event: StageEvent) -> str | None:
    """The envelope sender that a line of exim-in names."""
    sender: str | None = event.fields.get(_SENDER)
    return sender


def same_address(one: str, other: str) -> bool:
    """Addresses are compared without regard to case."""
    return one == other or one.casefold() == other.casefold()
