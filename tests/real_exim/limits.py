"""What Exim's log cannot tell, or tells in its own way: the accepted differences from what clients and servers saw."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from tests.real_exim.notes import Answered, Session, Transaction

Told = tuple[Session, Transaction]

TURNED_AWAY = "rejected"
"""The log says "refused" of a connection that is one too many, though the client is told 421, to come back later."""

_DROPPED_ON_ACCEPTANCE = "hole@in.example.com"
"""The client is told 250, but the log says "discarded by RCPT ACL": it counts as a refused recipient."""

_TOO_MANY = "452 too many recipients"
"""Recipients beyond `recipients_max` are not logged."""

_NO_ADDRESS = "@@"
"""A syntax error in RCPT is no refusal of a recipient."""

_TOO_SOON = "554 SMTP synchronization error"
"""The connection is refused as a whole, whatever its MAIL said."""

_SUBJECT_BYTES = 100
_LOGGED_ID = re.compile(r'[^\s"]+')
_QUOTED = re.compile(r'"(.*)"@(.*)')


def recipients(told: Transaction) -> tuple[list[str], list[str]]:
    """The accepted and the refused ones that the log names."""
    named = [each for each in told.recipients if _is_named(each)]
    accepted = [each.address for each in named if each.answer[0] == "2" and each.address != _DROPPED_ON_ACCEPTANCE]
    return accepted, [each.address for each in named if each.address not in accepted]


def _is_named(told: Answered) -> bool:
    return not told.answer.startswith(_TOO_MANY) and _NO_ADDRESS not in told.address


def without_incomplete_transactions(attempts: Iterable[Told]) -> list[Told]:
    """Attempts as they are logged without the selector `smtp_incomplete_transaction`, which only `+all` has.

    A MAIL is known by its recipients or its refusal alone, so one sender's refused transactions in a session are one.
    The refusal of a recipient without a domain names no sender.
    """
    logged: dict[tuple[str, int, str], Told] = {}
    for session, told in attempts:
        if _is_logged(told):
            sender = told.sender if _names_sender(told) else ""
            first = session, replace(told, sender=sender, recipients=[])
            _, whole = logged.setdefault((session.ip, session.port, sender), first)
            whole.recipients += told.recipients
    return list(logged.values())


def _is_logged(told: Transaction) -> bool:
    return told.sender_answer[0] != "2" or any(recipients(told))


def _names_sender(told: Transaction) -> bool:
    is_too_soon = told.sender_answer.startswith(_TOO_SOON)
    return not is_too_soon and (told.sender_answer[0] != "2" or any("@" in each.address for each in told.recipients))


def accepted_recipient(address: str) -> str:
    """As the ACL's own line has it (`R=<$local_part@$domain>`): without the quotes of a quoted local part."""
    quoted = _QUOTED.fullmatch(address)
    return re.sub(r"\\(.)", r"\1", quoted[1]) + "@" + quoted[2] if quoted else address


def subject(text: str) -> str:
    """Its first 100 bytes."""
    return text.encode()[:_SUBJECT_BYTES].decode(errors="ignore")


def message_id(text: str, *, is_bounce: bool, tells_all: bool) -> str | None:
    """Nothing where it has a space or a quote; those that Exim makes itself only with `+all`."""
    return text if _LOGGED_ID.fullmatch(text) and (tells_all or not is_bounce) else None


def helo(session: Session) -> str | None:
    """Nothing where it is the verified name or the address."""
    return None if session.helo in (session.name, f"[{session.ip}]") else session.helo


def answer(text: str) -> str:
    """Its code, and the rest with line ends, and bytes beyond ASCII, as escapes."""
    escaped = text.encode("latin-1").decode("ascii", "surrogateescape").replace("\n", "\\n")
    rest = re.sub("[\udc80-\udcff]", lambda found: f"\\{ord(found[0]) - 0xDC00:03o}", escaped[4:])
    return f"{text[:3]} {rest}"


def names_leg(status: str, *, is_secured: bool) -> bool:
    """Whether a delivery's line tells of TLS: that of a deferral never does, that of a failure not of its absence."""
    return status == "delivered" or (status == "failed" and is_secured)
