"""The gateway: an Exim daemon with the configuration `exim.conf`, and what is asked of its queue."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.real_exim.recorder.ground import SPOOL, Ground
from tests.real_exim.recorder.keys import Certificate
from tests.real_exim.recorder.log import ZONE
from tests.real_exim.recorder.text import readable

SELECTORS = {
    "usual": "+smtp_connection +incoming_port +outgoing_port +subject +dkim_verbose +smtp_confirmation"
    " +smtp_protocol_error +smtp_syntax_error +smtp_no_mail",
    "all": "+all",
}
"""Exim's `log_selector`, by the names that recordings have for them."""

MAILBOXES = ("mailbox", "filed", "piped")
"""Files in its spool folder into which it delivers."""

_USER = "Debian-exim"
_HERE = Path(__file__).parent
_STARTING = 1.5
_QUEUED = re.compile(r"\s*\d+\w\s+\S+\s+(\w+-\w+-\w+) <")
_WAITING = re.compile(r" {10}(\S.*)")


class Gateway:
    """An Exim whose files are below `root`; `program` is its path there."""

    def __init__(self, root: Path, program: str) -> None:
        self._command = ["chroot", str(root), program]

    def version(self) -> str:
        """Such as `4.96`."""
        return self.run("-bV").split()[2]

    def set_up(self, ground: Ground, selector: str) -> Certificate:
        """Writes its configuration, and makes the certificate that it shows."""
        macros = f"SELECTOR = {SELECTORS[selector]}\ntimezone = {ZONE}\n"
        (ground.configuration / "exim4.conf").write_text(macros + (_HERE / "exim.conf").read_text())
        shutil.copy(_HERE / "aliases", ground.configuration)
        subprocess.run([*self._command[:2], "chown", f"{_USER}:", f"/{SPOOL}"], check=True)
        return Certificate.make(ground.configuration)

    @contextmanager
    def running(self) -> Iterator[None]:
        """The daemon listens. At the end it reads its configuration once more before it is stopped."""
        daemon = subprocess.Popen([*self._command, "-bdf"])
        try:
            time.sleep(_STARTING)
            yield
            daemon.send_signal(signal.SIGHUP)
            time.sleep(_STARTING)
        finally:
            daemon.terminate()
            daemon.wait()

    def run(self, *options: str, given: bytes = b"") -> str:
        """What Exim prints when called with these options."""
        done = subprocess.run([*self._command, *options], input=given, capture_output=True, check=True)
        return readable(done.stdout)

    def waiting(self) -> dict[str, list[str]]:
        """The recipients that are still on the queue, by queue id."""
        waiting: dict[str, list[str]] = {}
        for line in self.run("-bp").splitlines():
            if queued := _QUEUED.match(line):
                waiting[queued[1]] = []
            elif recipient := _WAITING.fullmatch(line):
                waiting[next(reversed(waiting))].append(recipient[1])
        return waiting
