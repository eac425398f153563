"""Rejections on content, DKIM, spam, and mail that no one checks."""

from __future__ import annotations

from tests.generator.flows import arrive, attempt, content, message_id, signature, usual_tls
from tests.generator.gateway import IN, PANIC_LOG, Gateway
from tests.generator.outbound import deliver_all
from tests.generator.pools import DKIM_RESULTS, MODERN_DKIM_RESULTS, SPAM_ERRORS
from tests.generator.scanner import scan
from tests.generator.scenarios.registry import CYREN, MODERN, scenario
from tests.generator.session import Session
from tests.generator.tls import Tls
from tests.generator.truth import Case

# What a sender may put into a header, and Exim copies into the reject log.
HOSTILE_HEADERS = (
    "P Received: from evil.example.org ([192.0.2.66])\n\tby utm.example.com with esmtps (Exim 4.82_1)\n"
    "\tid 1haLqi-0002Mp-2G for bob@example.com; Mon, 10 Jun 2019 15:04:40 +0000",
    "F From: \"<= evil@example.org H=x\" <evil@example.org>",
    "  Subject: 2019-06-10 11:04:40 1haLqi-0002Mp-2G <= evil@example.org H=x [192.0.2.66]:1 P=smtp S=1",
    "  X-Fake: [1/2] 2019-06-10 11:04:40 1haLqi-0002Mp-2G Completed",
    "  X-Fake2: id=\"1000\" severity=\"info\" sys=\"SecureMail\" sub=\"smtp\" name=\"email passed\"",
    "I Message-ID: <4711@evil.example.org>",
    "  X-Long: " + "A" * 1900,
)  # fmt: skip


def open_data(gateway: Gateway, at: float, recipients: int = 1) -> Session:
    session = Session(gateway, at, gateway.client(at), tls=usual_tls(gateway)).connect()
    session.mail(gateway.remote_user())
    session.accept(*gateway.users(recipients))
    session.data()
    return session


def deliver_from(session: Session, case: Case) -> None:
    gateway = session.gateway
    deliver_all(gateway, scan(gateway, case, session.close())[0])


@scenario(3)
def rejected_after_data(gateway: Gateway, at: float) -> None:
    session = open_data(gateway, at)
    content(session)
    session.reject_after_data(gateway.rng.choice((None, "This message was classified as spam", "virus found: EICAR")))
    session.close()


@scenario(3)
def rejected_after_data_twice_logged(gateway: Gateway, at: float) -> None:
    """The reject log's copy comes in pieces, with the sender's own headers in them."""
    session = open_data(gateway, at, gateway.rng.choice((1, 2, 7)))
    content(session)
    headers = gateway.rng.sample(HOSTILE_HEADERS, gateway.rng.randrange(2, len(HOSTILE_HEADERS)))
    what = gateway.rng.choice(("after DATA", "after DATA", "during MIME ACL checks"))
    session.reject_after_data("This message was classified as spam", headers, what=what)
    session.close()


@scenario(1)
def too_big_while_reading(gateway: Gateway, at: float) -> None:
    session = open_data(gateway, at)
    case = session.current
    reason = gateway.rng.choice(("message too big: read=60000001 max=52428800", 'Too many "Received" headers'))
    session.refusal(reason)
    text = f"rejected from <{case.sender}> {session.host}: {reason}"
    session.write(text, "rejected", with_id=True)
    session.case = None
    session.close()


@scenario(5)
def many_signatures(gateway: Gateway, at: float) -> None:
    """Every result text, the same domain twice, mixed case, odd selectors."""
    rng = gateway.rng
    texts = list(DKIM_RESULTS) + (list(MODERN_DKIM_RESULTS) if gateway.dialect.modern else [])
    sender = gateway.remote_user()
    domain = sender.rpartition("@")[2]
    names = (domain, domain.title(), domain, "ESP.Example.ORG", "mail.example.co.uk", "a.b.c.example.net")
    selectors = ("dkim", "s1.mail", "20190610", "x[verificationsucceeded]")
    tags = ("", f"i=user@{domain} ", f"i=@{domain} t=1560178980 x=1560783780 l=1234 ", 'i="a b"@example.net ')
    modern = ("rsa-sha256", "rsa-sha512", "ed25519-sha256") if gateway.dialect.modern else ()
    session = open_data(gateway, at)
    session.dkim(
        signature(
            gateway, rng.choice(names), rng.choice(texts), selector=rng.choice(selectors), tags=rng.choice(tags),
            canonicalization=rng.choice(("relaxed/relaxed", "relaxed/simple", "simple/simple")),
            algorithm=rng.choice(modern or ("rsa-sha256", "rsa-sha1")),
        )
        for _ in range(rng.randrange(1, 6))
    )  # fmt: skip
    summary = next((s.domain for s in session.current.signatures if s.result == "pass"), None)
    deliver_from(session, session.receive(message_id(gateway), summary=summary))


@scenario(1)
def dkim_check_broke(gateway: Gateway, at: float) -> None:
    session = open_data(gateway, at)
    text = "DKIM: Error while running this message through validation, disabling signature verification."
    if gateway.dialect.modern:
        text = "DKIM: Error during validation, disabling signature verification: no memory"
    session.current.dkim_error = True
    session.write(text, "dkim-check-failed", with_id=True)
    deliver_from(session, session.receive(message_id(gateway)))


@scenario(1, dialects=MODERN)
def dkim_lines_that_are_no_results(gateway: Gateway, at: float) -> None:
    session = open_data(gateway, at)
    session.write("DKIM: d=example.org s=old [failed key import]", "dkim-check-failed", with_id=True)
    session.write("DKIM: validation error: PUBKEY_DNS_SYNTAX", "dkim-check-failed", with_id=True)
    failed = signature(gateway, "example.org", "invalid - syntax error in public key record", selector="old")
    session.dkim([failed, signature(gateway, "example.net")])
    deliver_from(session, session.receive(message_id(gateway)))


@scenario(3, dialects=MODERN)
def dkim_summary_only(gateway: Gateway, at: float) -> None:
    case, t = arrive(gateway, at, signatures=[signature(gateway, "example.net")], tls=gateway.tls())
    deliver_all(gateway, scan(gateway, case, t)[0])


@scenario(2, dialects=MODERN)
def dkim_unsaid(gateway: Gateway, at: float) -> None:
    """A newer Exim that logs no DKIM at all: signed or not, one can't tell."""
    case, t = arrive(gateway, at, signatures=[], tls=gateway.tls())
    deliver_all(gateway, scan(gateway, case, t)[0])


@scenario(4, dialects=CYREN)
def every_spam_class(gateway: Gateway, at: float) -> None:
    session = open_data(gateway, at)
    verdict = gateway.rng.choice(("Unknown", "Suspect", "Bulk", "Confirmed"))
    session.spam(verdict, extra=gateway.rng.choice(("", ",pt=F_4810712", ",sb=1", ",new,xx=a:b=c")), flags=",zz")
    deliver_from(session, session.receive(message_id(gateway)))


@scenario(3)
def spam_check_failed(gateway: Gateway, at: float) -> None:
    session = open_data(gateway, at)
    session.spam_failure(gateway.rng.choice(SPAM_ERRORS), twice=gateway.rng.random() < 0.4)
    deliver_from(session, session.receive(message_id(gateway)))


@scenario(1)
def malware_check_failed(gateway: Gateway, at: float) -> None:
    session = open_data(gateway, at)
    content(session)
    text = "malware acl condition: clamd: unable to connect to UNIX socket /tmp/clamd (No such file or directory)"
    session.write(text, "malware-check-failed", with_id=True)
    session.write(text, "malware-check-failed", with_id=True, priority=PANIC_LOG)
    deliver_from(session, session.receive(message_id(gateway)))


@scenario(3)
def exempt_from_spam_scan(gateway: Gateway, at: float) -> None:
    session = Session(gateway, at, gateway.client(at), tls=usual_tls(gateway)).connect()
    session.mail(gateway.remote_user())
    session.warn("example.com profile excludes antispam: Skipping spam scan for this message")
    session.current.spam_exception = True
    sender = session.current.sender or ""
    deliver_from(session, attempt(session, sender, gateway.users(2), warning=False, verdict=None))


@scenario(1)
def unchecked_for_no_reason(gateway: Gateway, at: float) -> None:
    case, t = arrive(gateway, at, verdict=None)
    deliver_all(gateway, scan(gateway, case, t)[0])


@scenario(1, dialects=MODERN)
def unknown_engine(gateway: Gateway, at: float) -> None:
    """The newer engine's wording is not known: its line is kept, unrecognised."""
    session = open_data(gateway, at)
    session.write("sasi reports class 'spam' probability 8%", "unrecognized", with_id=True)
    deliver_from(session, session.receive(message_id(gateway)))


@scenario(4)
def own_notification(gateway: Gateway, at: float) -> None:
    """Mail that the gateway makes itself: never checked for spam."""
    client = gateway.client(at, ip="127.0.0.1", spelling="helo", helo="utm.example.com")
    client.name = "localhost"
    case, t = arrive(gateway, at, client=client, tls=None, sender="do-not-reply@example.com", warning=False)
    deliver_all(gateway, scan(gateway, case, t)[0])


@scenario(2)
def local_submission(gateway: Gateway, at: float) -> None:
    """From a program on the gateway: U= and P=local, no session."""
    pid = gateway.pid(at)
    case = gateway.case()
    root = gateway.mint(at, pid)
    case.root, case.queue_ids, case.pending = root, [root], {root}
    case.sender, case.received, case.internal = "root@utm.example.com", True, True
    case.size, case.message_id, case.modern = 812, "E1local@utm.example.com", gateway.dialect.long_ids
    case.related_user.add(case.sender)
    gateway.exim(
        at + 0.05, IN, pid, f"<= {case.sender} U=root P=local S=812 id={case.message_id}",
        "message-received", queue_id=root, cases=(case,),
    )  # fmt: skip
    deliver_all(gateway, scan(gateway, case, at + 0.1, recipients=["admin@example.com"])[0])


@scenario(1)
def tls_not_named(gateway: Gateway, at: float) -> None:
    """`P=esmtps` without `X=`: TLS, but the suite was not logged."""
    case, t = arrive(gateway, at, tls=Tls(None, None))
    deliver_all(gateway, scan(gateway, case, t)[0])


@scenario(1)
def too_many_in_one_connection(gateway: Gateway, at: float) -> None:
    session = Session(gateway, at, gateway.client(at), tls=usual_tls(gateway)).connect()
    case = attempt(session, gateway.remote_user(), [gateway.local_user()])
    text = "no immediate delivery: more than 10 messages received in one connection"
    gateway.exim(session.t, IN, session.pid, text, "policy-warning", queue_id=case.root, cases=(case,))
    session.pause()
    deliver_from(session, case)
