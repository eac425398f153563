"""Opens the sockets that are listened on."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager

import msgspec

from shipper.errors import ListenError
from shipper.sources.syslog.tally import Transport

_BACKLOG = 128

Place = tuple[str, int]
"""A host (address or name) and a port; port 0 is any that is free."""


class Door(msgspec.Struct, frozen=True):
    """A bound socket and what is spoken over it."""

    transport: Transport
    socket: socket.socket

    def describe(self) -> str:
        """`udp 127.0.0.1:5514`, with the port that it really has."""
        host, port, *_ = self.socket.getsockname()
        return f"{self.transport} {f'[{host}]' if ':' in host else host}:{port}"


@contextmanager
def open_doors(places: Mapping[Transport, Place]) -> Iterator[list[Door]]:
    """Binds a socket for each; they are closed at the end. Raises ListenError."""
    with ExitStack() as stack:
        doors = []
        for transport, (host, port) in places.items():
            try:
                opened = stack.enter_context(_open(transport, host, port))
            except OSError as error:
                what = f"cannot listen on {transport} {host}:{port}: {error.strerror or error}"
                advice = "a port below 1024 needs a privilege; choose another or grant CAP_NET_BIND_SERVICE"
                raise ListenError(what, advice=advice if isinstance(error, PermissionError) else "") from error
            doors.append(Door(transport, opened))
        yield doors


def _open(transport: Transport, host: str, port: int) -> socket.socket:
    kind = socket.SOCK_DGRAM if transport == "udp" else socket.SOCK_STREAM
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=kind, flags=socket.AI_PASSIVE)[0]
    opened = socket.socket(family, kind, protocol)
    try:
        opened.setblocking(False)
        if family == socket.AF_INET6:
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        if kind == socket.SOCK_STREAM:
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind(address)
        if kind == socket.SOCK_STREAM:
            opened.listen(_BACKLOG)
    except OSError:
        opened.close()
        raise
    return opened
