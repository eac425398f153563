"""What documents must say of messages, by queue id."""

from __future__ import annotations

from typing import Any

from tests.real_exim import limits
from tests.real_exim.found import View, known
from tests.real_exim.notes import Session, Signature, Tls
from tests.real_exim.suites import IANA_NAMES, VERSIONS
from tests.real_exim.truth import End, Message, Truth

_BROKEN = {
    "": {"result": "pass"},
    "body": {"result": "fail", "detail": "body hash mismatch (body probably modified in transit)"},
    "header": {"result": "fail", "detail": "signature did not verify (headers probably modified in transit)"},
    "another key": {"result": "fail", "detail": "signature did not verify (headers probably modified in transit)"},
    "no key": {"result": "invalid", "detail": "public key record (currently?) unavailable"},
    "no answer": {"result": "invalid", "detail": "public key record (currently?) unavailable"},
    "revoked key": {"result": "invalid", "detail": "syntax error in public key record"},
}
"""What Exim finds, by how a signature was broken."""


def envelopes(truth: Truth) -> dict[str, View]:
    """Who sent what to whom, over what, and what became of it."""
    return {message.queue_id: known(_envelope(truth, message)) for message in truth.messages}


def _envelope(truth: Truth, message: Message) -> View:
    return {
        "status": _status(truth, message),
        "sender": message.sender or "<>",
        "to": [limits.accepted_recipient(address) for address in message.recipients],
        "rejected": message.refused,
        "message_id": limits.message_id(
            message.letter.message_id, is_bounce=message.bounce_of != "", tells_all=truth.tells_all
        ),
        "subject": limits.subject(message.letter.subject),
        "bounce_of": message.bounce_of,
        **_origin(message.session),
    }


def _origin(session: Session | None) -> View:
    return client(session) | {"tls": leg(session.tls)} if session and session.ip else {}


def client(session: Session) -> View:
    """Where a session came from."""
    return {"client": f"{session.ip} {session.port}", "name": session.name, "helo": limits.helo(session)}


def leg(tls: Tls | None) -> str:
    """A connection's protection in a few words."""
    return f"{VERSIONS[tls.version]} {IANA_NAMES[tls.suite]}" if tls else "plaintext"


def _status(truth: Truth, message: Message) -> str:
    ends = {end.status for recipient in message.recipients if (end := truth.end_of(message, recipient))}
    if message.queue_id in truth.notes.removed or not ends:
        return "discarded"
    if "deferred" in ends:
        return "deferred"
    return ends.pop() if len(ends) == 1 else "partially_delivered"


def deliveries(truth: Truth) -> dict[str, list[View]]:
    """What became of each recipient; and who said so to the gateway, if anyone did."""
    found = {}
    for message in truth.messages:
        ends = {recipient: truth.end_of(message, recipient) for recipient in message.recipients}
        views = [_delivery(recipient, end) for recipient, end in ends.items() if end]
        found[message.queue_id] = sorted(views, key=str)
    return found


def _delivery(recipient: str, end: End) -> View:
    view = {"recipient": recipient, "status": end.status}
    if end.said and end.said.answer:
        view["server"] = f"{end.said.receiver} 25"
        view["answer"] = limits.answer(end.said.answer)
        view["tls"] = leg(end.said.tls) if limits.names_leg(end.status, is_secured=end.said.tls is not None) else ""
    return known(view)


def dkim(truth: Truth) -> dict[str, View]:
    """The results of all signatures, the top one first."""
    return {message.queue_id: _dkim(message) for message in truth.messages}


def _dkim(message: Message) -> View:
    signed = message.letter.signatures
    results = [_BROKEN[signature.broken]["result"] for signature in signed]
    passed = sorted({signature.domain for signature in signed if not signature.broken})
    view: dict[str, Any] = {
        "result": next((result for result in ("pass", "fail", "invalid") if result in results), "none"),
        "count": len(signed),
        "passed": results.count("pass"),
        "failed": results.count("fail"),
        "aligned": message.sender.rpartition("@")[2] in passed if signed else None,
        "domains": sorted({signature.domain for signature in signed}),
        "passed_domains": passed,
        "signatures": [_signature(signature) for signature in signed],
    }
    return known(view)


def _signature(signature: Signature) -> View:
    return {
        "domain": signature.domain,
        "selector": signature.selector,
        "canonicalization": signature.canonicalization,
        "algorithm": "rsa-sha256",
        "key_bits": signature.bits,
        **_BROKEN[signature.broken],
    }
