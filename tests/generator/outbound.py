"""exim-out: what the gateway's attempts to deliver one queue id write, and what they mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.generator.facts import Delivery
from tests.generator.gateway import OUT, Gateway
from tests.generator.pools import INSIDE, LOCAL_DOMAINS, PARTNERS
from tests.generator.scanner import Job
from tests.generator.syslog import as_read, printing, to_bytes
from tests.generator.tls import Tls
from tests.generator.truth import Case

SHARE_WITH_TLS = {"": 0.8, "plaintext": 0.1}  # by a partner's character; all others nearly always


@dataclass(frozen=True, slots=True)
class Server:
    """Where mail is delivered to; `tls` None is a plaintext session."""

    name: str
    ip: str
    tls: Tls | None
    router: str = "dnslookup"
    transport: str = "remote_smtp"
    port: int = 25
    reused: bool = False  # `*`: the connection was open already

    @property
    def with_port(self) -> str:
        return f"{self.name} [{self.ip}]:{self.port}{'*' if self.reused else ''}"


@dataclass(slots=True)
class Try:
    """The outcome of one delivery attempt for one recipient, as the log states it."""

    recipient: str
    status: str  # delivered, deferred, failed
    server: Server | None = None
    arrow: str = "=>"
    shown: str = ""  # the address before <original>, when it was redirected
    parents: str = ""
    reply: str = "250 OK"
    code: int = 0  # defer (n)
    text: str = ""  # after the colon
    blamed: bool = False  # the text names the server: its address is known even where H= is not logged
    answer: tuple[int, str] | None = None  # the remote's code and words inside the text
    routed: bool = True  # R= is printed
    transported: bool = True  # T= is printed
    addresses: list[str] = field(default_factory=list)


def server_for(gateway: Gateway, recipient: str) -> Server:
    """Local domains go to the static route, others by MX."""
    domain = recipient.rpartition("@")[2].lower()
    rng = gateway.rng
    character = PARTNERS.get(domain, "")
    tls = gateway.tls(character) if rng.random() < SHARE_WITH_TLS.get(character, 0.97) else None
    if domain in LOCAL_DOMAINS:
        name = INSIDE if rng.random() < 0.5 else "mail.example.com"
        return Server(name, INSIDE, tls, "static_route_hostlist", "static_smtp")
    ip = gateway.address(rng.random() < 0.1)
    return Server(f"mx{rng.randrange(1, 4)}.{domain}", ip, tls)


class Run:
    """One exim-out process at work on one queue id."""

    def __init__(self, gateway: Gateway, job: Job, at: float) -> None:
        self.gateway, self.job, self.case = gateway, job, job.case
        self.t = at + gateway.rng.uniform(0.2, 1.5)
        self.pid = gateway.pid(self.t, self.t + 300)

    def write(self, text: str, action: str, priority: int = 22) -> int:
        """Returns the line's time."""
        line = self.gateway.exim(
            self.t, OUT, self.pid, text, action,
            queue_id=self.job.queue_id, cases=(self.case,), priority=priority,
        )[0]  # fmt: skip
        self.t += self.gateway.rng.uniform(0.01, 0.4)
        return line.utc

    def note(self, text: str, action: str, *, host: str = "", ip: str = "") -> None:
        if host:
            self.case.related_hosts.add(host)
        if ip:
            self.case.related_ip.add(ip)
        self.write(text, action)

    def completed(self) -> float:
        took = f" QT={self.gateway.rng.randrange(1, 90)}s" if self.gateway.dialect.queue_time else ""
        self.write(f"Completed{took}", "completed")
        self.case.pending.discard(self.job.queue_id)
        return self.t

    def attempt(self, result: Try) -> None:
        text, delivery = {"delivered": self._delivered, "deferred": self._deferred, "failed": self._failed}[
            result.status
        ](result)
        delivery.utc = self.write(text, result.status)
        case = self.case
        case.deliveries.setdefault(result.recipient, []).append(delivery)
        case.related_user |= {result.recipient, *result.addresses}
        if delivery.host:
            case.related_hosts.add(delivery.host)
        if delivery.ip:
            case.related_ip.add(delivery.ip)

    def _head(self, result: Try) -> str:
        if not result.shown:
            return result.recipient
        result.addresses += [name for name in (result.shown, result.parents) if name]
        return f"{result.shown}{' (' + result.parents + ')' if result.parents else ''} <{result.recipient}>"

    def _return_path(self) -> str:
        return f"P=<{self.case.scanned_sender or ''}>"

    def _delivery(self, result: Try) -> Delivery:
        server = result.server
        delivery = Delivery(result.recipient, result.status, self.job.queue_id, 0)
        if server and result.routed:
            delivery.router = server.router
            delivery.transport = server.transport if result.transported else None
        delivery.reason = result.text or None
        if result.answer:
            delivery.code, delivery.reply = result.answer
        return delivery

    def _tls_items(self) -> str:
        """The items after X= on newer Exims."""
        if not self.gateway.dialect.modern:
            return ""
        self.case.modern = True
        return f" CV={self.gateway.rng.choice(('yes', 'no', 'dane'))}"

    def _delivered(self, result: Try) -> tuple[str, Delivery]:
        server, dialect = result.server, self.gateway.dialect
        assert server is not None
        delivery = self._delivery(result)
        delivery.host, delivery.ip, delivery.port = server.name, server.ip, server.port
        delivery.tls, delivery.plaintext = server.tls, server.tls is None
        text = f"{result.arrow} {self._head(result)} {self._return_path()} R={server.router} T={server.transport}"
        text += f" H={server.with_port}"
        if server.tls:
            text += f" X={server.tls.logged}{self._tls_items()}"
        if dialect.modern and self.gateway.rng.random() < 0.3:
            text += " K"
            self.case.modern = True
        if dialect.confirmation:
            shown = cut_reply(result.reply, dialect.confirmation)
            quoted = shown.replace("\\", "\\\\").replace('"', '\\"')
            text += f' C="{quoted}"'
            code, _, words = shown.partition(" ") if shown[3:4] == " " else (shown[:3], "", shown[4:])
            delivery.code, delivery.reply = int(code), words
        if dialect.queue_time:
            text += " QT=2s"
        if dialect.deliver_time:
            text += f" DT={self.gateway.rng.randrange(1, 3)}s"
        return text, delivery

    def _deferred(self, result: Try) -> tuple[str, Delivery]:
        server = result.server
        delivery = self._delivery(result)
        text = f"== {self._head(result)}"
        if result.routed and server:
            text += f" R={server.router}" + (f" T={server.transport}" if result.transported else "")
        else:
            text += " routing"
        text += f" defer ({result.code})"
        if result.blamed and server:
            delivery.host, delivery.ip = server.name, server.ip
            if self.gateway.dialect.modern:
                text += f" H={server.with_port}"
                delivery.port = server.port
        return f"{text}: {result.text}", delivery

    def _failed(self, result: Try) -> tuple[str, Delivery]:
        server = result.server
        delivery = self._delivery(result)
        text = f"** {self._head(result)}"
        if server and result.routed:
            text += f" {self._return_path()} R={server.router}"
            text += f" T={server.transport}" if result.transported else ""
        if result.blamed and server:
            delivery.host, delivery.ip = server.name, server.ip
            if self.gateway.dialect.modern:
                text += f" H={server.with_port}"
                delivery.port = server.port
                if server.tls:
                    text += f" X={server.tls.logged}{self._tls_items()}"
                    delivery.tls = server.tls
        return f"{text}: {result.text}", delivery


def cut_reply(reply: str, limit: int) -> str:
    """The first bytes of the printed reply."""
    return as_read(to_bytes(printing(reply))[:limit].decode("latin-1"))


def refused_by(server: Server, recipient: str, code: int, words: str, stage: str = "RCPT TO") -> str:
    command = {"RCPT TO": f"RCPT TO:<{recipient}>", "MAIL FROM": "MAIL FROM:<>"}.get(stage, stage)
    return f"SMTP error from remote mail server after {command}: host {server.name} [{server.ip}]: {code} {words}"


def deliver(gateway: Gateway, job: Job, tries: Sequence[Try], *, at: float | None = None, done: bool = True) -> float:
    """One run over the queue id; `done` writes `Completed`."""
    run = Run(gateway, job, job.t if at is None else at)
    for result in tries:
        run.attempt(result)
    return run.completed() if done else run.t


def ok(gateway: Gateway, recipient: str, server: Server | None = None, **more: object) -> Try:
    server = server or server_for(gateway, recipient)
    replies = ("250 OK", "250 2.0.0 Ok: queued as 4711ABC", "250 2.6.0 <x@example.net> [InternalId=27538] Queued mail")
    more.setdefault("reply", gateway.rng.choice(replies))
    return Try(recipient, "delivered", server, **more)  # type: ignore[arg-type]


def deliver_all(gateway: Gateway, job: Job) -> float:
    return deliver(gateway, job, [ok(gateway, recipient) for recipient in job.recipients])


def bounce(gateway: Gateway, case: Case, failed_id: str, at: float) -> Job:
    """A bounce that exim-out makes: a message of its own, which reports `failed_id`."""
    pid = gateway.pid(at, at + 300)
    report = gateway.case()
    queue_id = gateway.mint(at, pid)
    report.root, report.bounce_of, report.received = queue_id, failed_id, True
    report.queue_ids, report.pending = [queue_id], {queue_id}
    report.sender, report.size, report.internal = "", gateway.rng.randrange(1200, 9000), True
    report.modern = gateway.dialect.long_ids
    gateway.exim(
        at + 0.01, OUT, pid, f"<= <> R={failed_id} U=exim P=local S={report.size}",
        "bounce-created", queue_id=queue_id, cases=(report,),
    )  # fmt: skip
    return Job(report, queue_id, [case.scanned_sender or ""], at + 0.02)
