"""The messages of a recording and what became of them, as clients and receivers tell of it together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.real_exim import limits
from tests.real_exim.notes import Letter, Notes, Refused, Session, Taken, Transaction


@dataclass(frozen=True)
class Message:
    """What the gateway took over: from a client, or from itself where it is a bounce of another message.

    `recipients` are those whom it took it for, `refused` those whom it did not.
    """

    queue_id: str
    sender: str
    recipients: list[str]
    letter: Letter
    refused: list[str] = field(default_factory=list)
    session: Session | None = None
    taken_at: float = 0.0
    bounce_of: str = ""


@dataclass(frozen=True)
class End:
    """What became of one recipient: `delivered`, `failed`, `deferred`; `said` is what a receiver said last."""

    status: str
    said: Taken | Refused | None = None


class Truth:
    """All of a recording, joined by queue ids: clients are told them, and receivers find them in headers."""

    def __init__(self, notes: Notes) -> None:
        self.notes = notes
        self._id_of = {taken.message_id: taken.queue_id for taken in notes.taken}
        bounces = [taken.bounce for taken in notes.taken if taken.bounce]
        self._failed = {(bounce.returned, recipient) for bounce in bounces for recipient in bounce.failed}
        self.messages = [*self._of_clients(), *self._bounces()]
        self.attempts = [told for told in self._transactions() if self._queue_id(told[1]) is None]
        """Transactions that made no message."""

    @property
    def tells_all(self) -> bool:
        """Whether the log was written with `+all`."""
        return self.notes.selector == "all"

    def _transactions(self) -> Iterator[tuple[Session, Transaction]]:
        for session in self.notes.sessions:
            for transaction in session.transactions:
                yield session, transaction

    def _queue_id(self, transaction: Transaction) -> str | None:
        """As the client was told; what it was not told of, though the gateway took it, the receivers know."""
        letter = transaction.letter
        return transaction.queue_id or (self._id_of.get(letter.message_id) if letter else None)

    def _of_clients(self) -> Iterator[Message]:
        for session, told in self._transactions():
            if (queue_id := self._queue_id(told)) and told.letter:
                accepted, refused = limits.recipients(told)
                yield Message(queue_id, told.sender, accepted, told.letter, refused, session, told.time)

    def _bounces(self) -> Iterator[Message]:
        for taken in self.notes.taken:
            if taken.bounce:
                letter = Letter(taken.message_id, taken.bounce.subject)
                yield Message(taken.queue_id, "", taken.recipients, letter, bounce_of=taken.bounce.returned)

    def end_of(self, message: Message, recipient: str) -> End | None:
        """None where it was thrown away: nobody took or refused it, it does not wait, and nobody was told."""
        taken, refused = self._taken(message, recipient), self._refused(recipient)
        if taken:
            return End("delivered", taken)
        if recipient in self.notes.waiting.get(message.queue_id, []):
            return End("deferred", refused)
        if refused or (message.queue_id, recipient) in self._failed:
            return End("failed", refused)
        return None

    def _taken(self, message: Message, recipient: str) -> Taken | None:
        taken = (each for each in reversed(self.notes.taken) if each.queue_id == message.queue_id)
        return next((each for each in taken if recipient in each.recipients), None)

    def _refused(self, recipient: str) -> Refused | None:
        """No recipient that is ever refused is in two messages. One server refuses all of its domain."""
        domain = recipient[recipient.rindex("@") :]
        return next((each for each in reversed(self.notes.refused) if each.recipient in (recipient, domain)), None)
