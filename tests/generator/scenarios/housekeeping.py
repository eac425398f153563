"""Lines that belong to no message: the daemon's, the queue runner's, smtpd's, and those of unknown processes."""

from __future__ import annotations

from tests.generator.gateway import IN, OUT, Gateway
from tests.generator.model import IGNORED, Line
from tests.generator.scenarios.registry import scenario


@scenario(2, documents=False)
def daemon_restart(gateway: Gateway, at: float) -> None:
    kind, pid = gateway.dialect, gateway.daemon
    ports = "listening for SMTP on port 25 (IPv6 and IPv4) and for SMTPS on port 465 (IPv6 and IPv4)"
    start = f"exim {kind.version} daemon started: pid={pid}, no queue runs, {ports}"
    gateway.exim(at, IN, pid, f"pid {pid}: SIGHUP received: re-exec daemon", "daemon")
    gateway.exim(at + 0.4, IN, pid, start, "daemon")
    runner = gateway.pid(at)
    text = f"exim {kind.version} daemon started: pid={runner}, -q1m, not listening for SMTP"
    gateway.exim(at + 0.9, OUT, runner, text, "daemon")


@scenario(3, documents=False)
def queue_run(gateway: Gateway, at: float) -> None:
    runner = gateway.pid(at)
    for later, word in ((0, "Start"), (3.1, "End")):
        gateway.exim(at + later, OUT, runner, f"{word} queue run: pid={runner}", "daemon")


@scenario(3, documents=False)
def smtpd_master(gateway: Gateway, at: float) -> None:
    texts = (
        "(Re-)loading configuration from Confd",
        "QR globally disabled, status one set to 'disabled'",
        "QR globally disabled, status two set to 'disabled'",
        "Sending QR one",
        "Sending QR two",
    )
    gateway.smtpd(at, "MASTER", gateway.master, gateway.rng.choice(texts), "daemon")
    gateway.smtpd(at + 1, "SCANNER", gateway.scanner(at + 1), "Nothing to do, exiting.", "daemon")


@scenario(1, documents=False)
def unknown_process(gateway: Gateway, at: float) -> None:
    pid = gateway.pid(at)
    gateway.other(at, "pop3proxy", pid, "Master started", "daemon")
    gateway.other(at + 0.1, "cssd", pid + 1, "exim-in[1]: 2019-06-10 11:04:40 1haLqi-0002Mp-2G Completed")
    gateway.other(at + 0.2, "kernel", None, "[12345.678] nothing to do with mail")


@scenario(1, documents=False)
def unknown_text(gateway: Gateway, at: float) -> None:
    pid = gateway.pid(at)
    gateway.exim(at, IN, pid, "a text that fits no shape <= H= => id=", "unrecognized")
    gateway.smtpd(at + 0.2, "SCANNER", gateway.scanner(at), "also nothing that anyone knows", "unrecognized")


@scenario(0.5, documents=False)
def empty_lines(gateway: Gateway, at: float) -> None:
    for number in range(2):
        moment = at + number * 0.3
        line = Line(b"", int(moment), None, "", IGNORED, host=gateway.host, at=moment, shape=gateway.scenario)
        gateway.add(line)
