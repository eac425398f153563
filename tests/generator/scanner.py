"""smtpd: the queue manager hands a message over, the scanner gives it new ids and says what becomes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tests.generator.gateway import Gateway
from tests.generator.pools import SUBJECTS
from tests.generator.truth import Case

PASSED, QUARANTINED = ("1000", "email passed"), ("1001", "email quarantined")
SANDBOXED, DROPPED = ("1004", "email sandboxed"), ("1002", "email dropped")


@dataclass(slots=True)
class Job:
    """What lies in the outgoing queue: one smtpd id and its recipients."""

    case: Case
    queue_id: str
    recipients: list[str]
    t: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """The SecureMail line's content."""

    kind: tuple[str, str] = PASSED
    reason: str | None = None
    extra: str = ""


class Scanner:
    """One scanner run over one queue id."""

    def __init__(self, gateway: Gateway, at: float) -> None:
        self.gateway, self.t = gateway, at
        self.pid = gateway.scanner(at, 4.0)

    def pause(self) -> None:
        self.t += self.gateway.rng.uniform(0.004, 0.09)

    def write(self, text: str, action: str, case: Case, queue_id: str, role: str = "SCANNER") -> None:
        self.gateway.smtpd(self.t, role, self.pid, text, action, queue_id=queue_id, cases=(case,))
        self.pause()

    def take_up(self, case: Case, parent: str, recipients: list[str], *, bare: bool = False) -> Job:
        """The join line: a new id, R= names the old one. SRS is gone, prvs= and VERP stay."""
        queue_id = self.gateway.mint(self.t, self.pid)
        if case.scanned_sender is None:
            case.scanned_sender = case.sender or ""
        case.scanned_size = case.scanned_size or max(400, (case.size or 3000) - self.gateway.rng.randrange(4000))
        sender = case.scanned_sender or ("" if bare else "<>")
        self.pause()
        text = f"{queue_id} <= {sender} R={parent} P=INPUT S={case.scanned_size}"
        self.write(text, "scan-started", case, queue_id)
        case.queue_ids.append(queue_id)
        case.pending.add(queue_id)
        case.related_user.add(case.scanned_sender)
        return Job(case, queue_id, recipients, self.t)

    def dispose(self, job: Job, verdict: Verdict, *, role: str = "SCANNER") -> None:
        """The SecureMail line: id, name, who, to whom, subject, and why."""
        case, gateway = job.case, self.gateway
        if case.subject is None:
            case.subject = gateway.rng.choice(SUBJECTS)
        number, name = verdict.kind
        source = case.client.ip if case.client else "127.0.0.1"
        tail = f' reason="{verdict.reason}" extra="{verdict.extra}"' if verdict.reason is not None else ""
        self.write(
            f'id="{number}" severity="info" sys="SecureMail" sub="smtp" name="{name}" srcip="{source}" '
            f'from="{case.scanned_sender}" to="{gateway.comma.join(job.recipients)}" subject="{case.subject}" '
            f'queueid="{job.queue_id}" size="{case.scanned_size}"{tail}',
            "disposition",
            case,
            job.queue_id,
            role,
        )
        case.disposition = {"id": number, "name": name, "reason": verdict.reason or "", "extra": verdict.extra}
        case.waiting_for_sandbox = verdict.kind == SANDBOXED
        case.discarded |= verdict.kind == DROPPED
        case.related_ip.add(source)
        job.t = self.t

    def finish(self, case: Case, queue_id: str) -> None:
        self.write(f"{queue_id} => work R=SCANNER T=SCANNER", "scan-finished", case, queue_id)
        self.write(f"{queue_id} Completed", "completed", case, queue_id)
        case.pending.discard(queue_id)


def move(gateway: Gateway, at: float, case: Case, queue_id: str) -> None:
    gateway.smtpd(
        at, "QMGR", gateway.qmgr, f"{queue_id} moved to work queue", "queued-for-scan", queue_id=queue_id, cases=(case,)
    )


def scan(
    gateway: Gateway,
    case: Case,
    at: float,
    *,
    verdict: Verdict | None = None,
    groups: Sequence[tuple[list[str], Verdict]] = (),
    parent: str | None = None,
    recipients: list[str] | None = None,
    bare: bool = False,
) -> list[Job]:
    """QMGR's line and one scanner run; `groups` fans one id out to several, each with its own recipients and fate."""
    parent = parent or case.root
    assert parent is not None
    at += gateway.rng.uniform(0.3, 2.5)
    move(gateway, at, case, parent)
    scanner = Scanner(gateway, at + gateway.rng.uniform(0.05, 0.6))
    jobs = []
    for to, fate in groups or [(recipients or case.recipients(), verdict or Verdict())]:
        job = scanner.take_up(case, parent, to, bare=bare)
        scanner.dispose(job, fate)
        jobs.append(job)
    scanner.finish(case, parent)
    for job in jobs:
        job.t = scanner.t
    return jobs


def requeue(gateway: Gateway, job: Job, at: float) -> Job:
    """After a failed delivery the message goes round again, under a new id."""
    job.case.requeues += 1
    return scan(gateway, job.case, at, parent=job.queue_id, recipients=job.recipients)[0]
