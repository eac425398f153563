"""A proxy before the real node that goes wrong on demand: real sockets, real answers, faults in between."""

from __future__ import annotations

import gzip
import http.client
import json
import socket
import struct
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from urllib.parse import urlsplit


@dataclass
class Request:
    """One request as the proxy got it; `body` is not compressed any more."""

    method: str
    target: str
    body: bytes
    compressed: bool

    @property
    def ids(self) -> list[str]:
        """The `_id` of each operation of a `_bulk` body."""
        return [next(iter(action.values()))["_id"] for action, _ in operations(self.body)]


Reply = tuple[int, bytes]
Fault = Callable[["Exchange"], None]


@dataclass
class Exchange:
    """One request under way: what a fault may do with it."""

    request: Request
    handler: BaseHTTPRequestHandler
    node: str

    def forward(self, body: bytes | None = None) -> Reply:
        """Lets the node do it (with another body, if given) and returns the node's reply."""
        parts = urlsplit(self.node)
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=60)
        headers = {"content-type": self.handler.headers.get("content-type") or "application/json"}
        sent = self.request.body if body is None else body
        connection.request(self.request.method, self.request.target, body=sent, headers=headers)
        answer = connection.getresponse()
        reply = (answer.status, answer.read())
        connection.close()
        return reply

    def reply(self, status: int, body: bytes, *, cut_at: int | None = None) -> None:
        """Sends the reply; with `cut_at` only so many bytes of its body."""
        self.handler.send_response(status)
        self.handler.send_header("content-type", "application/json")
        self.handler.send_header("content-length", str(len(body)))
        self.handler.end_headers()
        self.handler.wfile.write(body[:cut_at])

    def reset(self) -> None:
        """Ends the connection with RST."""
        no_lingering = struct.pack("ii", 1, 0)
        self.handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, no_lingering)
        self.handler.connection.close()
        self.handler.close_connection = True


def operations(body: bytes) -> Iterator[tuple[dict, bytes]]:
    """Each operation of a `_bulk` body: its action and all its bytes."""
    lines = iter(body.splitlines(keepends=True))
    for line in lines:
        action = json.loads(line)
        yield action, line if "delete" in action else line + next(lines)


def status(code: int, body: bytes = b'{"error": {"type": "made_up", "reason": "fault"}}') -> Fault:
    """The node never hears of it."""
    return lambda exchange: exchange.reply(code, body)


def reset(exchange: Exchange) -> None:
    exchange.reset()


def reset_after_storing(exchange: Exchange) -> None:
    exchange.forward()
    exchange.reset()


def half_an_answer(exchange: Exchange) -> None:
    code, body = exchange.forward()
    exchange.reply(code, body, cut_at=len(body) // 2)
    exchange.handler.close_connection = True


def garbage(exchange: Exchange) -> None:
    exchange.forward()
    exchange.reply(200, b"<html>\xff\x00 this is fine</html>")


def another_ones_answer(exchange: Exchange) -> None:
    exchange.reply(200, b'{"items": []}')


def refuse_items(ids: set[str], code: int, kind: str, only: str = "") -> Fault:
    """The node gets the other items; these (`only` of one operation, if given) are answered as refused, in place."""

    def fault(exchange: Exchange) -> None:
        every = list(operations(exchange.request.body))
        refused = [next(iter(action.values()))["_id"] in ids and (not only or only in action) for action, _ in every]
        passed = b"".join(raw for (_, raw), no in zip(every, refused, strict=True) if not no)
        stored = iter(json.loads(exchange.forward(passed)[1])["items"] if passed else ())
        no_result = {"status": code, "error": {"type": kind, "reason": "fault"}}
        items = [
            {next(iter(action)): no_result} if no else next(stored)
            for (action, _), no in zip(every, refused, strict=True)
        ]
        exchange.reply(200, json.dumps({"items": items}).encode())

    return fault


def slow(seconds: float) -> Fault:
    def fault(exchange: Exchange) -> None:
        time.sleep(seconds)
        exchange.reply(*exchange.forward())

    return fault


@dataclass
class FaultProxy:
    """`faults` are used up, one per `_bulk` request; `always` goes first and says whether it has dealt with it."""

    node: str
    url: str = ""
    faults: deque[Fault] = field(default_factory=deque)
    always: Callable[[Exchange], bool] = lambda exchange: False
    bulks: list[Request] = field(default_factory=list)
    busy: int = 0
    busiest: int = 0
    lock: Lock = field(default_factory=Lock)

    def handle(self, exchange: Exchange) -> None:
        if not exchange.request.target.startswith("/_bulk"):
            exchange.reply(*exchange.forward())
            return
        with self.lock:
            self.bulks.append(exchange.request)
            self.busy += 1
            self.busiest = max(self.busiest, self.busy)
            fault = self.faults.popleft() if self.faults else None
        try:
            self._answer(exchange, fault)
        finally:
            with self.lock:
                self.busy -= 1

    def _answer(self, exchange: Exchange, fault: Fault | None) -> None:
        if self.always(exchange):
            return
        if fault is not None:
            fault(exchange)
        else:
            exchange.reply(*exchange.forward())


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    proxy: FaultProxy

    def _serve(self) -> None:
        raw = self.rfile.read(int(self.headers.get("content-length") or 0))
        compressed = self.headers.get("content-encoding") == "gzip"
        body = gzip.decompress(raw) if compressed else raw
        request = Request(self.command, self.path, body, compressed)
        self.proxy.handle(Exchange(request, self, self.proxy.node))

    do_GET = do_PUT = do_POST = do_DELETE = _serve

    def log_message(self, *args: object) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *args: object) -> None:
        """A fault that cuts its own connection is no error to print."""


@contextmanager
def fault_proxy(node: str) -> Iterator[FaultProxy]:
    """Stands before the node at a URL of its own."""
    proxy = FaultProxy(node)
    with _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"proxy": proxy})) as server:
        proxy.url = f"http://127.0.0.1:{server.server_port}"
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield proxy
        finally:
            server.shutdown()
