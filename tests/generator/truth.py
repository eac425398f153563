"""What the script of one message amounts to: the expected message document, from the contract, never from the log."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.generator.ciphers import DEFAULT_POLICY
from tests.generator.facts import Client, Delivery, Refusal, Signature, domain_of, present
from tests.generator.ids import decode
from tests.generator.model import Line
from tests.generator.roll_ups import dkim_roll_ups, tls_roll_ups
from tests.generator.syslog import as_read, iso
from tests.generator.tls import Tls

OBSERVER = {"vendor": "Sophos", "product": "UTM", "type": "email-gateway"}
SPAM_RESULTS = {"Unknown": "clean", "Suspect": "suspect", "Bulk": "bulk", "Confirmed": "confirmed"}


@dataclass(slots=True)
class Case:
    """The script of one message, or of one refused attempt, as far as the log can tell it."""

    key: int
    host: str
    scenario: str = ""
    lines: list[Line] = field(default_factory=list)
    root: str | None = None
    queue_ids: list[str] = field(default_factory=list)
    pending: set[str] = field(default_factory=set)  # ids that have not left the queue
    client: Client | None = None
    tls: Tls | None = None
    plaintext: bool = False
    sender: str | None = None  # as exim-in logged it, "" for the null sender
    scanned_sender: str | None = None
    accepted: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    received: bool = False
    attempted: bool = False  # something was tried in this transaction: without, there is no document
    abandoned: bool = False
    message_id: str | None = None
    subject: str | None = None  # as SecureMail logged it
    shown_subject: str | None = None  # T="..." of the `<=` line
    size: int | None = None
    scanned_size: int | None = None
    signatures: list[Signature] = field(default_factory=list)
    dkim_error: bool = False
    dkim_summary: str | None = None
    modern: bool = False  # a line of this message shows an Exim of 4.91 or later
    verdict: str | None = None
    spam: dict[str, Any] = field(default_factory=dict)
    spam_error: bool = False
    spam_exception: bool = False
    internal: bool = False
    disposition: dict[str, str] = field(default_factory=dict)
    waiting_for_sandbox: bool = False
    discarded: bool = False
    discarded_because: str | None = None  # other than by the scanner
    left_because: str | None = None  # what the line says that tells of the client's leaving
    requeues: int = 0
    bounce_of: str | None = None
    deliveries: dict[str, list[Delivery]] = field(default_factory=dict)
    related_ip: set[str] = field(default_factory=set)
    related_hosts: set[str] = field(default_factory=set)
    related_user: set[str] = field(default_factory=set)

    def last_states(self) -> list[Delivery]:
        return [tries[-1] for tries in self.deliveries.values()]

    def recipients(self) -> list[str]:
        return self.accepted or list(self.deliveries)

    def status(self) -> str:
        if not self.received:
            if self.refusals:
                return "temporarily_rejected" if all(r.temporary for r in self.refusals) else "rejected"
            if self.abandoned:
                return "abandoned"
        if self.disposition.get("name") == "email quarantined":
            return "quarantined"
        if self.discarded:
            return "discarded"
        states = {delivery.recipient: delivery.status for delivery in self.last_states()}
        wanted = [states.get(recipient) for recipient in self.recipients()]
        if wanted and all(state == "delivered" for state in wanted):
            return "delivered"
        if wanted and set(wanted) == {"delivered", "failed"}:
            return "partially_delivered"
        if wanted and all(state == "failed" for state in wanted):
            return "failed"
        return "deferred" if "deferred" in wanted else "in_progress"

    def reason(self, status: str) -> str | None:
        if status in ("rejected", "temporarily_rejected"):
            wanted = [r for r in self.refusals if r.temporary == (status == "temporarily_rejected")]
            return wanted[0].reason
        if status in ("failed", "deferred", "partially_delivered"):
            wanted_state = "deferred" if status == "deferred" else "failed"
            return next((d.reason for d in reversed(self.last_states()) if d.status == wanted_state), None)
        if status in ("quarantined", "discarded"):
            return self.discarded_because or self.disposition.get("reason")
        return self.left_because if status == "abandoned" else None

    def document(self, policy: str = DEFAULT_POLICY) -> dict[str, Any]:
        status = self.status()
        start, end = min(line.utc for line in self.lines), max(line.utc for line in self.lines)
        when = decode(self.root)[0] if self.root else (self.refusals[0].utc if self.refusals else self._last_utc())
        outcome = {"delivered": "success"} | dict.fromkeys(("failed", "rejected", "abandoned"), "failure")
        sender = self._sender()
        reason = self.reason(status)
        return {
            "@timestamp": iso(when),
            "event": present(
                kind="event", category="email", dataset="sophos_utm.smtp_message", start=iso(start), end=iso(end),
                outcome=outcome.get(status, "unknown"), reason=as_read(reason) if reason else None,
            )
            | {"duration": (end - start) * 1_000_000_000},
            "host": {"name": self.host},
            "observer": dict(OBSERVER),
            "email": present(
                local_id=self.root, message_id=self.message_id and as_read(self.message_id),
                subject=as_read(self.subject or self.shown_subject or ""),
                sender=None if sender is None else {"address": as_read(sender) or "<>"},
                to=present(address=[as_read(address) for address in self.recipients()]),
            ),
            **self._source(),
            **self._tls_fields(),
            "related": present(
                ip=sorted(self.related_ip),
                hosts=sorted(as_read(name) for name in self.related_hosts),
                user=sorted(as_read(address) for address in self.related_user if address),
            ),
            "sophos": {"utm": self._utm(status, policy)},
        }  # fmt: skip

    def _sender(self) -> str | None:
        """As smtpd logs it, without SRS; else as exim-in did."""
        return self.sender if self.scanned_sender is None else self.scanned_sender

    def _last_utc(self) -> int:
        """An abandoned attempt without an id: the line that says so, else the one that ended the session."""
        ends = {line.action: line.utc for line in self.lines}
        return next(ends[action] for action in ENDINGS if action in ends)

    def _source(self) -> dict[str, Any]:
        if not self.client:
            return {}
        return {"source": present(ip=self.client.ip, port=self.client.port, domain=self.client.name)}

    def _tls_fields(self) -> dict[str, Any]:
        if self.tls:
            return {"tls": self.tls.ecs()}
        return {"tls": {"established": False}} if self.plaintext else {}

    def _utm(self, status: str, policy: str) -> dict[str, Any]:
        utm: dict[str, Any] = {
            "status": status,
            "complete": self._complete(status),
            "event_count": len(self.lines),
        }
        utm |= present(
            queue_ids=list(self.queue_ids),
            rejected_recipients=[as_read(address) for address in self.refused],
            bounce_of=self.bounce_of,
            helo=self.client.shown_helo if self.client else None,
            size=present(received=self.size, scanned=self.scanned_size),
            spam=self._spam(),
            dkim=self._dkim(),
            disposition={key: as_read(value) for key, value in self.disposition.items() if value},
            deliveries=[tries[-1].document(len(tries)) for tries in self.deliveries.values()],
            tls=self._tls_roll_ups(policy),
        )
        if self.queue_ids:
            utm["requeues"] = self.requeues
        if self.sender is not None:
            srs = self.sender.upper().startswith(("SRS0", "SRS1"))
            utm["sender"] = {"envelope": as_read(self.sender) or "<>", "srs": srs, "null": self.sender == ""}
            utm["sender"] |= present(domain=domain_of(as_read(self._sender() or "")))
        return utm

    def _tls_roll_ups(self, policy: str) -> dict[str, Any]:
        told = self.client is not None and (self.tls is not None or self.plaintext)
        local = self.client is not None and self.client.loopback
        return tls_roll_ups(self.tls, told, local, self.last_states(), policy)

    def _complete(self, status: str) -> bool:
        if status in ("rejected", "temporarily_rejected", "abandoned", "quarantined", "discarded"):
            return True
        return not self.pending and not self.waiting_for_sandbox

    def _spam(self) -> dict[str, Any]:
        if self.verdict:
            return {"result": SPAM_RESULTS[self.verdict], "verdict": self.verdict, **self.spam}
        if self.spam_error:
            return {"result": "error", "not_checked_reason": "error"}
        if not self.received:
            return {}
        why = "exception" if self.spam_exception else "internal" if self.internal else "unknown"
        return {"result": "not_checked", "not_checked_reason": why}

    def _dkim(self) -> dict[str, Any]:
        signatures = self.signatures
        if not signatures and self.dkim_summary:
            signatures = [Signature(self.dkim_summary, "", "", "", None, "pass", None)]
        if not signatures:
            if not self.received:
                return {}
            if self.dkim_error or self.modern:
                return {"result": "unknown"}
            return {"result": "none", "count": 0, "passed": 0, "failed": 0}
        return dkim_roll_ups(signatures, self._sender())


ENDINGS = ("message-abandoned", "connection-lost", "connection-closed")
