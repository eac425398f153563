"""`utm-shipper listen` as a process of its own."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.sources.syslog.station import PATIENCE

MAIL = re.compile(rb"\S+ \S+ (?:exim|exim-in|exim-out|smtpd)[\[:]")
"""Lines of the programs that are kept unless told otherwise."""


def as_lines(messages: Sequence[bytes]) -> bytes:
    return b"".join(message + b"\n" for message in messages)


class Listening:
    """A process that listens on loopback, and the ports that it said."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        assert process.stderr
        self.said = [process.stderr.readline()]
        while process.poll() is None and "listening on" not in self.said[-1]:
            self.said.append(process.stderr.readline())
        ports = dict(re.findall(r"(udp|tcp) 127\.0\.0\.1:(\d+)", self.said[-1]))
        self.udp, self.tcp = int(ports["udp"]), int(ports["tcp"])

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.tcp), PATIENCE)

    def send(self, data: bytes) -> None:
        with self.connect() as connection:
            connection.sendall(data)

    def end(self, number: signal.Signals = signal.SIGTERM) -> str:
        """Sends the signal and gives what was said since the beginning."""
        self.process.send_signal(number)
        _, rest = self.process.communicate(timeout=PATIENCE)
        return rest


@contextmanager
def listening(spool: Path, *options: str, **environ: str) -> Iterator[Listening]:
    places = ["--udp", "127.0.0.1:0", "--tcp", "127.0.0.1:0", "--allow", "127.0.0.1"]
    process = subprocess.Popen(
        [sys.executable, "-m", "shipper", "listen", "--spool", str(spool), *places, *options],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environ},
    )
    with process:
        try:
            yield Listening(process)
        finally:
            process.kill()
