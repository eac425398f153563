"""Deliveries that did not work at once: deferrals, failures, bounces, requeues."""

from __future__ import annotations

from tests.generator.flows import arrive
from tests.generator.gateway import Gateway
from tests.generator.outbound import Run, Try, bounce, deliver, deliver_all, ok, refused_by, server_for
from tests.generator.scanner import Job, requeue, scan
from tests.generator.scenarios.registry import scenario

HOUR = 3600.0


def sent(gateway: Gateway, at: float, recipients: int = 1) -> Job:
    """A message of an inside user, scanned and ready to go out."""
    to = gateway.users(recipients, local=False)
    case, t = arrive(gateway, at, client=gateway.inside(at), sender=gateway.local_user(), recipients=to)
    return scan(gateway, case, t)[0]


def remote_says(gateway: Gateway, recipient: str, code: int, words: str, stage: str = "RCPT TO") -> Try:
    server = server_for(gateway, recipient)
    text = refused_by(server, recipient, code, words, stage)
    if gateway.dialect.modern:
        text = text.replace(f": host {server.name} [{server.ip}]", "")
    status = "failed" if code >= 500 else "deferred"
    number = {"RCPT TO": -44, "MAIL FROM": -45}.get(stage, -46)
    return Try(recipient, status, server, code=number, text=text, blamed=True, answer=(code, words))


def unanswered(gateway: Gateway, recipient: str) -> Try:
    """Deferred for a reason of the network."""
    number, text, blamed = gateway.rng.choice(
        (
            (110, "Connection timed out", False),
            (111, "Connection refused", False),
            (-53, "retry time not reached for any host", False),
            (-37, "failure while setting up TLS session", False),
            (-1, "host lookup did not complete", False),
        )
    )
    server = server_for(gateway, recipient)
    return Try(recipient, "deferred", server, code=number, text=text, blamed=blamed, transported=number != -1)


def not_yet(recipient: str) -> Try:
    return Try(recipient, "deferred", None, code=-51, text="retry time not reached", routed=False)


def gave_up(recipient: str) -> Try:
    return Try(recipient, "failed", None, text="retry timeout exceeded", routed=False)


def failed_for_good(gateway: Gateway, recipient: str) -> Try:
    return gateway.rng.choice(
        (
            remote_says(gateway, recipient, 550, "5.1.1 User unknown"),
            remote_says(gateway, recipient, 554, "5.7.1 Rejected as spam", "end of data"),
            Try(recipient, "failed", None, text="Unrouteable address", routed=False),
        )
    )


@scenario(5)
def deferred_then_delivered(gateway: Gateway, at: float) -> None:
    job = sent(gateway, at)
    recipient, t = job.recipients[0], job.t
    for number in range(gateway.rng.randrange(1, 6)):
        result = not_yet(recipient) if number == 1 else remote_says(gateway, recipient, 450, "4.2.0 Greylisted")
        t = deliver(gateway, job, [result], at=t, done=False) + gateway.rng.uniform(60, 4 * HOUR)
    deliver(gateway, job, [ok(gateway, recipient)], at=t)


@scenario(2)
def deferred_for_days(gateway: Gateway, at: float) -> None:
    job = sent(gateway, at)
    recipient, t = job.recipients[0], job.t
    for _ in range(gateway.rng.randrange(8, 20)):
        t = deliver(gateway, job, [unanswered(gateway, recipient)], at=t, done=False)
        t += gateway.rng.uniform(2, 8) * HOUR
    if gateway.rng.random() < 0.5:
        deliver(gateway, job, [ok(gateway, recipient)], at=t)
        return
    run = Run(gateway, job, t)
    run.attempt(unanswered(gateway, recipient))
    run.attempt(gave_up(recipient))
    report = bounce(gateway, job.case, job.queue_id, run.t)
    run.t += 0.1
    run.completed()
    deliver_all(gateway, report)


@scenario(1)
def still_deferred(gateway: Gateway, at: float) -> None:
    """The log ends before the retry succeeds."""
    job = sent(gateway, at, 2)
    deliver(gateway, job, [ok(gateway, job.recipients[0]), unanswered(gateway, job.recipients[1])], done=False)


@scenario(4)
def failed_with_bounce(gateway: Gateway, at: float) -> None:
    job = sent(gateway, at)
    run = Run(gateway, job, job.t)
    run.attempt(failed_for_good(gateway, job.recipients[0]))
    report = bounce(gateway, job.case, job.queue_id, run.t)
    run.t += 0.1
    run.completed()
    deliver_all(gateway, report)


@scenario(2)
def partly_failed(gateway: Gateway, at: float) -> None:
    job = sent(gateway, at, 3)
    good, *bad = job.recipients
    run = Run(gateway, job, job.t)
    run.attempt(ok(gateway, good))
    for name in bad:
        run.attempt(failed_for_good(gateway, name))
    report = bounce(gateway, job.case, job.queue_id, run.t)
    run.t += 0.1
    run.completed()
    deliver_all(gateway, report)


@scenario(1)
def frozen_bounce(gateway: Gateway, at: float) -> None:
    """Nobody takes the bounce: it is parked, and dropped days later."""
    job = sent(gateway, at)
    run = Run(gateway, job, job.t)
    run.attempt(failed_for_good(gateway, job.recipients[0]))
    report = bounce(gateway, job.case, job.queue_id, run.t)
    run.t += 0.1
    run.completed()
    parked = Run(gateway, report, run.t)
    parked.attempt(remote_says(gateway, report.recipients[0], 550, "5.1.1 User unknown"))
    parked.write("Frozen (delivery error message)", "frozen")
    if gateway.rng.random() < 0.4:
        return
    recipient = report.recipients[0]
    steps = (("Message is frozen",), ("Unfrozen by errmsg timer",))
    ends = (("cancelled by timeout_frozen_after",), (f"{recipient}: error ignored",))
    for number, texts in enumerate((*steps, gateway.rng.choice(ends)), 1):
        later = Run(gateway, report, parked.t + number * 24 * HOUR)
        for text in texts:
            later.write(text, "frozen")
    later.completed()


def go_round(gateway: Gateway, at: float, *, deferred: bool) -> None:
    job = sent(gateway, at)
    recipient, t = job.recipients[0], job.t
    for _ in range(gateway.rng.randrange(1, 5)):
        result = unanswered(gateway, recipient) if deferred else failed_for_good(gateway, recipient)
        t = deliver(gateway, job, [result], at=t, done=False) + gateway.rng.uniform(60, 3 * HOUR)
        job = requeue(gateway, job, t)
        t = job.t
    if gateway.rng.random() < 0.7:
        deliver(gateway, job, [ok(gateway, recipient)], at=t)
        return
    run = Run(gateway, job, t)
    run.attempt(failed_for_good(gateway, recipient))
    report = bounce(gateway, job.case, job.queue_id, run.t)
    run.t += 0.1
    run.completed()
    deliver_all(gateway, report)


@scenario(3)
def requeued_after_failure(gateway: Gateway, at: float) -> None:
    go_round(gateway, at, deferred=False)


@scenario(3)
def requeued_after_deferral(gateway: Gateway, at: float) -> None:
    go_round(gateway, at, deferred=True)
