"""Lines with every optional field, and a log that begins in the middle."""

from __future__ import annotations

from dataclasses import replace

from tests.generator.facts import Delivery
from tests.generator.flows import arrive
from tests.generator.gateway import Gateway
from tests.generator.outbound import Run, deliver_all, server_for
from tests.generator.scanner import Job, scan
from tests.generator.scenarios.outgoing import sent
from tests.generator.scenarios.registry import scenario
from tests.generator.session import Session


@scenario(1)
def more_time_items(gateway: Gateway, at: float) -> None:
    """Selectors that put milliseconds, the zone or the pid behind Exim's time."""
    items = (".{milli:03d}", " {zone}", " [{pid}]", ".{milli:03d} {zone} [{pid}]")
    gateway.stamp_items = gateway.rng.choice(items if gateway.dialect.modern else (" [{pid}]", " {zone}"))
    case, t = arrive(gateway, at)
    deliver_all(gateway, scan(gateway, case, t)[0])
    gateway.stamp_items = ""


@scenario(1)
def every_field_on_arrival(gateway: Gateway, at: float) -> None:
    """All that selectors can add to `<=`, in Exim's order."""
    session = Session(gateway, at, gateway.client(at), tls=gateway.tls()).connect()
    case = session.mail(gateway.remote_user())
    session.accept(gateway.local_user())
    session.data()
    assert session.tls
    assert case.root
    modern = gateway.dialect.modern
    items = (
        f"<= {case.sender} {session.host} I=[192.0.2.1]:25 U=ident",
        "P=utf8esmtpsa Ci=4711 L TFO DS" if modern else "P=esmtpsa",
        f'X={session.tls.logged} CV=no DN="/CN=a \\"b\\" S=1"',
        "SNI=x.example.com" if modern else 'SNI="x.example.com"',
        "A=login:alice:bob PRDR",
        "K S=4711 M8S=8 RT=0.331s" if modern else "S=4711 M8S=8",
        'id=all@example.net T="S=1 id=fake \\"q\\"" from <x@example.net> for y@example.com',
    )
    case.received, case.size, case.message_id, case.tls = True, 4711, "all@example.net", session.tls
    case.modern = True  # CV= and PRDR are written by newer Exims only
    case.shown_subject = 'S=1 id=fake "q"'
    case.related_user.add("y@example.com")
    case.pending.add(case.root)
    session.write(" ".join(items), "message-received", with_id=True)
    session.case = None
    deliver_all(gateway, scan(gateway, case, session.close())[0])


@scenario(1)
def every_field_on_delivery(gateway: Gateway, at: float) -> None:
    job = sent(gateway, at)
    recipient, case = job.recipients[0], job.case
    server = server_for(gateway, recipient)
    server = replace(server, tls=server.tls or gateway.tls(), name="mx.example.net", ip="2001:db8::25")
    run = Run(gateway, job, job.t)
    assert server.tls
    modern = gateway.dialect.modern
    flags = " TFO L DS" if modern else ""
    more = " CV=dane" if modern else ""
    text = (
        f"=> box@internal.example.net (list@example.net) <{recipient}> F=<{case.scanned_sender}> "
        f"P=<{case.scanned_sender}> R={server.router} T={server.transport} S=4711 H={server.with_port} "
        f'I=[192.0.2.1]:40000{flags} X={server.tls.logged}{more} DN="/CN=mx \\"x\\" C=1" A=plain PRDR'
        f'{" K" if modern else ""} C="250 fine" QT=2s DT=1.5s'
    )
    case.modern = True
    delivery = Delivery(
        recipient, "delivered", job.queue_id, 0, server.name, server.ip, 25, server.tls,
        router=server.router, transport=server.transport, code=250, reply="fine",
    )  # fmt: skip
    delivery.utc = run.write(text, "delivered")
    case.deliveries[recipient] = [delivery]
    case.related_ip.add(server.ip)
    case.related_hosts.add(server.name)
    case.related_user |= {recipient, "box@internal.example.net", "list@example.net"}
    run.completed()


@scenario(0.3)
def only_the_delivery_is_known(gateway: Gateway, at: float) -> None:
    """The log begins when the message is in the outgoing queue: its first known id is smtpd's."""
    case = gateway.case()
    queue_id = gateway.mint(at - 2, gateway.scanner(at - 2))
    case.root, case.queue_ids, case.received, case.pending = queue_id, [queue_id], True, {queue_id}
    case.modern = gateway.dialect.long_ids
    deliver_all(gateway, Job(case, queue_id, [gateway.remote_user()], at))
