"""Mail that was refused at SMTP time, without a queue id."""

from __future__ import annotations

from tests.generator.facts import Client
from tests.generator.flows import attempt, usual_tls
from tests.generator.gateway import Gateway
from tests.generator.outbound import deliver_all
from tests.generator.pools import REFUSALS, TEMPORARY_REFUSALS
from tests.generator.scanner import scan
from tests.generator.scenarios.registry import MODERN, scenario
from tests.generator.session import Session, is_host_name
from tests.generator.truth import Case

ENDINGS = ("closed by QUIT", "closed by QUIT", "closed by EOF", "lost", "closed by DROP in ACL")


def begin(gateway: Gateway, at: float, client: Client | None = None) -> Session:
    return Session(gateway, at, client or gateway.client(at), tls=usual_tls(gateway)).connect()


def leave(session: Session) -> None:
    session.close(session.gateway.rng.choice(ENDINGS))


@scenario(8)
def refused_recipient(gateway: Gateway, at: float) -> None:
    session = begin(gateway, at)
    session.mail(gateway.remote_user())
    session.refuse(gateway.local_user(), gateway.rng.choice(REFUSALS))
    leave(session)


@scenario(3)
def refused_several_recipients(gateway: Gateway, at: float) -> None:
    session = begin(gateway, at)
    session.mail(gateway.remote_user())
    reason = gateway.rng.choice(REFUSALS)
    for name in gateway.users(gateway.rng.randrange(2, 6)):
        session.refuse(name, reason)
    leave(session)


@scenario(2)
def refused_several_transactions(gateway: Gateway, at: float) -> None:
    """Three senders in one session, each refused: three attempts."""
    session = begin(gateway, at)
    for sender in gateway.users(3, local=False):
        session.mail(sender)
        for name in gateway.users(2):
            session.refuse(name, gateway.rng.choice(REFUSALS))
    leave(session)


@scenario(1)
def same_sender_refused_again(gateway: Gateway, at: float) -> None:
    """One sender, tried twice in one session: one attempt."""
    session, sender = begin(gateway, at), gateway.remote_user()
    for name in gateway.users(2):
        session.mail(sender)
        session.refuse(name, "relay not permitted")
    leave(session)


@scenario(5)
def greylisted_then_accepted(gateway: Gateway, at: float) -> None:
    """Turned away for now, back minutes later in another session."""
    client, sender, recipient = gateway.client(at), gateway.remote_user(), gateway.local_user()
    first = begin(gateway, at, client)
    first.mail(sender)
    first.refuse(recipient, gateway.rng.choice(TEMPORARY_REFUSALS), temporary=True)
    first.close()
    later = first.t + gateway.rng.uniform(60, 1800)
    again = begin(gateway, later, gateway.client(later, ip=client.ip, spelling="helo", helo="retry.example.net"))
    case = attempt(again, sender, [recipient])
    deliver_all(gateway, scan(gateway, case, again.close())[0])


@scenario(1)
def refused_null_sender(gateway: Gateway, at: float) -> None:
    session = begin(gateway, at)
    session.mail("")
    session.refuse(gateway.local_user(), "BATV: signature missing")
    leave(session)


@scenario(1)
def refused_without_reason(gateway: Gateway, at: float) -> None:
    session = begin(gateway, at)
    session.mail(gateway.remote_user())
    session.refuse(gateway.local_user(), None)
    leave(session)


@scenario(1)
def refused_login_user(gateway: Gateway, at: float) -> None:
    session = begin(gateway, at)
    session.mail(gateway.remote_user())
    session.refuse(gateway.local_user(), "relay not permitted", auth=" A=login:alice")
    leave(session)


@scenario(2)
def sender_verify_failed(gateway: Gateway, at: float) -> None:
    session, rng = begin(gateway, at), gateway.rng
    sender = "x@host.invalid"
    session.mail(sender)
    temporary = rng.random() < 0.4
    word = "defer" if temporary else "fail"
    why = "host lookup did not complete" if temporary else "Unrouteable address"
    session.write(f"{session.host} sender verify {word} for <{sender}>: {why}", "sender-verify-failed")
    reason = "Could not complete sender verify" if temporary else "Sender verify failed"
    session.refuse(gateway.local_user(), reason, temporary=temporary)
    leave(session)


@scenario(2)
def refused_sender(gateway: Gateway, at: float) -> None:
    """At MAIL: no F=, and perhaps no reason."""
    session, sender = begin(gateway, at), gateway.remote_user()
    session.mail(sender)
    reason = gateway.rng.choice((None, "Blacklisted sender"))
    session.refusal(reason)
    session.write(f"{session.host} rejected MAIL <{sender}>{': ' + reason if reason else ''}", "rejected")
    leave(session)


@scenario(1)
def announced_too_big(gateway: Gateway, at: float) -> None:
    session, sender = begin(gateway, at), gateway.remote_user()
    session.mail(sender)
    reason = "message too big: size=60000000 max=52428800"
    session.refusal(reason)
    session.write(f"rejected MAIL FROM:<{sender}> {session.host}: {reason}", "rejected")
    leave(session)


@scenario(1)
def refused_at_data(gateway: Gateway, at: float) -> None:
    """Recipients were accepted, the DATA command was not."""
    session = begin(gateway, at)
    session.mail(gateway.remote_user())
    session.accept(*gateway.users(2))
    session.refusal("Not now")
    session.write(f"{session.rejection_items()} rejected DATA: Not now", "rejected")
    leave(session)


def refused_connection(session: Session, text: str, reason: str, *, temporary: bool = False) -> Case:
    """A connection refused as a whole is one attempt, without an envelope."""
    case = session.gateway.case()
    case.client = session.client
    case.related_ip.add(session.client.ip)
    case.related_hosts |= {n for n in (session.client.name, session.client.shown_helo) if n and is_host_name(n)}
    session.case = case
    session.cases.append(case)
    session.refusal(reason, temporary)
    session.write(text, "temporarily-rejected" if temporary else "rejected")
    return case


@scenario(3)
def refused_by_connect_acl(gateway: Gateway, at: float) -> None:
    client = gateway.client(at, spelling=gateway.rng.choice(("ip", "ip", "name")))
    client.helo = client.name or client.ip
    session = begin(gateway, at, client)
    reason = "listed in rbl.example.org"
    refused_connection(session, f'{session.host} rejected connection in "connect" ACL: {reason}', reason)
    session.close(gateway.rng.choice(("", "closed by DROP in ACL")))


@scenario(2)
def too_many_connections(gateway: Gateway, at: float) -> None:
    """Refused by the daemon itself: its pid, no connect line."""
    client = gateway.client(at, spelling="ip")
    session = Session(gateway, at, client)
    session.pid = gateway.daemon
    why = gateway.rng.choice(
        ("too many connections from that IP address", "too many connections", "load average = 9.10")
    )
    refused_connection(session, f"Connection from {client.text} refused: {why}", why)
    session.end()


@scenario(2)
def refused_host(gateway: Gateway, at: float) -> None:
    session = begin(gateway, at, gateway.client(at, spelling="ip"))
    where = f"refused connection from {session.client.text}"
    text, reason, temporary = gateway.rng.choice(
        (
            (f"{where} (host_reject_connection)", "host_reject_connection", False),
            (f"{where} (tcp wrappers)", "tcp wrappers", False),
            (f"temporarily {where}: database is locked", "database is locked", True),
        )
    )
    refused_connection(session, text, reason, temporary=temporary)
    session.end()


@scenario(2)
def spoke_too_early(gateway: Gateway, at: float) -> None:
    session = begin(gateway, at, gateway.client(at, spelling="ip"))
    cause = "input sent without waiting for greeting"
    refused_connection(
        session,
        f"SMTP protocol synchronization error ({cause}): rejected connection from {session.host} "
        'input="EHLO bot.example.org\\r\\n"',
        f"SMTP protocol synchronization error ({cause})",
    )
    session.end()


@scenario(1)
def pipelined_too_early(gateway: Gateway, at: float) -> None:
    """The synchronization error comes when an envelope is open: still one attempt."""
    session = begin(gateway, at)
    session.mail(gateway.remote_user())
    session.accept(gateway.local_user())
    cause = f"next input sent too soon: pipelining was {gateway.rng.choice(('advertised', 'not advertised'))}"
    reason = f"SMTP protocol synchronization error ({cause})"
    session.refusal(reason)
    session.write(f'{reason}: rejected "DATA" {session.host} next input="Subject: x => y <= z\\r\\n"', "rejected")
    session.end()


@scenario(2, dialects=MODERN)
def refused_over_tls(gateway: Gateway, at: float) -> None:
    """Newer Exims print X= and CV= on the refusal."""
    session = Session(gateway, at, gateway.client(at), tls=gateway.tls()).connect()
    session.mail(gateway.remote_user())
    session.refuse(gateway.local_user(), "relay not permitted")
    leave(session)
