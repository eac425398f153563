"""What charts are about: each TLS session with each partner, signatures of every kind, each verdict with each fate."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

from tests.generator.facts import UNSET, Signature
from tests.generator.flows import arrive, attempt, signature, usual_tls
from tests.generator.gateway import Gateway
from tests.generator.outbound import Run, Server, bounce, deliver, deliver_all, ok, server_for
from tests.generator.pools import DKIM_RESULTS, MODERN_DKIM_RESULTS, SELECTORS, SPAM_ERRORS
from tests.generator.scanner import DROPPED, PASSED, QUARANTINED, SANDBOXED, Job, Scanner, Verdict, scan
from tests.generator.scenarios.registry import MODERN, scenario
from tests.generator.scenarios.texts import fall_back
from tests.generator.session import Session
from tests.generator.tls import Tls

QUARANTINES = (("as", ""), ("as", "confirmed"), ("av", "EICAR-AV-Test"), ("ext", "doc"))
CHECKS = ("Unknown", "Suspect", "Bulk", "Confirmed", "failed", "exempt", "unsaid")
FATES = ("passed", "quarantined", "dropped", "sandboxed", "found bad in the sandbox", "refused", "refused twice said")
CHECKS_AND_FATES = tuple(product(CHECKS, FATES))


def partner(gateway: Gateway, recipient: str, tls: Tls | None) -> Server:
    return replace(server_for(gateway, recipient), tls=tls)


def in_plaintext_at_times(gateway: Gateway) -> Tls | None:
    return gateway.any_tls() if gateway.rng.random() < 0.85 else None


# TLS


@scenario(5)
def every_session_inbound(gateway: Gateway, at: float) -> None:
    case, t = arrive(gateway, at, tls=gateway.any_tls())
    job = scan(gateway, case, t)[0]
    recipient = job.recipients[0]
    deliver(gateway, job, [ok(gateway, recipient, partner(gateway, recipient, gateway.tls()))])


@scenario(5)
def every_session_outbound(gateway: Gateway, at: float) -> None:
    recipient = gateway.remote_user()
    case, t = arrive(
        gateway, at, client=gateway.inside(at), sender=gateway.local_user(), recipients=[recipient], tls=gateway.tls()
    )
    server = partner(gateway, recipient, gateway.any_tls())
    deliver(gateway, scan(gateway, case, t)[0], [ok(gateway, recipient, server)])


@scenario(4)
def partners_that_differ(gateway: Gateway, at: float) -> None:
    """One message to several domains: each leg has a TLS session of its own, some have none, one may have lost it."""
    recipients = gateway.users(gateway.rng.randrange(2, 6), local=False)
    case, t = arrive(gateway, at, client=gateway.inside(at), sender=gateway.local_user(), recipients=recipients)
    job = scan(gateway, case, t)[0]
    run = Run(gateway, job, job.t)
    if gateway.rng.random() < 0.4:
        last = recipients.pop()
        fall_back(run, last, server_for(gateway, last))
    for name in recipients:
        run.attempt(ok(gateway, name, partner(gateway, name, in_plaintext_at_times(gateway))))
    run.completed()


@scenario(2)
def one_partner_in_two_versions(gateway: Gateway, at: float) -> None:
    """Two servers of a domain, with the recipients' domain spelt in two ways."""
    domain = gateway.remote_domain()
    recipients = [f"first@{domain}", f"second@{domain.title()}"]
    case, t = arrive(gateway, at, client=gateway.inside(at), sender=gateway.local_user(), recipients=recipients)
    tries = [ok(gateway, name, partner(gateway, name, in_plaintext_at_times(gateway))) for name in recipients]
    deliver(gateway, scan(gateway, case, t)[0], tries)


@scenario(1)
def delivered_on_the_box(gateway: Gateway, at: float) -> None:
    """The next hop is the gateway itself: a leg that never crossed a network, beside one that may have."""
    client = None
    if gateway.rng.random() < 0.4:
        client = gateway.client(at, ip="127.0.0.1", spelling="helo", helo="utm.example.com")
        client.name = "localhost"
    recipients = gateway.users(gateway.rng.choice((1, 1, 2)))
    tls = None if client else usual_tls(gateway)
    case, t = arrive(gateway, at, client=client, tls=tls, recipients=recipients, warning=False)
    ip = gateway.rng.choice(("127.0.0.1", "127.0.0.1", "::1"))
    here = Server("localhost", ip, in_plaintext_at_times(gateway), "static_route_hostlist", "static_smtp", port=10025)
    tries = [ok(gateway, recipients[0], here), *(ok(gateway, name) for name in recipients[1:])]
    deliver(gateway, scan(gateway, case, t)[0], tries)


@scenario(1)
def bounce_over_old_tls(gateway: Gateway, at: float) -> None:
    """A bounce has no inbound leg: its only one is what its delivery came to."""
    case, t = arrive(gateway, at, recipients=["nobody@example.com"])
    job = scan(gateway, case, t)[0]
    run = Run(gateway, job, job.t)
    run.attempt(replace(ok(gateway, "nobody@example.com"), status="failed", text="Unrouteable address", routed=False))
    report = bounce(gateway, case, job.queue_id, run.t)
    run.t += 0.1
    run.completed()
    sender = report.recipients[0]
    deliver(gateway, report, [ok(gateway, sender, partner(gateway, sender, in_plaintext_at_times(gateway)))])


@scenario(1)
def shouted_addresses(gateway: Gateway, at: float) -> None:
    sender, recipient = f"Alice@{gateway.remote_domain().upper()}", "Bob@Branch.EXAMPLE.com"
    case, t = arrive(gateway, at, sender=sender, recipients=[recipient])
    deliver_all(gateway, scan(gateway, case, t)[0])


# DKIM


def signed(gateway: Gateway, at: float, *signatures: Signature, sender: str | None = None) -> Job:
    """One DKIM line each, also on newer Exims."""
    session = Session(gateway, at, gateway.client(at), tls=usual_tls(gateway)).connect()
    case = session.mail(gateway.remote_user() if sender is None else sender)
    session.accept(gateway.local_user())
    session.data()
    session.dkim(signatures)
    summary = next((s.domain for s in signatures if s.result == "pass"), None)
    session.receive("signed@example.net", summary=summary)
    return scan(gateway, case, session.close())[0]


@scenario(5)
def signed_by_several(gateway: Gateway, at: float) -> None:
    """The author's domain, a list and a provider sign, with results, selectors and algorithms of their own."""
    rng, sender = gateway.rng, gateway.remote_user()
    texts = list(DKIM_RESULTS) + (list(MODERN_DKIM_RESULTS) if gateway.dialect.modern else [])
    algorithms = ("rsa-sha256", "rsa-sha256", "rsa-sha1", *(("ed25519-sha256",) if gateway.dialect.modern else ()))
    domains = (sender.rpartition("@")[2], gateway.remote_domain(), "esp.example.org", "Lists.Example.ORG")
    signatures = [
        signature(gateway, name, rng.choice(texts), selector=rng.choice(SELECTORS), algorithm=rng.choice(algorithms))
        for name in domains[: rng.randrange(2, 5)]
    ]
    deliver_all(gateway, signed(gateway, at, *signatures, sender=sender))


@scenario(3)
def signed_with_old_and_new_key(gateway: Gateway, at: float) -> None:
    """Ed25519 beside RSA. 4.82 takes the new key for a broken one of RSA."""
    sender = gateway.remote_user()
    domain = sender.rpartition("@")[2]
    new = signature(gateway, domain, selector="ed2024", algorithm="ed25519-sha256", key_bits=None)
    if not gateway.dialect.modern:
        new = signature(gateway, domain, "invalid - syntax error in public key record", selector="ed2024")
    deliver_all(gateway, signed(gateway, at, new, signature(gateway, domain, selector="rsa2019"), sender=sender))


@scenario(0.5, dialects=MODERN)
def signature_without_selector(gateway: Gateway, at: float) -> None:
    """What the header did not say is logged as `<UNSET>`: it names no domain and no selector."""
    broken = signature(gateway, "example.org", "invalid - signature tag missing or invalid")
    unset = replace(broken, selector=UNSET) if gateway.rng.random() < 0.5 else replace(broken, domain=UNSET)
    deliver_all(gateway, signed(gateway, at, unset, signature(gateway, "example.net")))


@scenario(0.5)
def signed_report(gateway: Gateway, at: float) -> None:
    """A provider signs its bounces: the null sender has no domain that the signature could be aligned with."""
    text = gateway.rng.choice(list(DKIM_RESULTS))
    deliver_all(gateway, signed(gateway, at, signature(gateway, "esp.example.org", text), sender=""))


# spam


@scenario(9)
def every_verdict_with_every_fate(gateway: Gateway, at: float) -> None:
    check, fate = gateway.deal(CHECKS_AND_FATES)
    session = Session(gateway, at, gateway.client(at, spelling="helo"), tls=usual_tls(gateway)).connect()
    case = session.mail(gateway.remote_user())
    if check == "exempt":
        session.warn("example.com profile excludes antispam: Skipping spam scan for this message")
        case.spam_exception = True
    if fate.startswith("refused"):
        session.accept(gateway.local_user())
        session.data()
        checked(session, check)
        refuse(session, said_twice=fate == "refused twice said")
        return
    verdict = check if check in CHECKS[:4] and gateway.dialect.spam != "none" else None
    if check == "failed":
        session.accept(gateway.local_user())
        session.data()
        checked(session, check)
        session.receive("unchecked@example.net")
    else:
        attempt(session, case.sender or "", gateway.users(1), warning=False, verdict=verdict)
    befall(gateway, scan_with(gateway, session, fate), fate)


def checked(session: Session, check: str) -> None:
    if check == "failed":
        session.spam_failure(session.gateway.rng.choice(SPAM_ERRORS))
    elif check in CHECKS[:4] and session.gateway.dialect.spam != "none":
        session.spam(check)


def refuse(session: Session, *, said_twice: bool) -> None:
    """By Exim alone, or with a SecureMail line of exim-in as well."""
    case = session.reject_after_data("This message was classified as spam")
    if said_twice:
        session.case, case.subject = case, "Offer"
        session.write(
            f'id="1003" severity="info" sys="SecureMail" sub="smtp" name="email rejected" srcip="{session.client.ip}" '
            f'from="{case.sender}" to="{case.accepted[0]}" subject="Offer" size="-1" reason="as" extra="confirmed"',
            "rejected",
            with_id=True,
        )
        case.disposition = {"id": "1003", "name": "email rejected", "reason": "as", "extra": "confirmed"}
        session.case = None
    session.close()


def scan_with(gateway: Gateway, session: Session, fate: str) -> Job:
    verdict = {
        "passed": Verdict(PASSED),
        "quarantined": Verdict(QUARANTINED, *gateway.rng.choice(QUARANTINES)),
        "dropped": Verdict(DROPPED, "as", "confirmed"),
    }.get(fate, Verdict(SANDBOXED))
    return scan(gateway, session.cases[0], session.close(), verdict=verdict)[0]


def befall(gateway: Gateway, job: Job, fate: str) -> None:
    """What comes after the scanner's word."""
    if "sandbox" in fate:
        answer = Verdict(PASSED) if fate == "sandboxed" else Verdict(QUARANTINED, "av", "Sandstorm")
        Scanner(gateway, job.t + gateway.rng.uniform(60, 900)).dispose(job, answer, role="SANDBOX")
    if fate in ("passed", "sandboxed"):
        deliver_all(gateway, job)
