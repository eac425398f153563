"""The most memory that an export needs: from logs, and from a server that hands out as many messages as wanted."""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from shipper.model import iso_date
from shipper.retrieval import read_logs
from shipper.sources.files import find_logs
from tests.benchmarks.log import StressLog
from tests.benchmarks.process import run
from tests.pipeline.running import preparation

_SECONDS_APART = 7
_FIRST = 1_560_000_000
INDEX = "utm-smtp-{}-2019"


@dataclass(frozen=True)
class Exported:
    """`peak` in bytes; `said` is what the program told."""

    way: str
    messages: int
    peak: int
    processor_seconds: float
    said: str


def measure(log: StressLog, folder: Path, messages: int) -> Iterator[Exported]:
    """An export to Parquet of about so many messages each way."""
    yield from_logs(log, folder, messages)
    yield from_server(log, folder, messages)


def from_logs(log: StressLog, folder: Path, messages: int) -> Exported:
    """Of a log that holds about so many."""
    path = log.write(folder / "export.log", messages * log.lines_of_a_block // sum(log.statuses.values()))
    exported = _export("logs", [str(path)], folder / "logs")
    path.unlink()
    return exported


def from_server(log: StressLog, folder: Path, messages: int) -> Exported:
    """Of what answers like a cluster."""
    with served(log.write(folder / "small.log", min(log.lines_of_a_block, 30_000)), messages) as url:
        return _export("cluster", ["--url", url], folder / "cluster")


def _export(way: str, options: list[str], to: Path) -> Exported:
    used = run(["export", *options, "--to", str(to), "--format", "parquet"])
    manifest = json.loads((to / "export.json").read_bytes())
    messages = sum(part["messages"] for part in manifest["parts"])
    for file in to.iterdir():
        file.unlink()
    return Exported(way, messages, used.peak, used.processor_seconds, used.said.partition("Name:")[0])


@contextmanager
def served(log: Path, messages: int) -> Iterator[str]:
    """The URL of what answers like a cluster with so many messages: those of a log, again and again, ever later."""
    with read_logs(find_logs([str(log)]), preparation(), on_notice=lambda words: None) as archive:
        patterns = list(archive.messages())
        lines: dict[str, list[tuple[str, bytes]]] = defaultdict(list)
        for event in archive.events():
            if queue_id := event["sophos"]["utm"].get("queue_id"):
                moment = round(datetime.fromisoformat(event["@timestamp"]).timestamp() * 1000)
                lines[queue_id].append((event["@timestamp"], _hit("events", event.pop("_id"), event, moment)))
    with _Server(patterns, lines, messages) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


def _hit(kind: str, id: str, source: dict[str, Any], sort: int) -> bytes:
    hit = {"_index": INDEX.format(kind), "_id": id, "_source": source, "sort": [sort, sort]}
    return json.dumps(hit).encode()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, patterns: list[Any], lines: dict[str, list[tuple[str, bytes]]], messages: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.patterns = [
            json.dumps({name: value for name, value in pattern.items() if name not in ("_id", "@timestamp")}).encode()[
                1:
            ]
            for pattern in patterns
        ]
        self.lines = lines
        self.messages = messages

    def answer(self, path: str, body: dict[str, Any]) -> bytes:
        """The cluster's words."""
        if path == "/":
            return b'{"version": {"distribution": "opensearch", "number": "3.4.0"}}'
        if path.startswith("/_resolve/"):
            kind = "events" if "-events-" in path else "messages"
            return json.dumps({"indices": [{"name": INDEX.format(kind), "attributes": ["open"]}]}).encode()
        if path.startswith("/_search?"):
            hits = self._page(body) if body["pit"]["id"] == "messages" else self._lines_of(body)
            wrapped = b'{"pit_id": "%s", "_shards": {}, "hits": {"hits": [%s]}}'
            return wrapped % (body["pit"]["id"].encode(), b",".join(hits))
        if path.partition("?")[0].endswith("/_count"):
            return b'{"count": %d}' % self.messages
        return b'{"pit_id": "%s"}' % (b"events" if "-events-" in path else b"messages")

    def _page(self, body: dict[str, Any]) -> Iterator[bytes]:
        begun = body.get("search_after", [0, -1])[1] + 1
        return map(self._message, range(begun, min(begun + body["size"], self.messages)))

    def _message(self, number: int) -> bytes:
        second = _FIRST + number * _SECONDS_APART // 10
        rest = self.patterns[number % len(self.patterns)]
        place = (INDEX.format("messages").encode(), number, second * 1000, number, iso_date(second).encode())
        return (
            b'{"_index": "%s", "_id": "%020d", "sort": [%d, %d], "_source": {"@timestamp": "%s", ' % place + rest + b"}"
        )

    def _lines_of(self, body: dict[str, Any]) -> list[bytes]:
        if "search_after" in body:
            return []
        terms = [f["terms"] for f in body["query"]["bool"]["filter"] if "terms" in f]
        queue_ids = next((term["sophos.utm.queue_id"] for term in terms if "sophos.utm.queue_id" in term), ())
        return [hit for _, hit in sorted(found for queue_id in queue_ids for found in self.lines.get(queue_id, ()))]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        if self.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        answer = self.server.answer(self.path, json.loads(body or b"{}"))
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_POST = do_DELETE = _answer

    def log_message(self, *args: object) -> None:
        pass
