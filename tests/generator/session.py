"""exim-in: one SMTP session, in which a client makes one or more attempts. Each attempt is a case."""

from __future__ import annotations

from collections.abc import Iterable

from tests.generator.facts import Client, Refusal, Signature
from tests.generator.gateway import IN, PANIC_LOG, REJECT_LOG, Gateway
from tests.generator.model import Line
from tests.generator.syslog import to_bytes
from tests.generator.tls import Tls
from tests.generator.truth import Case


class Session:
    """From the connect line (daemon's pid) to the close line (child's pid); `t` is the session's own clock."""

    def __init__(
        self, gateway: Gateway, at: float, client: Client, *, tls: Tls | None = None, pid: int | None = None
    ) -> None:
        self.gateway, self.client, self.tls, self.t = gateway, client, tls, at
        self.began = at
        self.pid = gateway.pid(at, at + 1500) if pid is None else pid
        self.case: Case | None = None
        self.cases: list[Case] = []
        self.shared: list[Line] = []
        self.ending: str | None = None  # how the session ended, in the line's words
        self._waiting: list[Line] = []  # lines before the envelope is known: they open the next attempt
        self._warned: set[str] = set()

    @property
    def host(self) -> str:
        return f"H={self.client.text}"

    def pause(self, seconds: float = 0.0) -> None:
        self.t += seconds + self.gateway.rng.uniform(0.005, 0.12)

    # session lines, shared by all its attempts

    def connect(self) -> Session:
        text = f"SMTP connection from [{self.client.ip}]:{self.client.port} (TCP/IP connection count = "
        text += f"{self.gateway.rng.randrange(1, 40)})"
        self.shared += self.gateway.exim(self.t, IN, self.gateway.daemon, text, "connection-opened")
        self.pause()
        return self

    def note(self, text: str, action: str, priority: int = 22) -> None:
        """A line of the session as a whole: connection, end, TLS trouble."""
        self.shared += self.gateway.exim(self.t, IN, self.pid, text, action, priority=priority)
        self.pause()

    def close(self, how: str = "closed by QUIT") -> float:
        """Writes the last line, if there is one, and gives the shared lines to every attempt."""
        dialect = self.gateway.dialect
        if how:
            self.ending = self.ending or how
            timed = dialect.closing_time or (dialect.modern and how.startswith("lost"))
            duration = f"D={self.t - self.began:.3f}s"
            text = f"SMTP connection from {self.client.text} {how}"
            if timed:
                text = f"{text} {duration}" if how.startswith("lost") else text.replace(how, f"{duration} {how}")
            self.note(text, "connection-lost" if how.startswith("lost") else "connection-closed")
        return self.end()

    def end(self) -> float:
        """The child is gone."""
        self.gateway.ends(self.pid, self.began, self.t)
        for case in self.cases:
            case.left_because = case.left_because or self.ending
            if case.attempted:
                case.lines += self.shared
        for case in self.cases:
            if not case.attempted:
                case.lines.clear()
        return self.t

    # attempts

    def mail(self, sender: str) -> Case:
        """MAIL FROM. The same sender again, before anything was accepted, goes on with the same attempt."""
        if self.case is not None and self.case.sender == sender:
            return self.case
        case = self.gateway.case()
        case.client, case.sender = self.client, sender
        case.related_ip.add(self.client.ip)
        case.related_hosts |= {n for n in (self.client.name, self.client.shown_helo) if n and is_host_name(n)}
        case.related_user.add(sender)
        case.lines += self._waiting
        self._waiting = []
        self.case = case
        self.cases.append(case)
        return case

    def write(self, text: str, action: str, *, with_id: bool = False, priority: int = 22) -> None:
        """A line of the current attempt, or of the next one when none is open."""
        case = self.case
        queue_id = case.root if case and with_id else None
        made = self.gateway.exim(
            self.t, IN, self.pid, text, action,
            queue_id=queue_id, cases=(case,) if case else (), priority=priority,
        )  # fmt: skip
        if case is None:
            self._waiting += made
        self.pause()

    def warn(self, text: str) -> None:
        self.write(f"{self.host} Warning: {text}", "policy-warning")

    def accept(self, *recipients: str) -> None:
        case = self.current
        why = "from relay" if self.gateway.rng.random() < 0.97 else "authenticated R=<x> H=relay: ok"
        for recipient in recipients:
            self.write(f"[{self.client.ip}] F=<{case.sender}> R=<{recipient}> Accepted: {why}", "recipient-accepted")
            case.accepted.append(recipient)
            case.related_user.add(recipient)
        case.attempted = True

    @property
    def current(self) -> Case:
        assert self.case is not None
        return self.case

    def rejection_items(self, auth: str = "") -> str:
        """What stands between the host and `rejected`: X= and CV= on newer Exims, F=, A=."""
        items = self.host
        if self.gateway.dialect.modern and self.tls and self.tls.logged:
            items += f" X={self.tls.logged} CV=no"
            self.current.modern = True
            self.current.tls = self.tls
        return f"{items} F=<{self.current.sender}>{auth}"

    def refuse(self, recipient: str, reason: str | None, *, temporary: bool = False, auth: str = "") -> None:
        case = self.current
        word = "temporarily rejected" if temporary else "rejected"
        self.refusal(reason, temporary)
        text = f"{self.rejection_items(auth)} {word} RCPT <{recipient}>{': ' + reason if reason else ''}"
        self.write(text, "temporarily-rejected" if temporary else "rejected")
        case.refused.append(recipient)
        case.related_user.add(recipient)

    def refusal(self, reason: str | None, temporary: bool = False) -> None:
        self.current.attempted = True
        self.current.refusals.append(Refusal(reason, temporary, int(self.t + 0.03)))

    # DATA

    def data(self) -> str:
        """The header was read: from here on there is a queue id."""
        case = self.current
        self.pause()
        case.root = self.gateway.mint(self.t, self.pid)
        case.queue_ids.append(case.root)
        case.modern |= self.gateway.dialect.long_ids
        self.pause(0.002)
        return case.root

    def dkim(self, signatures: Iterable[Signature]) -> None:
        for signature in signatures:
            bits = f"b={signature.key_bits} " if signature.key_bits else ""
            self.write(
                f"DKIM: d={signature.domain} s={signature.selector} c={signature.canonicalization} "
                f"a={signature.algorithm} {bits}{signature.tags}[{signature.detail}]",
                "dkim-checked",
                with_id=True,
            )
            self.current.signatures.append(signature)
            self.current.modern |= bool(bits)

    def spam(self, verdict: str, *, flags: str = "", extra: str = "") -> None:
        """The verdict line of the Commtouch or Cyren engine, and its list."""
        gateway, case = self.gateway, self.current
        cached = gateway.rng.random() < 0.15
        asked = int(self.t) - (gateway.rng.randrange(600, 20_000) if cached else 0)
        ref_id = f"0001.0A09020{gateway.rng.randrange(1, 10)}.{asked:08X}.{gateway.vendor_counter():04X}"
        if gateway.rng.random() < 0.1:
            ref_id += ":SCFSTAT79219218"
        number = {"Unknown": 1, "Suspect": 2, "Bulk": 3, "Confirmed": 4}[verdict]
        raw = min(number, 3)
        shared = ",sh" if cached else ""
        case.spam = {"ref_id": ref_id, "cached": cached}
        if gateway.dialect.spam == "ctasd-old":
            old = gateway.rng.choice((",vtr=str,vl=0", ""))
            items = f"ss={raw}{shared}{old},fgs=0"
        else:
            score = gateway.rng.choice(("0.000", "0.000", "-4.000", "1.250"))
            items = f"ss={raw}{shared},re={score},recu=0.000,reip=0.000{extra},cl={number},cld=1,fgs=0{flags}"
            case.spam |= {"class": number, "scores": {"re": float(score), "recu": 0.0, "reip": 0.0}}
        case.verdict = verdict
        self.write(f"ctasd reports '{verdict}' RefID:str={ref_id},{items}", "spam-checked", with_id=True)

    def spam_failure(self, tail: str, *, twice: bool = False) -> None:
        self.current.spam_error = True
        self.write(f"spam acl condition: {tail}", "spam-check-failed", with_id=True)
        if twice:
            self.write(f"spam acl condition: {tail}", "spam-check-failed", with_id=True, priority=PANIC_LOG)

    def receive(
        self,
        message_id: str | None,
        *,
        size: int = 0,
        protocol: str | None = None,
        auth: str = "",
        summary: str | None = None,
        items: str = "",
        tail: str = "",
        arrow: str = "<=",
    ) -> Case:
        """The `<=` line: the message is in the queue, the attempt is over."""
        gateway, case, dialect = self.gateway, self.current, self.gateway.dialect
        if case.root is None:
            self.data()
        if protocol is None:
            protocol = "esmtp" + ("s" if self.tls else "") + ("a" if auth else "")
            if not auth and gateway.rng.random() < 0.1:
                protocol = "smtps" if self.tls else "smtp"
        size = size or gateway.rng.randrange(900, 200_000)
        parts = [f"{arrow} {case.sender or '<>'} {self.host} P={protocol}"]
        if self.tls and self.tls.logged:
            parts.append(f"X={self.tls.logged}")
            parts += ["CV=no"] if dialect.modern else []
            case.modern |= dialect.modern
        parts += [part for part in (auth, items) if part]
        if dialect.modern and gateway.rng.random() < 0.5:
            parts.append("K")
            case.modern = True
        parts.append(f"S={size}")
        if summary and dialect.modern:
            parts.append(f"DKIM={summary}")
            case.dkim_summary, case.modern = summary, True
        if message_id:
            parts.append(f"id={message_id}")
        case.received, case.size, case.message_id = True, size, message_id
        case.tls, case.plaintext, case.internal = self.tls, self.tls is None, self.client.loopback
        assert case.root is not None
        case.pending.add(case.root)
        self.write(" ".join(parts) + tail, "message-received", with_id=True)
        self.case = None
        return case

    def reject_after_data(self, reason: str | None, headers: Iterable[str] = (), *, what: str = "after DATA") -> Case:
        """Refused on content: the main-log line, then the reject log's copy with envelope and headers."""
        case = self.current
        line = f"{self.rejection_items()} rejected {what}{': ' + reason if reason else ''}"
        self.refusal(reason)
        self.write(line, "rejected", with_id=True)
        headers = list(headers)
        if headers:
            shown = [f"<{recipient}>" for recipient in case.accepted[:5]]
            envelope = "\n    ".join(shown + ["..."] * (len(case.accepted) > 5))
            body = "\n".join([f"Envelope-from: <{case.sender}>", f"Envelope-to: {envelope}", *headers])
            self.write(f"{line}\n{body}\n", "rejected", with_id=True, priority=REJECT_LOG)
        self.case = None
        return case


def is_host_name(name: str) -> bool:
    return bool(name) and all(chr(c).isalnum() or c in b".-_" for c in to_bytes(name))
