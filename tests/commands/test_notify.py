"""What systemd gets: datagrams on a real socket."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from shipper.commands.notify import Notifier


@pytest.fixture(params=["path", "abstract"])
def systemd(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, socket.socket]]:
    """The address as systemd gives it, and its end of the socket."""
    name = str(tmp_path / "notify") if request.param == "path" else f"@utm-shipper-{uuid4().hex}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(name.replace("@", "\0", 1))
        listener.settimeout(5)
        yield name, listener


def test_each_state_is_one_datagram(systemd: tuple[str, socket.socket]) -> None:
    address, listener = systemd
    notifier = Notifier.from_environment({"NOTIFY_SOCKET": address})

    notifier.starting("no cluster")
    notifier.ready("following 2 logs")
    notifier.alive()
    notifier.alive("12 lines stored\nWATCHDOG=trigger, für immer")
    notifier.stopping()
    notifier.close()

    assert [listener.recv(4096).decode() for _ in range(5)] == [
        "EXTEND_TIMEOUT_USEC=300000000\nSTATUS=no cluster",
        "READY=1\nSTATUS=following 2 logs",
        "WATCHDOG=1",
        "WATCHDOG=1\nSTATUS=12 lines stored WATCHDOG=trigger, für immer",
        "STOPPING=1",
    ]


@pytest.mark.parametrize("environ", [{}, {"NOTIFY_SOCKET": ""}, {"NOTIFY_SOCKET": "/nowhere/to/be/found"}])
def test_nobody_who_listens_is_no_trouble(environ: dict[str, str]) -> None:
    notifier = Notifier.from_environment(environ)
    notifier.ready("")
    notifier.alive("still here")
    notifier.stopping()
    notifier.close()
    notifier.alive()


def test_a_systemd_that_does_not_read_holds_nothing_up(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "notify"))
        notifier = Notifier(str(tmp_path / "notify"))
        for _ in range(2000):
            notifier.alive("x" * 1000)
        notifier.close()
        listener.setblocking(False)
        assert listener.recv(4096) == b"WATCHDOG=1\nSTATUS=" + b"x" * 1000
