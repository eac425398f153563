"""`python -m tests.benchmarks.accepting`: a server on loopback that takes every bulk item and keeps none of them.

For measuring the shipper alone, over more documents than a real node takes within a day. It prints its port.
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

ACTION = re.compile(rb'^\{"(create|index|delete)":\{"_index"', re.MULTILINE)
IDENTITY = {"version": {"distribution": "opensearch", "number": "3.4.0"}}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        if self.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        told = _told(self.path.partition("?")[0], body)
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
def accepting() -> Iterator[str]:
    """Its URL; it is a process of its own."""
    command = [sys.executable, "-m", "tests.benchmarks.accepting"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        try:
            yield f"http://127.0.0.1:{int(server.stdout.readline())}"
        finally:
            server.terminate()


def main() -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        print(server.server_port, flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
