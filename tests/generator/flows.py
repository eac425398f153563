"""The usual way of a message through exim-in, with the pieces that scenarios change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.generator.facts import Client, Signature
from tests.generator.gateway import Gateway
from tests.generator.pools import BROKEN_KEYS, DKIM_RESULTS, MODERN_DKIM_RESULTS, selectors_of
from tests.generator.session import Session
from tests.generator.tls import Tls
from tests.generator.truth import Case

USUAL = "usual"  # leave it to chance


def signature(gateway: Gateway, domain: str, detail: str = "verification succeeded", **more: Any) -> Signature:
    result = (DKIM_RESULTS | MODERN_DKIM_RESULTS)[detail]
    if gateway.dialect.key_bits and "key_bits" not in more:
        more["key_bits"] = gateway.rng.choice((1024, 2048))
    return Signature(domain, detail=detail, result=result, **more)


def usual_signatures(gateway: Gateway, sender: str) -> list[Signature]:
    rng = gateway.rng
    domain = sender.rpartition("@")[2]
    if not domain or rng.random() < 0.35:
        return []
    first, second = selectors_of(domain.lower())
    selector = first if rng.random() < 0.75 else second
    detail = rng.choices(list(DKIM_RESULTS), [30, 1, 2, 2, 0.3, 1, 0.3, 0.5, 0.3])[0]
    if selector == second:
        detail = BROKEN_KEYS.get(domain.lower(), detail)
    tags = rng.choice(("", "", f"i=@{domain} ", f"i=@{domain} t=1560178980 x=1560783780 ", "l=1234 "))
    algorithm = "rsa-sha1" if not gateway.dialect.modern and rng.random() < 0.12 else "rsa-sha256"
    found = [signature(gateway, domain, detail, tags=tags, selector=selector, algorithm=algorithm)]
    if rng.random() < 0.2:
        found.append(signature(gateway, "esp.example.org", canonicalization="relaxed/simple", selector="k1"))
    return found


def content(
    session: Session, *, signatures: Sequence[Signature] | str = USUAL, verdict: str | None = USUAL
) -> str | None:
    """The lines between DATA and `<=`: DKIM and spam. Returns the domain for `DKIM=`."""
    gateway, case = session.gateway, session.current
    if isinstance(signatures, str):
        signatures = [] if session.client.loopback else usual_signatures(gateway, case.sender or "")
    summary = next((s.domain for s in signatures if s.result == "pass"), None)
    if gateway.dialect.dkim_lines:
        session.dkim(signatures)
    if gateway.dialect.spam != "none" and verdict and not session.client.loopback:
        classes = ("Unknown", "Suspect", "Bulk", "Confirmed")
        session.spam(gateway.rng.choices(classes, (40, 1, 1, 0.5))[0] if verdict == USUAL else verdict)
    return summary


def message_id(gateway: Gateway) -> str | None:
    number = gateway.rng.getrandbits(60)
    return gateway.rng.choice((f"{number:x}@mail.example.net", f"{number}.JavaMail.root@app-7", None, f"E{number:x}@x"))


def attempt(
    session: Session,
    sender: str,
    recipients: Sequence[str],
    *,
    warning: bool | None = None,
    signatures: Sequence[Signature] | str = USUAL,
    verdict: str | None = USUAL,
    **receive: Any,
) -> Case:
    """One message from MAIL FROM to `<=`, within a session."""
    gateway = session.gateway
    session.mail(sender)
    if gateway.rng.random() < 0.25 if warning is None else warning:
        domain = recipients[0].rpartition("@")[2]
        session.warn(f"{domain} profile excludes greylisting: Skipping greylisting for this message")
    session.accept(*recipients)
    session.data()
    summary = content(session, signatures=signatures, verdict=verdict)
    receive.setdefault("message_id", message_id(gateway))
    receive.setdefault("summary", summary)
    return session.receive(receive.pop("message_id"), **receive)


def usual_tls(gateway: Gateway) -> Tls | None:
    return gateway.tls() if gateway.rng.random() < 0.8 else None


def arrive(
    gateway: Gateway,
    at: float,
    *,
    sender: str | None = None,
    recipients: Sequence[str] | None = None,
    client: Client | None = None,
    tls: Tls | str | None = USUAL,
    **more: Any,
) -> tuple[Case, float]:
    """A session with one message: the case and when the session ended."""
    session_tls = usual_tls(gateway) if isinstance(tls, str) else tls
    session = Session(gateway, at, client or gateway.client(at), tls=session_tls).connect()
    sender = gateway.remote_user() if sender is None else sender
    case = attempt(session, sender, recipients or [gateway.local_user()], **more)
    return case, session.close()
