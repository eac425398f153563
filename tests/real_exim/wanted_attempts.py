"""What documents must say of the attempts that made no message."""

from __future__ import annotations

from collections import defaultdict

from tests.real_exim import limits
from tests.real_exim.found import View, known
from tests.real_exim.notes import Session, Transaction
from tests.real_exim.truth import Truth
from tests.real_exim.wanted import client, leg


def attempts(truth: Truth) -> dict[str, list[View]]:
    """Envelopes of what was refused or given up, by client and sender."""
    told = truth.attempts if truth.tells_all else limits.without_incomplete_transactions(truth.attempts)
    views = [_turned_away(session) for session in truth.notes.sessions if session.turned_away]
    views += [_attempt(session, transaction) for session, transaction in told]
    found = defaultdict(list)
    for view in map(known, views):
        found[f"{view['client']} {view.get('sender', '')}"].append(view)
    return {key: sorted(each, key=str) for key, each in found.items()}


def _turned_away(session: Session) -> View:
    return {"status": limits.TURNED_AWAY, **client(session)}


def _attempt(session: Session, told: Transaction) -> View:
    accepted, refused = limits.recipients(told)
    status = _status(told, refused)
    return {
        "status": status,
        "sender": told.sender,
        "to": [limits.accepted_recipient(address) for address in accepted],
        "rejected": refused,
        "tls": leg(session.tls) if session.tls and status != "abandoned" else "",
        **client(session),
    }


def _status(told: Transaction, refused: list[str]) -> str:
    """One refusal for good makes it rejected; without any it was given up."""
    to_recipients = [answer for address, answer in told.recipients if address in refused]
    codes = {answer[0] for answer in (told.sender_answer, *to_recipients, told.answer) if answer}
    return "rejected" if "5" in codes else "temporarily_rejected" if "4" in codes else "abandoned"
