"""Several attempts in one session: one pid, one connect line, one close line."""

from __future__ import annotations

from tests.generator.flows import attempt, usual_tls
from tests.generator.gateway import Gateway
from tests.generator.outbound import deliver_all
from tests.generator.scanner import scan
from tests.generator.scenarios.registry import scenario
from tests.generator.session import Session
from tests.generator.truth import Case


def begin(gateway: Gateway, at: float) -> Session:
    return Session(gateway, at, gateway.client(at), tls=usual_tls(gateway)).connect()


def finish(session: Session, cases: list[Case], how: str = "closed by QUIT") -> None:
    t = session.close(how)
    for case in cases:
        deliver_all(session.gateway, scan(session.gateway, case, t)[0])


@scenario(5)
def several_messages(gateway: Gateway, at: float) -> None:
    session, sender = begin(gateway, at), gateway.remote_user()
    cases = []
    for _ in range(gateway.rng.randrange(2, 6)):
        cases.append(attempt(session, sender, gateway.users(gateway.rng.randrange(1, 3)), warning=False))
        session.pause(gateway.rng.uniform(0, 3))
    finish(session, cases)


@scenario(4)
def several_senders(gateway: Gateway, at: float) -> None:
    session = begin(gateway, at)
    finish(session, [attempt(session, name, [gateway.local_user()]) for name in gateway.users(3, local=False)])


@scenario(4)
def refused_recipients_in_between(gateway: Gateway, at: float) -> None:
    """Refused recipients of a message that is then accepted, and of one that is not, with another sender."""
    session = begin(gateway, at)
    senders, rejected = gateway.users(3, local=False), "nobody@example.com"
    first = session.mail(senders[0])
    session.refuse(rejected, "Address not present in directory")
    attempt(session, senders[0], gateway.users(2), warning=False)
    session.mail(senders[1])
    session.refuse(rejected, "Address not present in directory")
    session.refuse("nobody2@example.com", "Address not present in directory")
    last = attempt(session, senders[2], [gateway.local_user()], warning=False)
    finish(session, [first, last])


@scenario(4)
def accepted_and_refused_recipients(gateway: Gateway, at: float) -> None:
    session, users = begin(gateway, at), gateway.users(3)
    case = session.mail(gateway.remote_user())
    session.accept(users[0])
    session.refuse("nobody@example.com", "Address not present in directory")
    session.refuse("later@example.com", "greylisted", temporary=True)
    attempt(session, case.sender or "", users[1:], warning=False)
    finish(session, [case])


@scenario(1)
def refused_after_accepted(gateway: Gateway, at: float) -> None:
    """A second try of the same sender after its first message was accepted: an attempt of its own."""
    session, sender = begin(gateway, at), gateway.remote_user()
    case = attempt(session, sender, [gateway.local_user()], warning=False)
    session.mail(sender)
    session.refuse("nobody@example.com", "Address not present in directory")
    finish(session, [case])


@scenario(1)
def cut_by_rejection_after_data(gateway: Gateway, at: float) -> None:
    """The same sender again after a rejection on content: two attempts."""
    session, sender = begin(gateway, at), gateway.remote_user()
    session.mail(sender)
    session.accept(*gateway.users(2))
    session.data()
    session.reject_after_data("This message was rejected as spam")
    finish(session, [attempt(session, sender, [gateway.local_user()], warning=False)])


@scenario(1)
def lost_after_acceptance(gateway: Gateway, at: float) -> None:
    """The client vanishes after its message was accepted: that changes nothing."""
    session = begin(gateway, at)
    finish(session, [attempt(session, gateway.remote_user(), [gateway.local_user()])], "lost")


@scenario(1)
def tls_trouble_at_the_end(gateway: Gateway, at: float) -> None:
    session = Session(gateway, at, gateway.client(at), tls=gateway.tls()).connect()
    case = attempt(session, gateway.remote_user(), [gateway.local_user()])
    session.note(f"TLS error on connection from {session.client.text} (SSL_write): timed out", "tls-failed")
    finish(session, [case], "closed by EOF")


@scenario(1)
def pid_used_again(gateway: Gateway, at: float) -> None:
    """Half an hour later another client's session has the same pid; the first one's end was not logged."""
    first = begin(gateway, at)
    first.mail(gateway.remote_user())
    first.accept(gateway.local_user())
    text = f"SMTP data timeout (message abandoned) on connection from {first.client.text}"
    first.current.abandoned = True
    first.current.left_because = "SMTP data timeout (message abandoned)"
    first.write(f"{text} F=<{first.current.sender}>", "message-abandoned")
    first.t += 3000  # keeps the number from others
    later = first.end() - gateway.rng.uniform(600, 1800)
    again = Session(gateway, later, gateway.client(later), tls=usual_tls(gateway), pid=first.pid).connect()
    case = attempt(again, gateway.remote_user(), gateway.users(2))
    finish(again, [case])


@scenario(2)
def slow_data(gateway: Gateway, at: float) -> None:
    """A large mail over a thin line: its queue id is minutes older than most of its lines."""
    session = begin(gateway, at)
    case = session.mail(gateway.remote_user())
    session.accept(gateway.local_user())
    session.data()
    session.pause(gateway.rng.uniform(60, 580))
    session.receive("slow@example.net", size=48_000_000)
    finish(session, [case])


@scenario(2)
def notes_between_attempts(gateway: Gateway, at: float) -> None:
    """Lines that name no sender belong to the transaction they stand in, not to the whole session."""
    session, senders = begin(gateway, at), gateway.users(3, local=False)
    lookup = "DNS list lookup defer (probably timeout) for 66.2.0.192.rbl.example.org: assumed not in list"
    session.write(lookup, "policy-warning")
    first = attempt(session, senders[0], [gateway.local_user()], warning=False)
    session.write(lookup, "policy-warning")
    session.mail(senders[1])
    session.refuse("nobody@example.com", "Address not present in directory")
    session.case = None  # the lines after the last one that names a sender: the next transaction's
    session.warn("example.com profile excludes greylisting: Skipping greylisting for this message")
    session.write(lookup, "policy-warning")
    last = attempt(session, senders[2], [gateway.local_user()], warning=False)
    finish(session, [first, last])


@scenario(2)
def gave_up_then_sent(gateway: Gateway, at: float) -> None:
    """Recipients were accepted, then another sender came: the first attempt was given up without a line of its own."""
    session, senders = begin(gateway, at), gateway.users(2, local=False)
    session.mail(senders[0])
    session.accept(*gateway.users(2))
    session.current.abandoned = True
    finish(session, [attempt(session, senders[1], [gateway.local_user()], warning=False)])
