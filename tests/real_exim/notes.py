"""What was noted beside a log while it was recorded: the truth that the log's documents are held against.

Nothing in it comes from the log: clients note what they sent and were answered, receivers what they took, and the
queue's listing says what was still waiting at the end.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, fields
from typing import Any, NamedTuple


class Tls(NamedTuple):
    """As OpenSSL names them on the other side of the connection: `TLSv1.3`, `ECDHE-RSA-AES256-GCM-SHA384`."""

    version: str
    suite: str


class Answered(NamedTuple):
    """An address and the whole answer that it got: `250 OK`."""

    address: str
    answer: str


@dataclass
class Signature:
    """A DKIM signature: `broken` says how it was made to fail (`body`, `header`, `no key`, ...), "" if it was not."""

    domain: str
    selector: str
    canonicalization: str
    bits: int
    broken: str = ""


@dataclass
class Letter:
    """What a client sent: the subject as a person reads it, signatures from the top one down."""

    message_id: str
    subject: str
    signatures: list[Signature] = field(default_factory=list)


@dataclass
class Transaction:
    """One MAIL and what followed. Answers begin with their code; `answer` (to the data) is "" if none ever came."""

    sender: str
    sender_answer: str
    time: float
    recipients: list[Answered] = field(default_factory=list)
    answer: str = ""
    letter: Letter | None = None

    @property
    def queue_id(self) -> str | None:
        """The id that the client was told."""
        told = re.search(r" id=(\S+)", self.answer)
        return told[1] if told else None


@dataclass
class Session:
    """What one client did. `name` is its verified name; a message handed over on the gateway itself has no `ip`.

    `turned_away` is the greeting where it was none: the connection was refused as a whole.
    """

    scenario: str
    ip: str = ""
    port: int = 0
    name: str = ""
    helo: str = ""
    tls: Tls | None = None
    turned_away: str = ""
    transactions: list[Transaction] = field(default_factory=list)


@dataclass
class Bounce:
    """A message that names the recipients that `failed` and has a copy of the message with the queue id `returned`."""

    subject: str
    failed: list[str]
    returned: str


@dataclass
class Taken:
    """A message that a receiver took: a server, by its address, or a mailbox on the gateway, by its name.

    `recipients` are the original ones (Envelope-to).
    """

    receiver: str
    answer: str = ""
    tls: Tls | None = None
    queue_id: str = ""
    message_id: str = ""
    recipients: list[str] = field(default_factory=list)
    bounce: Bounce | None = None


@dataclass
class Refused:
    """A recipient that a server refused, for good (5xx) or for now (4xx)."""

    receiver: str
    recipient: str
    answer: str
    tls: Tls | None = None


@dataclass
class Notes:
    """All of a recording: `waiting` are the recipients on the queue at the end, by queue id.

    An administrator `removed` some messages after that.
    """

    exim: str
    selector: str
    sessions: list[Session] = field(default_factory=list)
    taken: list[Taken] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    waiting: dict[str, list[str]] = field(default_factory=dict)
    removed: list[str] = field(default_factory=list)

    def as_json(self) -> str:
        """One line for each session, message and refusal; what is empty is left out."""
        return "{" + ",\n".join(self._members()) + "}\n"

    def _members(self) -> Iterator[str]:
        for each in fields(self):
            value = getattr(self, each.name)
            if isinstance(value, list):
                rows = ",\n".join(_compact(asdict(row) if not isinstance(row, str) else row) for row in value)
                yield f'"{each.name}":[\n{rows}]'
            else:
                yield f'"{each.name}":{_compact(value)}'


def _compact(value: Any) -> str:
    return json.dumps(_without_empty(value), ensure_ascii=False, separators=(",", ":"))


def _without_empty(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_empty(each) for name, each in value.items() if each or name == "sender"}
    if isinstance(value, list):
        return [_without_empty(each) for each in value]
    return round(value, 2) if isinstance(value, float) else value
