"""The log: a system logger that writes what it is sent as the UTM does."""

from __future__ import annotations

import re
import socket
import threading
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

ZONE = "EST5"
"""The gateway's time zone (as POSIX writes it): five hours behind UTC, so that a time without a zone is not UTC."""

_CLOCK = timezone(timedelta(hours=-5))
_DATAGRAM = re.compile(rb"<\d+>\w{3} [ \d]\d \d\d:\d\d:\d\d ([^:]*?: .*)", re.DOTALL)
_LARGEST = 1 << 16


class Log:
    """The lines that came to `socket_path` so far."""

    def __init__(self, socket_path: Path) -> None:
        self._lines: list[bytes] = []
        self._latest = time.monotonic()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _LARGEST << 6)
        self._socket.bind(str(socket_path))
        socket_path.chmod(0o666)
        threading.Thread(target=self._receive, daemon=True).start()

    def _receive(self) -> None:
        while datagram := self._socket.recv(_LARGEST):
            sent = _DATAGRAM.fullmatch(datagram.rstrip(b"\n\0"))
            if sent is None:
                raise ValueError(f"not as syslog() writes it: {datagram!r}")
            now = datetime.now(_CLOCK).strftime("%Y:%m:%d-%H:%M:%S").encode()
            self._lines.append(b"%b gw %b\n" % (now, sent[1].replace(b"\n", b" ")))
            self._latest = time.monotonic()

    def wait_for_silence(self, seconds: float) -> None:
        """Returns when nothing has been logged for so long."""
        while (rest := self._latest + seconds - time.monotonic()) > 0:
            time.sleep(rest)

    def content(self) -> bytes:
        """All of it."""
        return b"".join(self._lines)
