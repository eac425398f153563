"""A network between a shipper and its node: it can be away, and it can be bad."""

from __future__ import annotations

import gzip
import random
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread

from tests.sinks.fault_proxy import (
    Exchange,
    Fault,
    Request,
    garbage,
    half_an_answer,
    refuse_items,
    reset,
    reset_after_storing,
    status,
)

STALL_SECONDS = 3.0
"""Longer than the timeout of a shipper in these tests."""
MOST_BYTES = 6000
"""Of a body on the wire: a storm takes no larger ones."""

_HTML = b"<html><head><title>Bad Gateway</title></head><body><h1>502</h1>nginx</body></html>"
_OTHERS = b'{"name": "somebody", "items": [{"create": {"status": 201}}], "docs": [{"_version": 99}]}'


class Network:
    """`fault` says what happens to a request, None that it passes. `asked` are the time and target of each."""

    def __init__(self, node: str) -> None:
        self._node = node
        self._place = socket.socket()
        self._place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        self._place.bind(("127.0.0.1", 0))
        self._server: _Server | None = None
        self._change = Lock()
        self.fault: Callable[[Request, int], Fault | None] = lambda request, size: None
        self.asked: list[tuple[float, str]] = []

    @property
    def url(self) -> str:
        """Also while it is away: its port is kept, though nobody listens there."""
        return f"http://127.0.0.1:{self._place.getsockname()[1]}"

    def up(self) -> None:
        with self._change:
            if self._server is None:
                self._server = _Server(self._place.getsockname(), type("Handler", (_Handler,), {"network": self}))
                Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def down(self) -> None:
        """Connections are refused, those that are there are cut."""
        with self._change:
            server, self._server = self._server, None
            if server:
                server.shutdown()
                server.server_close()
                server.cut()

    def close(self) -> None:
        self.down()
        self._place.close()

    def away(self, exchange: Exchange) -> None:
        """A fault: this connection is cut, and the next ones are refused for a moment."""
        exchange.reset()
        self.down()
        time.sleep(0.3)
        self.up()

    def handle(self, exchange: Exchange, size: int) -> None:
        self.asked.append((time.monotonic(), exchange.request.target))
        fault = self.fault(exchange.request, size)
        if fault:
            fault(exchange)
        else:
            exchange.reply(*exchange.forward())

    @property
    def node(self) -> str:
        return self._node


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    network: Network

    def _serve(self) -> None:
        raw = self.rfile.read(int(self.headers.get("content-length") or 0))
        is_packed = self.headers.get("content-encoding") == "gzip"
        request = Request(self.command, self.path, gzip.decompress(raw) if is_packed else raw, is_packed)
        self.network.handle(Exchange(request, self, self.network.node), len(raw))

    do_GET = do_PUT = do_POST = do_DELETE = _serve

    def log_message(self, *args: object) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_port = True

    def __init__(self, *arguments: object) -> None:
        self._connections: list[socket.socket] = []
        super().__init__(*arguments)  # type: ignore[arg-type]

    def get_request(self) -> tuple[socket.socket, object]:
        connection, address = super().get_request()
        self._connections.append(connection)
        return connection, address

    def cut(self) -> None:
        for connection in self._connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, *args: object) -> None:
        """A fault that cuts its own connection is no error to print."""


def stall(exchange: Exchange) -> None:
    """Half of the answer comes, the rest never."""
    code, body = exchange.forward()
    exchange.reply(code, body, cut_at=len(body) // 2)
    time.sleep(STALL_SECONDS)
    exchange.handler.close_connection = True


class Storm:
    """Deals every fault equally often, in an order that the seed tells, and between them whole answers.

    `dealt` counts them, `too large` among them: bodies over `MOST_BYTES` are always refused.
    """

    def __init__(self, network: Network, seed: int) -> None:
        self._rng = random.Random(seed)
        self._lock = Lock()
        self._decks: dict[bool, list[tuple[str, Fault | None]]] = {True: [], False: []}
        self.dealt: Counter[str] = Counter()
        common: dict[str, Fault | None] = {
            "away": network.away,
            "reset before": reset,
            "reset after": reset_after_storing,
            "stalled": stall,
            "truncated": half_an_answer,
            "too many requests": status(429, b'{"error": {"type": "rejected", "reason": "busy"}}'),
            "unavailable": status(503, b""),
            "bad gateway": status(502, _HTML),
            "garbage": garbage,
            "not the cluster's": status(200, _OTHERS),
        }
        self._faults = {True: common | {"items refused": self._refuse_some}, False: common}

    @property
    def kinds(self) -> set[str]:
        return {*self._faults[True], "too large"}

    def __call__(self, request: Request, size: int) -> Fault | None:
        is_bulk = request.target.startswith("/_bulk")
        with self._lock:
            if is_bulk and size > MOST_BYTES:
                self.dealt["too large"] += 1
                return status(413, _HTML)
            name, fault = self._next(is_bulk)
            self.dealt[name] += fault is not None
            return fault

    def _next(self, is_bulk: bool) -> tuple[str, Fault | None]:
        deck = self._decks[is_bulk]
        if not deck:
            deck += [*self._faults[is_bulk].items(), *[("", None)] * len(self._faults[is_bulk])]
            self._rng.shuffle(deck)
        return deck.pop()

    def _refuse_some(self, exchange: Exchange) -> None:
        ids = {id for id in exchange.request.ids if self._rng.random() < 0.5}
        refuse_items(ids, 429, "es_rejected_execution_exception")(exchange)


@contextmanager
def network(node: str) -> Iterator[Network]:
    """Stands before the node; nobody listens there until it is told."""
    between = Network(node)
    try:
        yield between
    finally:
        between.close()
