"""The rarer lines of the delivery side and of a session, each in a message's life."""

from __future__ import annotations

from dataclasses import replace

from tests.generator.flows import arrive, attempt, usual_tls
from tests.generator.gateway import IN, Gateway
from tests.generator.outbound import Run, Server, Try, deliver, deliver_all, ok, refused_by, server_for
from tests.generator.scanner import Job, scan
from tests.generator.scenarios.outgoing import sent
from tests.generator.scenarios.refusals import leave
from tests.generator.scenarios.registry import MODERN, scenario
from tests.generator.session import Session


def host_of(gateway: Gateway, server: Server) -> str:
    """How a line that is not about a recipient names the server."""
    return f"H={server.name} [{server.ip}]:{server.port}:" if gateway.dialect.modern else ""


@scenario(2)
def next_host_takes_it(gateway: Gateway, at: float) -> None:
    """One host fails, the next one delivers."""
    job = sent(gateway, at)
    first = replace(server_for(gateway, job.recipients[0]), name="mx1.example.net", ip="203.0.113.5")
    where, prefix = f"{first.name} [{first.ip}]", host_of(gateway, first)
    old = (
        f"{where}:25 Connection refused",
        f"Remote host {where} closed connection in response to EHLO utm.example.com",
        f"SMTP error from remote mail server after end of data: host {where}: 451 4.3.0 Try again",
        f"SMTP timeout while connected to {where} after initial connection",
    )
    new = (
        f"{prefix} Connection refused",
        f"{prefix} Remote host closed connection in response to EHLO utm.example.com",
        f"{prefix} SMTP error from remote mail server after end of data: 451 4.3.0 Try again",
        f"{prefix} SMTP timeout after initial connection",
    )
    run = Run(gateway, job, job.t)
    text = gateway.rng.choice(new if prefix else old)
    run.note(text, "host-failed", host=first.name, ip=first.ip)
    run.attempt(ok(gateway, job.recipients[0]))
    run.completed()


@scenario(2)
def fallback_to_plaintext(gateway: Gateway, at: float) -> None:
    job = sent(gateway, at)
    run = Run(gateway, job, job.t)
    fall_back(run, job.recipients[0], server_for(gateway, job.recipients[0]))
    run.completed()


def fall_back(run: Run, recipient: str, server: Server) -> None:
    """TLS fails, and the mail goes out without."""
    failure = "error:14077410:SSL routines:SSL23_GET_SERVER_HELLO:sslv3 alert handshake failure"
    where = f"{server.name} [{server.ip}]"
    run.note(
        f"TLS error on connection to {where} (SSL_connect): {failure}", "tls-failed", host=server.name, ip=server.ip
    )
    where = f"H={where}" if run.gateway.dialect.modern else where
    run.note(f"TLS session failure: delivering unencrypted to {where} (not in hosts_require_tls)", "tls-fallback")
    run.attempt(ok(run.gateway, recipient, replace(server, tls=None)))


def deferral(gateway: Gateway, at: float, code: int, text: str, *, blamed: bool = False) -> None:
    job = sent(gateway, at)
    server = server_for(gateway, job.recipients[0])
    result = Try(job.recipients[0], "deferred", server, code=code, text=text, blamed=blamed)
    t = deliver(gateway, job, [result], done=False)
    if "[203.0.113.5]" in text:
        job.case.related_hosts.add("mx.example.net")
        job.case.related_ip.add("203.0.113.5")
    deliver(gateway, job, [ok(gateway, job.recipients[0])], at=t + 600)


@scenario(1)
def deferred_by_tls(gateway: Gateway, at: float) -> None:
    texts = (
        (-37, "failure while setting up TLS session"),
        (-38, "a TLS session is required for mx.example.net [203.0.113.5], but the server did not offer TLS support"),
    )
    deferral(gateway, at, *gateway.rng.choice(texts))


@scenario(1)
def deferred_by_each_number(gateway: Gateway, at: float) -> None:
    texts = (
        (-19, "malformed SMTP reply"),
        (-36, "host lookup did not complete"),
        (-41, "callout failed"),
        (-42, "authentication failure"),
        (113, "No route to host"),
        (101, "Network is unreachable: tried 2001:db8::25"),
        (-53, "retry time not reached for any host for 'example.net'"),
    )
    deferral(gateway, at, *gateway.rng.choice(texts))


@scenario(1, dialects=MODERN)
def deferred_with_host(gateway: Gateway, at: float) -> None:
    deferral(gateway, at, -18, "Remote host closed connection in response to initial connection", blamed=True)


@scenario(1)
def reused_connection(gateway: Gateway, at: float) -> None:
    """`*` after the port: the connection was open already."""
    job = sent(gateway, at)
    server = replace(server_for(gateway, job.recipients[0]), reused=True)
    deliver(gateway, job, [ok(gateway, job.recipients[0], server)])


@scenario(1)
def rare_arrows(gateway: Gateway, at: float) -> None:
    job = sent(gateway, at)
    deliver(gateway, job, [ok(gateway, job.recipients[0], arrow=gateway.rng.choice((">>", "*>")))])


@scenario(1)
def locked_spool_file(gateway: Gateway, at: float) -> None:
    job = sent(gateway, at)
    run = Run(gateway, job, job.t)
    run.write("Spool file is locked (another process is handling this message)", "daemon")
    deliver_all(gateway, job)


@scenario(1)
def deferred_then_removed(gateway: Gateway, at: float) -> None:
    """Deleted from the queue by an administrator."""
    job = sent(gateway, at)
    server = server_for(gateway, job.recipients[0])
    result = Try(job.recipients[0], "deferred", server, code=110, text="Connection timed out")
    t = deliver(gateway, job, [result], done=False)
    run = Run(gateway, job, t + 900)
    job.case.discarded_because = gateway.rng.choice(("removed by root", "cancelled by root"))
    run.write(job.case.discarded_because, "disposition")
    run.completed()
    job.case.discarded = True


@scenario(1)
def blackholed(gateway: Gateway, at: float) -> None:
    job = sent(gateway, at)
    run = Run(gateway, job, job.t)
    recipient = job.recipients[0]
    run.write(f"=> :blackhole: <{recipient}> R=hubbed_hosts", "disposition")
    run.completed()
    job.case.discarded = True


@scenario(1)
def discarded_by_data_acl(gateway: Gateway, at: float) -> None:
    """exim-in takes the message and throws it away at once."""
    session = Session(gateway, at, gateway.client(at), tls=usual_tls(gateway)).connect()
    case = attempt(session, gateway.remote_user(), [gateway.local_user()])
    for text, action in (("=> blackhole (DATA ACL discarded recipients)", "disposition"), ("Completed", "completed")):
        gateway.exim(session.t, IN, session.pid, text, action, queue_id=case.root, cases=(case,))
        session.pause()
    case.discarded, case.discarded_because = True, "DATA ACL discarded recipients"
    case.pending.clear()
    session.close()


@scenario(1, dialects=MODERN)
def fake_reject(gateway: Gateway, at: float) -> None:
    """Taken although the client was told no: the arrow is `(=`."""
    case, t = arrive(gateway, at, arrow="(=")
    deliver_all(gateway, scan(gateway, case, t)[0])


@scenario(1)
def unknown_text_of_a_message(gateway: Gateway, at: float) -> None:
    job = sent(gateway, at)
    run = Run(gateway, job, job.t)
    run.write("something that no one has seen before: 42", "unrecognized")
    deliver_all(gateway, job)


@scenario(1)
def notes_before_the_envelope(gateway: Gateway, at: float) -> None:
    """Lookups that failed: lines of the session's only attempt."""
    client = gateway.client(at, spelling="helo")
    session = Session(gateway, at, client, tls=usual_tls(gateway)).connect()
    session.write(f"no host name found for IP address {client.ip}", "policy-warning")
    text = "DNS list lookup defer (probably timeout) for 66.2.0.192.rbl.example.org: assumed not in list"
    session.write(text, "policy-warning")
    case = attempt(session, gateway.remote_user(), [gateway.local_user()])
    deliver_all(gateway, scan(gateway, case, session.close())[0])


@scenario(2, documents=False)
def protocol_errors(gateway: Gateway, at: float) -> None:
    """Broken clients that never come to an envelope."""
    client = gateway.client(at, spelling="helo", helo="bot.example.org")
    where = client.text
    texts = (
        f"rejected EHLO from [{client.ip}]:{client.port}: syntactically invalid argument(s): bot_1.example.org",
        f"rejected HELO from [{client.ip}]:{client.port}: syntactically invalid argument(s): (no argument given)",
        f'rejected "EHLO bot.example.org" from [{client.ip}]:{client.port}: not you',
        f'SMTP syntax error in "MAIL FROM: a b" H={where} malformed address: b may not follow a',
        f'SMTP protocol error in "AUTH LOGIN" H={where} AUTH command used when not advertised',
        f'SMTP call from {where} dropped: too many syntax or protocol errors (last command was "XXXX")',
        f'SMTP call from {where} dropped: too many nonmail commands (last was "NOOP")',
        f'SMTP call from {where} dropped: too many unrecognized commands (last was "GET / HTTP/1.1")',
        f"H={where} rejected VRFY root",
        f"H={where} rejected EXPN staff",
    )
    session = Session(gateway, at, client).connect()
    text = gateway.rng.choice(texts)
    session.note(text, "connection-closed" if " dropped: " in text else "rejected")
    session.close(gateway.rng.choice(("", "closed by EOF")))


@scenario(1)
def unqualified_recipient(gateway: Gateway, at: float) -> None:
    session = Session(gateway, at, gateway.client(at)).connect()
    case = session.mail(gateway.remote_user())
    session.refuse(gateway.local_user(), "relay not permitted")
    session.write(f"unqualified recipient rejected: <postmaster> {session.host}", "rejected")
    case.refused.append("postmaster")
    case.related_user.add("postmaster")
    leave(session)


@scenario(1)
def too_many_recipients(gateway: Gateway, at: float) -> None:
    session = Session(gateway, at, gateway.client(at)).connect()
    case = session.mail(gateway.remote_user())
    session.accept(*gateway.users(3))
    reason = "too many recipients"
    session.refusal(reason)
    text = f"too many recipients: message rejected: sender=<{case.sender}> {session.host}"
    session.write(text, "rejected")
    leave(session)


@scenario(2)
def securemail_rejection(gateway: Gateway, at: float) -> None:
    """exim-in's own SecureMail line beside the refusal."""
    session = Session(gateway, at, gateway.client(at, spelling="helo")).connect()
    case, recipient = session.mail(gateway.remote_user()), gateway.local_user()
    reason, extra = gateway.rng.choice((("rbl", "rbl.example.org"), ("spf", ""), ("address_verification", recipient)))
    session.refuse(recipient, "rejected by policy")
    session.write(
        f'id="1003" severity="info" sys="SecureMail" sub="smtp" name="email rejected" srcip="{session.client.ip}" '
        f'from="{case.sender}" to="{recipient}" size="-1" reason="{reason}" extra="{extra}"',
        "rejected",
    )
    case.disposition = {"id": "1003", "name": "email rejected", "reason": reason, "extra": extra}
    leave(session)


@scenario(1)
def mail_from_command_refused(gateway: Gateway, at: float) -> None:
    job: Job = sent(gateway, at)
    server = server_for(gateway, job.recipients[0])
    text = refused_by(server, job.recipients[0], 451, "4.7.1 Try later", "MAIL FROM")
    if gateway.dialect.modern:
        text = text.replace(f": host {server.name} [{server.ip}]", "")
    answer = (451, "4.7.1 Try later")
    result = Try(job.recipients[0], "deferred", server, code=-45, text=text, blamed=True, answer=answer)
    t = deliver(gateway, job, [result], done=False)
    deliver(gateway, job, [ok(gateway, job.recipients[0])], at=t + 600)


@scenario(1)
def unqualified_sender(gateway: Gateway, at: float) -> None:
    session = Session(gateway, at, gateway.client(at)).connect()
    session.mail("root")
    reason = "unqualified sender rejected"
    session.refusal(reason)
    session.write(f"{reason}: <root> {session.host}", "rejected")
    leave(session)


@scenario(1)
def securemail_rejection_after_data(gateway: Gateway, at: float) -> None:
    """The same, once there is a queue id."""
    session = Session(gateway, at, gateway.client(at, spelling="helo")).connect()
    case = session.mail(gateway.remote_user())
    session.accept(gateway.local_user())
    session.data()
    case = session.reject_after_data("virus found: EICAR")
    session.case = case
    session.write(
        f'id="1003" severity="info" sys="SecureMail" sub="smtp" name="email rejected" srcip="{session.client.ip}" '
        f'from="{case.sender}" to="{case.accepted[0]}" subject="x" size="512" reason="av" extra="EICAR"',
        "rejected",
        with_id=True,
    )
    case.subject = "x"
    case.disposition = {"id": "1003", "name": "email rejected", "reason": "av", "extra": "EICAR"}
    leave(session)
