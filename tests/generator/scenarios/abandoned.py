"""Clients that left before their message was accepted, and sessions in which nothing was attempted."""

from __future__ import annotations

from tests.generator.flows import attempt, content, usual_tls
from tests.generator.gateway import Gateway
from tests.generator.outbound import deliver_all
from tests.generator.scanner import scan
from tests.generator.scenarios.registry import scenario
from tests.generator.session import Session
from tests.generator.tls import Tls


def envelope(gateway: Gateway, at: float, recipients: int = 1) -> Session:
    """A session up to its accepted recipients."""
    session = Session(gateway, at, gateway.client(at), tls=usual_tls(gateway)).connect()
    session.mail(gateway.remote_user())
    session.accept(*gateway.users(recipients))
    session.current.abandoned = True
    return session


def duration(session: Session) -> str:
    """` D=1.234s`, which 4.94 and 4.97 append to sessions that were cut off."""
    return f" D={session.t - session.began:.3f}s" if session.gateway.dialect.modern else ""


@scenario(3)
def data_timeout_with_id(gateway: Gateway, at: float) -> None:
    session = envelope(gateway, at)
    session.data()
    session.pause(gateway.rng.uniform(60, 300))
    timed = duration(session) if gateway.dialect.closing_time else ""
    text = f"SMTP data timeout (message abandoned) on connection from {session.client.text}"
    session.current.left_because = "SMTP data timeout (message abandoned)"
    session.write(f"{text} F=<{session.current.sender}>{timed}", "message-abandoned", with_id=True)
    session.end()


@scenario(2)
def data_timeout_without_id(gateway: Gateway, at: float) -> None:
    session = envelope(gateway, at, 2)
    session.pause(gateway.rng.uniform(60, 300))
    text = f"SMTP data timeout (message abandoned) on connection from {session.client.text}"
    session.current.left_because = "SMTP data timeout (message abandoned)"
    session.write(f"{text} F=<{session.current.sender}>", "message-abandoned")
    session.end()


@scenario(2)
def lost_while_reading(gateway: Gateway, at: float) -> None:
    session = envelope(gateway, at)
    session.close(gateway.rng.choice(("lost while reading message data (header)", "lost while reading message data")))


@scenario(1)
def lost_before_data(gateway: Gateway, at: float) -> None:
    session = envelope(gateway, at)
    session.pause(gateway.rng.uniform(0, 30))
    session.close("lost")


@scenario(2)
def gone_between_commands(gateway: Gateway, at: float) -> None:
    session = envelope(gateway, at)
    why = gateway.rng.choice(("", " (error: Connection reset by peer)"))
    session.ending = "unexpected disconnection while reading SMTP command"
    text = f"{session.ending} from {session.client.text}{why}"
    session.note(text + duration(session), "connection-lost")
    session.end()


@scenario(1)
def command_timeout(gateway: Gateway, at: float) -> None:
    session = envelope(gateway, at)
    session.pause(300)
    encrypted = "TLS " if session.tls else ""
    timed = duration(session) if gateway.dialect.closing_time else ""
    if session.tls:
        session.current.tls = Tls(None, None)
    session.ending = "SMTP command timeout"
    session.note(f"{session.ending} on {encrypted}connection from {session.client.text}{timed}", "connection-lost")
    session.end()


@scenario(1)
def recipient_probe(gateway: Gateway, at: float) -> None:
    """MAIL, RCPT, QUIT: another server asks whether the address exists."""
    envelope(gateway, at).close()


@scenario(1)
def lost_after_final_dot(gateway: Gateway, at: float) -> None:
    session = envelope(gateway, at)
    session.data()
    content(session)
    case = session.current
    case.tls, case.plaintext = Tls(None, None) if session.tls else None, session.tls is None
    protocol = "esmtps" if session.tls else "esmtp"
    case.left_because = "SMTP connection lost after final dot"
    session.write(f"{case.left_because} {session.host} P={protocol}", "message-abandoned", with_id=True)
    session.end()


@scenario(1)
def input_error(gateway: Gateway, at: float) -> None:
    session = envelope(gateway, at)
    session.data()
    sender = session.current.sender
    session.current.left_because = "Input read error (Connection reset by peer)"
    text = f"Message abandoned: {session.current.left_because} while receiving message from {sender}"
    session.write(f"{text} {session.host}", "message-abandoned", with_id=True)
    session.end()


@scenario(1)
def incomplete_transaction(gateway: Gateway, at: float) -> None:
    session = envelope(gateway, at)
    case = session.current
    how, ending = gateway.rng.choice(
        (("RSET", "closed by QUIT"), ("QUIT", "closed by QUIT"), ("connection lost", "lost"))
    )
    case.left_because = f"incomplete transaction ({how})"
    text = f"{session.host} {case.left_because} from <{case.sender}> for {case.accepted[0]}"
    session.write(text, "message-abandoned")
    session.close(ending)


@scenario(1)
def refused_then_lost(gateway: Gateway, at: float) -> None:
    """A refusal wins over a later disconnection."""
    session = Session(gateway, at, gateway.client(at), tls=usual_tls(gateway)).connect()
    session.mail(gateway.remote_user())
    session.refuse(gateway.local_user(), "relay not permitted")
    text = f"unexpected disconnection while reading SMTP command from {session.client.text}"
    session.note(text + duration(session), "connection-lost")
    session.end()


# nothing was attempted: stage events only


@scenario(3, documents=False)
def probe(gateway: Gateway, at: float) -> None:
    session = Session(gateway, at, gateway.client(at)).connect()
    session.close(gateway.rng.choice(("closed by QUIT", "lost", "closed by EOF")))


@scenario(1, documents=False)
def probe_with_command_list(gateway: Gateway, at: float) -> None:
    session = Session(gateway, at, gateway.client(at), tls=gateway.tls()).connect()
    tls = f" X={session.tls.logged}" if session.tls else ""
    text = f"no MAIL in SMTP connection from {session.client.text} D=2s{tls} C=EHLO,STARTTLS,EHLO,QUIT"
    session.note(text, "connection-closed")
    session.close()


@scenario(3, documents=False)
def failed_tls(gateway: Gateway, at: float) -> None:
    session = Session(gateway, at, gateway.client(at, spelling="name")).connect()
    no_cipher = ": error:1408A0C1:SSL routines:SSL3_GET_CLIENT_HELLO:no shared cipher"
    why = gateway.rng.choice((f" (SSL_accept){no_cipher}", " (SSL_accept): timed out", " (SSL_accept): "))
    session.note(f"TLS error on connection from {session.client.text}{why}", "tls-failed")
    session.note("TLS client disconnected cleanly (rejected our certificate?)", "tls-failed")
    session.close(gateway.rng.choice(("", "closed by EOF")))


@scenario(2, documents=False)
def failed_login(gateway: Gateway, at: float) -> None:
    session = Session(gateway, at, gateway.client(at, spelling="helo"), tls=gateway.tls()).connect()
    for user in ("alice", "root", "x (set_id=y)"):
        text = (
            f"login authenticator failed for {session.client.text}: 535 Incorrect authentication data (set_id={user})"
        )
        session.write(text, "authentication-failed")
    session.close("closed by DROP in ACL")


@scenario(1)
def login_at_second_try(gateway: Gateway, at: float) -> None:
    client = gateway.client(at, spelling="helo")
    session = Session(gateway, at, client, tls=gateway.tls()).connect()
    text = f"login authenticator failed for {client.text}: 535 Incorrect authentication data (set_id=alice)"
    session.write(text, "authentication-failed")
    case = attempt(session, gateway.local_user(), [gateway.remote_user()], auth="A=login:alice")
    deliver_all(gateway, scan(gateway, case, session.close())[0])
