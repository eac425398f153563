"""What a trace looks for: the kind of a text, and the conditions that find it in messages and in single lines."""

from __future__ import annotations

import re
from ipaddress import ip_network
from typing import Literal, get_args

import msgspec

from shipper.retrieval import AnyOf, Cidr, Condition, Words, term

Kind = Literal["queue-id", "message-id", "address", "subject", "client"]
KINDS: tuple[Kind, ...] = get_args(Kind)

_QUEUE_ID = re.compile(r"[0-9A-Za-z]{6}-(?:[0-9A-Za-z]{6}-[0-9A-Za-z]{2}|[0-9A-Za-z]{11}-[0-9A-Za-z]{4})")
_WORDS = {"queue-id": "queue id", "message-id": "Message-ID", "subject": "words of the subject"}
_NOBODY = "<>"


class Sought(msgspec.Struct, frozen=True):
    """A text, and what it may be. An address and a Message-ID look alike: such a text is both."""

    text: str
    kinds: tuple[Kind, ...]

    def describe(self) -> str:
        """What is looked for, for people."""
        return f"{' or '.join(_WORDS.get(kind, kind) for kind in self.kinds)} {self.text}"

    @property
    def in_messages(self) -> Condition:
        """Finds messages."""
        return _either([_in_message(kind, self.text) for kind in self.kinds])

    @property
    def in_lines(self) -> Condition:
        """Finds the lines that name it."""
        return _either([_in_line(kind, self.text) for kind in self.kinds])


def sought(text: str, kind: Kind | None = None) -> Sought:
    """What `text` is, or is said to be: a queue id; an address or network of clients; what has an @ in it a mail
    address or a Message-ID; any other text words of a subject. Raises SettingsError for what cannot be of that kind.
    """
    bare = text.strip()
    kinds = _recognised(bare) if kind is None else (kind,)
    if "subject" not in kinds and bare != _NOBODY:
        bare = bare.removeprefix("<").removesuffix(">")
    found = Sought(bare, kinds)
    _ = found.in_messages
    return found


def _recognised(text: str) -> tuple[Kind, ...]:
    if _QUEUE_ID.fullmatch(text):
        return ("queue-id",)
    if text == _NOBODY:
        return ("address",)
    if "@" in text and not any(character.isspace() for character in text):
        return ("address", "message-id")
    return ("client",) if _is_network(text) else ("subject",)


def _is_network(text: str) -> bool:
    try:
        ip_network(text, strict=False)
    except ValueError:
        return False
    return True


def _in_message(kind: Kind, text: str) -> Condition:
    return term("sophos.utm.queue_ids", text) if kind == "queue-id" else _in_both(kind, text)


def _in_line(kind: Kind, text: str) -> Condition:
    return term("sophos.utm.queue_id", text) if kind == "queue-id" else _in_both(kind, text)


def _in_both(kind: Kind, text: str) -> Condition:
    if kind == "client":
        return Cidr("source.ip", text)
    if kind == "subject":
        return Words("email.subject", text)
    if kind == "message-id":
        return term("email.message_id", text)
    return term("email.sender.address" if text == _NOBODY else "related.user", text)


def _either(conditions: list[Condition]) -> Condition:
    return conditions[0] if len(conditions) == 1 else AnyOf(tuple(conditions))
