"""Sockets that are listened on: what is said of them, and why one cannot be had."""

from __future__ import annotations

import socket

import pytest

from shipper.errors import ListenError
from shipper.sources.syslog import sockets
from shipper.sources.syslog.sockets import Door, open_doors


def test_doors_are_open_and_closed_again() -> None:
    with open_doors({"udp": ("127.0.0.1", 0), "tcp": ("localhost", 0)}) as doors:
        ports = [door.socket.getsockname()[1] for door in doors]
        assert [door.transport for door in doors] == ["udp", "tcp"]
        assert doors[0].describe() == f"udp 127.0.0.1:{ports[0]}"
        assert doors[1].socket.type == socket.SOCK_STREAM
    assert [door.socket.fileno() for door in doors] == [-1, -1]


def test_an_ipv6_address_is_described_in_brackets() -> None:
    class Bound:
        def getsockname(self) -> tuple[str, int, int, int]:
            return "2001:db8::1", 6514, 0, 0

    assert Door("tls", Bound()).describe() == "tls [2001:db8::1]:6514"  # type: ignore[arg-type]


def test_an_address_of_another_machine_is_a_clear_error() -> None:
    with (
        pytest.raises(ListenError, match=r"^cannot listen on udp 192\.0\.2\.1:5514: Cannot assign requested address$"),
        open_doors({"udp": ("192.0.2.1", 5514)}),
    ):
        pytest.fail("it was opened")


def test_a_port_that_needs_a_privilege_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*place: object) -> socket.socket:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(sockets, "_open", refuse)
    with pytest.raises(ListenError) as caught, open_doors({"tcp": ("0.0.0.0", 514)}):
        pytest.fail("it was opened")

    assert str(caught.value) == (
        "cannot listen on tcp 0.0.0.0:514: Permission denied; "
        "a port below 1024 needs a privilege; choose another or grant CAP_NET_BIND_SERVICE"
    )
