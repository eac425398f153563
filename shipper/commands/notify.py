"""Tells systemd how it stands with a service of `Type=notify`: what `sd_notify` does, without its library."""

from __future__ import annotations

import socket
from collections.abc import Mapping

_VARIABLE = "NOTIFY_SOCKET"
_MORE_SECONDS = 300


class Notifier:
    """Sends a state as one datagram to the socket that systemd names; without one, all methods do nothing.

    `address` is a path, or `@name` of an abstract socket, as in sd_notify(3). systemd may be gone or deaf: that is no
    trouble of ours, so a datagram that cannot be sent is dropped.
    """

    def __init__(self, address: str = "") -> None:
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) if address else None
        if self._socket:
            self._socket.setblocking(False)

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Notifier:
        """Speaks to who started this process."""
        return cls(environ.get(_VARIABLE, ""))

    def starting(self, status: str) -> None:
        """It is not ready yet, and has not failed: systemd gives it some minutes more."""
        self._send(f"EXTEND_TIMEOUT_USEC={_MORE_SECONDS * 1_000_000}\nSTATUS={_one_line(status)}")

    def ready(self, status: str) -> None:
        """The service works now; the watchdog starts to count."""
        self._send(f"READY=1\nSTATUS={_one_line(status)}")

    def alive(self, status: str = "") -> None:
        """Keeps the watchdog quiet; `status` is what `systemctl status` shows from now on."""
        self._send(f"WATCHDOG=1\nSTATUS={_one_line(status)}" if status else "WATCHDOG=1")

    def stopping(self) -> None:
        """The service is on its way out."""
        self._send("STOPPING=1")

    def close(self) -> None:
        """Nothing more is sent."""
        if self._socket:
            self._socket.close()
        self._socket = None

    def _send(self, state: str) -> None:
        if self._socket is None:
            return
        try:
            self._socket.sendto(state.encode("utf-8", "replace"), self._address)
        except OSError:
            return


def _one_line(status: str) -> str:
    return " ".join(status.split())
