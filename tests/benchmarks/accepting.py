"""`python -m tests.benchmarks.accepting [FILE]`: a server on loopback that takes every bulk item and keeps none.

For measuring the shipper alone, over more documents than a real node takes within a day. It prints its port. With a
file, the bodies are added to that.
"""

from __future__ import annotations

import gzip
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock
from typing import IO

ACTION = re.compile(rb'^\{"(create|index|delete)":\{"_index"', re.MULTILINE)
IDENTITY = {"version": {"distribution": "opensearch", "number": "3.4.0"}}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    kept: IO[bytes] | None = None
    one_at_a_time = Lock()

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        if self.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        path = self.path.partition("?")[0]
        if self.kept is not None and path == "/_bulk":
            with self.one_at_a_time:
                self.kept.write(body)
        told = _told(path, body)
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)

    do_GET = do_POST = _answer

    def log_message(self, *args: object) -> None:
        pass


def _told(path: str, body: bytes) -> bytes:
    if path == "/_bulk":
        items = (b'{"%b":{"status":%d}}' % (action, 201 if action == b"create" else 200) for action in _actions(body))
        return b'{"items":[%b]}' % b",".join(items)
    if path == "/_mget":
        return json.dumps({"docs": [each | {"found": False} for each in json.loads(body)["docs"]]}).encode()
    return json.dumps(IDENTITY).encode()


def _actions(body: bytes) -> list[bytes]:
    return ACTION.findall(body)


@contextmanager
def accepting(kept: Path | None = None) -> Iterator[str]:
    """Its URL; it is a process of its own, which adds the bulk bodies to `kept` and has ended with the block."""
    command = [sys.executable, "-m", "tests.benchmarks.accepting", *([str(kept)] if kept else [])]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        try:
            yield f"http://127.0.0.1:{int(server.stdout.readline())}"
        finally:
            server.terminate()


def main(kept: str | None = None) -> None:
    if kept is not None:
        _Handler.kept = Path(kept).open("ab", buffering=0)  # noqa: SIM115, it ends with the process
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        print(server.server_port, flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
