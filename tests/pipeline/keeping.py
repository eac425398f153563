"""A server on loopback that keeps documents as a search node does: `create`, `index`, `delete`, external versions."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any

IDENTITY = {"version": {"distribution": "opensearch", "number": "3.4.0"}}

Key = tuple[str, str]


@dataclass
class Kept:
    """(index, id) -> (version, the document's bytes). After `fail_after` requests all are refused."""

    documents: dict[Key, tuple[int, bytes]] = field(default_factory=dict)
    versions: dict[Key, int] = field(default_factory=dict)
    created: list[Key] = field(default_factory=list)
    bulks: int = 0
    fail_after: int | None = None
    port: int = 0
    lock: Lock = field(default_factory=Lock)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def bulk(self, body: bytes) -> tuple[int, Any]:
        with self.lock:
            self.bulks += 1
            if self.fail_after is not None and self.bulks > self.fail_after:
                return 503, {"error": "away"}
            lines = iter(body.split(b"\n"))
            return 200, {"items": list(self._items(lines))}

    def _items(self, lines: Iterator[bytes]) -> Iterator[dict[str, Any]]:
        for line in lines:
            if not line:
                continue
            ((operation, told),) = json.loads(line).items()
            document = b"" if operation == "delete" else next(lines)
            status = self._store(operation, (told["_index"], told["_id"]), told.get("version"), document)
            yield {operation: {"status": status} | ({} if status < 300 else {"error": {"type": "conflict"}})}

    def _store(self, operation: str, key: Key, version: int | None, document: bytes) -> int:
        if operation == "create":
            if key in self.documents:
                return 409
            self.created.append(key)
        known = self.versions.get(key, 0)
        if version is None:
            version = known + 1
        elif version < known:
            return 409
        self.versions[key] = version
        if operation == "delete":
            self.documents.pop(key, None)
            return 200
        self.documents[key] = (version, document)
        return 201 if operation == "create" else 200

    def mget(self, body: bytes) -> Any:
        return {"docs": [self._found(each) for each in json.loads(body)["docs"]]}

    def _found(self, each: dict[str, str]) -> dict[str, Any]:
        kept = self.documents.get((each["_index"], each["_id"]))
        return each | ({"found": False} if kept is None else {"found": True, "_version": kept[0]})


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def _answer(self) -> None:
        kept: Kept = self.server.kept  # type: ignore[attr-defined]
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        if self.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        path = self.path.partition("?")[0]
        status, told = 200, IDENTITY
        if path == "/_bulk":
            status, told = kept.bulk(body)
        elif path == "/_mget":
            told = kept.mget(body)
        data = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = _answer

    def log_message(self, *args: object) -> None:
        pass


@contextmanager
def keeping() -> Iterator[Kept]:
    kept = Kept()
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        server.daemon_threads = True
        server.kept = kept  # type: ignore[attr-defined]
        kept.port = server.server_port
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield kept
        finally:
            server.shutdown()
