"""Senders and servers that put into the log what looks like other lines or fields."""

from __future__ import annotations

from tests.generator.flows import arrive, attempt, usual_tls
from tests.generator.gateway import Gateway
from tests.generator.outbound import Server, Try, deliver, deliver_all, ok, server_for
from tests.generator.pools import HOSTILE_HELOS, HOSTILE_MESSAGE_IDS, HOSTILE_REPLIES, HOSTILE_SENDERS, HOSTILE_SUBJECTS
from tests.generator.scanner import QUARANTINED, Verdict, scan
from tests.generator.scenarios.outgoing import remote_says, sent
from tests.generator.scenarios.registry import MODERN, scenario
from tests.generator.session import Session
from tests.generator.syslog import printing


@scenario(5)
def hostile_subject(gateway: Gateway, at: float) -> None:
    case, t = arrive(gateway, at)
    case.subject = gateway.rng.choice(HOSTILE_SUBJECTS)
    deliver_all(gateway, scan(gateway, case, t)[0])


@scenario(2)
def hostile_subject_quarantined(gateway: Gateway, at: float) -> None:
    case, t = arrive(gateway, at)
    case.subject = gateway.rng.choice(HOSTILE_SUBJECTS)
    scan(gateway, case, t, verdict=Verdict(QUARANTINED, "as"))


@scenario(3)
def hostile_helo(gateway: Gateway, at: float) -> None:
    helo = gateway.rng.choice(HOSTILE_HELOS)
    client = gateway.client(at, spelling=gateway.rng.choice(("helo", "name+helo")), helo=helo)
    session = Session(gateway, at, client, tls=usual_tls(gateway)).connect()
    case = session.mail(gateway.remote_user())
    session.refuse("nobody@example.com", "Address not present in directory")
    attempt(session, case.sender or "", [gateway.local_user()], warning=False)
    deliver_all(gateway, scan(gateway, case, session.close())[0])


@scenario(3)
def hostile_message_id(gateway: Gateway, at: float) -> None:
    case, t = arrive(gateway, at, message_id=gateway.rng.choice(HOSTILE_MESSAGE_IDS))
    deliver_all(gateway, scan(gateway, case, t)[0])


@scenario(4)
def hostile_addresses(gateway: Gateway, at: float) -> None:
    """Quoted local parts with spaces, brackets and field letters in them."""
    recipients = ['"john doe"@example.com', gateway.local_user(), '"x <= y"@example.com']
    case, t = arrive(gateway, at, sender=gateway.rng.choice(HOSTILE_SENDERS), recipients=recipients, signatures=[])
    deliver_all(gateway, scan(gateway, case, t)[0])


@scenario(1)
def hostile_addresses_refused(gateway: Gateway, at: float) -> None:
    session = Session(gateway, at, gateway.client(at)).connect()
    session.mail(gateway.rng.choice(HOSTILE_SENDERS))
    session.refuse('"a> rejected RCPT <b"@example.com', 'no such user: "a" <b@example.com>: gone')
    session.close()


@scenario(4)
def hostile_reply(gateway: Gateway, at: float) -> None:
    job = sent(gateway, at)
    deliver(gateway, job, [ok(gateway, job.recipients[0], reply=gateway.rng.choice(HOSTILE_REPLIES))])


@scenario(2)
def long_reply(gateway: Gateway, at: float) -> None:
    """4.82 cuts the reply at 100 bytes; later the entry grows beyond what syslog takes, and is split."""
    job = sent(gateway, at)
    reply = "250 2.0.0 " + "ok => x@example.net Completed " * 30
    deliver(gateway, job, [ok(gateway, job.recipients[0], reply=reply)])


@scenario(2)
def long_failure(gateway: Gateway, at: float) -> None:
    """Longer than 870 bytes: two pieces, cut anywhere."""
    job = sent(gateway, at)
    words = "5.7.1 " + "Blocked: see https://example.org/why?ip=192.0.2.1 <= [1/2] " * 17
    deliver(gateway, job, [remote_says(gateway, job.recipients[0], 550, words.strip(), "end of data")])


@scenario(1)
def long_arrival(gateway: Gateway, at: float) -> None:
    """Many recipients at the end of the `<=` line; the cut may fall inside a UTF-8 character."""
    local = "\u00fc" * (20 + gateway.rng.randrange(9))
    to = [f"{local}{number}@example.com" for number in range(17)]
    case, t = arrive(gateway, at, recipients=to, message_id="long@example.net", tail=f" for {' '.join(to)}")
    deliver_all(gateway, scan(gateway, case, t)[0])


@scenario(1)
def hostile_certificate(gateway: Gateway, at: float) -> None:
    """The name in a client's certificate is quoted and escaped, and long enough to be split."""
    name = printing("/C=DE/O=" + "\u00fc" * 120 + "/CN=mail.example.net S=1 id=x")
    case, t = arrive(gateway, at, tls=gateway.tls(), items=f'DN="{name}"', message_id="certified@example.net")
    deliver_all(gateway, scan(gateway, case, t)[0])


@scenario(2)
def redirected(gateway: Gateway, at: float) -> None:
    """The delivery line shows another address in front: the original one is in angle brackets."""
    recipients = gateway.users(2)
    case, t = arrive(gateway, at, recipients=recipients)
    job = scan(gateway, case, t)[0]
    server = server_for(gateway, recipients[0])
    alias = ok(gateway, recipients[0], server, shown="box17@internal.example.com", parents="alias@example.com")
    deliver(gateway, job, [alias, ok(gateway, recipients[1], server, shown=recipients[1].upper(), arrow="->")])


@scenario(1, dialects=MODERN)
def subject_and_recipients_on_arrival(gateway: Gateway, at: float) -> None:
    """With more selectors: T="..." and the recipient list at the end."""
    to = gateway.users(2)
    tail = f' T="x \\" id=fake S=1" for {" ".join(to)}'
    case, t = arrive(gateway, at, recipients=to, message_id="real@example.net", tail=tail)
    case.shown_subject = 'x " id=fake S=1'
    deliver_all(gateway, scan(gateway, case, t)[0])


@scenario(1)
def server_without_name(gateway: Gateway, at: float) -> None:
    """A sanitised log leaves the brackets empty: only the port is known."""
    job = sent(gateway, at)
    server = Server("", "", gateway.tls())
    deliver(gateway, job, [Try(job.recipients[0], "delivered", server)])
