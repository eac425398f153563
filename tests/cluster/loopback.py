"""Servers on loopback that are no search cluster."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


class Listener(ThreadingHTTPServer):
    """Answers every request the same way and keeps the headers it got."""

    daemon_threads = True

    def __init__(self, status: int, body: bytes, headers: dict[str, str], port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.answer = (status, body, headers)
        self.heard: list[tuple[str, str, dict[str, str]]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Listener

    def _answer(self) -> None:
        self.rfile.read(int(self.headers.get("content-length") or 0))
        self.server.heard.append((self.command, self.path, {k.lower(): v for k, v in self.headers.items()}))
        status, body, headers = self.server.answer
        self.send_response(status)
        for name, value in (headers | {"content-length": str(len(body))}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_PUT = do_POST = _answer

    def log_message(self, *args: object) -> None:
        pass


@contextmanager
def listening(status: int, body: bytes, headers: dict[str, str] | None = None) -> Iterator[Listener]:
    with Listener(status, body, headers or {}) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()


def unused_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
