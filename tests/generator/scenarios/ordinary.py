"""What most mail goes through."""

from __future__ import annotations

from tests.generator.flows import arrive, attempt, usual_tls
from tests.generator.gateway import Gateway
from tests.generator.outbound import deliver, deliver_all, ok
from tests.generator.pools import SRS_SENDERS
from tests.generator.scanner import DROPPED, PASSED, QUARANTINED, SANDBOXED, Scanner, Verdict, scan
from tests.generator.scenarios.registry import scenario
from tests.generator.session import Session


@scenario(40)
def delivered(gateway: Gateway, at: float) -> None:
    case, t = arrive(gateway, at)
    deliver_all(gateway, scan(gateway, case, t)[0])


@scenario(25)
def outbound(gateway: Gateway, at: float) -> None:
    case, t = arrive(
        gateway, at, client=gateway.inside(at), sender=gateway.local_user(), recipients=[gateway.remote_user()]
    )
    deliver_all(gateway, scan(gateway, case, t)[0])


@scenario(4)
def unwrapped_srs(gateway: Gateway, at: float) -> None:
    """smtpd undoes the sender rewriting of a forwarder."""
    sender, original = gateway.rng.choice(SRS_SENDERS)
    case, t = arrive(gateway, at, sender=sender)
    case.scanned_sender = original
    deliver_all(gateway, scan(gateway, case, t)[0])


@scenario(8)
def several_recipients(gateway: Gateway, at: float) -> None:
    recipients = gateway.users(gateway.rng.randrange(2, 6))
    case, t = arrive(gateway, at, recipients=recipients)
    job = scan(gateway, case, t)[0]
    first = ok(gateway, recipients[0])
    rest = [ok(gateway, name, first.server, arrow="->", reply=first.reply) for name in recipients[1:]]
    deliver(gateway, job, [first, *rest])


@scenario(5)
def fan_out(gateway: Gateway, at: float) -> None:
    """One exim-in id becomes one smtpd id for each recipient."""
    recipients = gateway.users(gateway.rng.randrange(2, 5))
    case, t = arrive(gateway, at, recipients=recipients)
    for job in scan(gateway, case, t, groups=[([name], Verdict()) for name in recipients]):
        deliver_all(gateway, job)


@scenario(1)
def fan_out_partly_quarantined(gateway: Gateway, at: float) -> None:
    recipients = gateway.users(2)
    case, t = arrive(gateway, at, recipients=recipients)
    fates = [([recipients[0]], Verdict()), ([recipients[1]], Verdict(QUARANTINED, "as"))]
    deliver_all(gateway, scan(gateway, case, t, groups=fates)[0])


@scenario(4)
def incoming_bounce(gateway: Gateway, at: float) -> None:
    """A null sender from outside; smtpd writes it as `<>` or not at all."""
    case, t = arrive(gateway, at, sender="")
    deliver_all(gateway, scan(gateway, case, t, bare=gateway.rng.random() < 0.3)[0])


@scenario(9)
def quarantined(gateway: Gateway, at: float) -> None:
    reasons = (("as", ""), ("as", "confirmed"), ("av", "EICAR-AV-Test"), ("ext", "doc"), ("exp", "viagra.*"))
    more = (("mime", "application/x-msdownload"), ("unscannable", ""))
    found = gateway.rng.choice(("Bulk", "Bulk", "Confirmed", "Confirmed", "Suspect"))
    case, t = arrive(gateway, at, verdict=found if gateway.dialect.spam != "none" else None)
    reason, extra = gateway.rng.choice(reasons + more)
    scan(gateway, case, t, verdict=Verdict(QUARANTINED, reason, extra))


@scenario(2)
def dropped_by_scanner(gateway: Gateway, at: float) -> None:
    case, t = arrive(gateway, at)
    scan(gateway, case, t, verdict=Verdict(DROPPED, "as", "confirmed"))


@scenario(3)
def sandboxed(gateway: Gateway, at: float) -> None:
    """Held for the sandbox, answered minutes later under the same queue id."""
    case, t = arrive(gateway, at)
    job = scan(gateway, case, t, verdict=Verdict(SANDBOXED))[0]
    answer = Scanner(gateway, t + gateway.rng.uniform(60, 900))
    fine = gateway.rng.random() < 0.7
    answer.dispose(job, Verdict(PASSED) if fine else Verdict(QUARANTINED, "av", "Sandstorm"), role="SANDBOX")
    if fine:
        deliver_all(gateway, job)


@scenario(0.5)
def waiting_for_sandbox(gateway: Gateway, at: float) -> None:
    case, t = arrive(gateway, at)
    scan(gateway, case, t, verdict=Verdict(SANDBOXED))


@scenario(0.5)
def only_received(gateway: Gateway, at: float) -> None:
    """The log ends, or was lost, before the scanner took it."""
    arrive(gateway, at)


@scenario(0.5)
def only_scanned(gateway: Gateway, at: float) -> None:
    case, t = arrive(gateway, at)
    scan(gateway, case, t)


@scenario(1)
def late_lines(gateway: Gateway, at: float) -> None:
    """The client hangs on, so its close line comes after everything is completed."""
    session = Session(gateway, at, gateway.client(at), tls=usual_tls(gateway)).connect()
    case = attempt(session, gateway.remote_user(), [gateway.local_user()])
    session.t = deliver_all(gateway, scan(gateway, case, session.t)[0]) + gateway.rng.uniform(1, 240)
    session.close(gateway.rng.choice(("closed by QUIT", "closed by EOF", "lost", "closed after SIGTERM")))
