"""`python -m tests.benchmarks.bare URL FILE`: posts prepared `_bulk` bodies, and does nothing else.

What is measured against it cannot be faster: the bodies are in memory and compressed before the first is sent. It
prints `{"documents", "seconds", "processor_seconds"}` of the sending alone. Bodies are cut and compressed as by `ship`.
"""

from __future__ import annotations

import gzip
import json
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

from shipper.sinks.bulk_settings import BulkSettings

SETTINGS = BulkSettings()
GZIP_LEVEL = 1
HEADERS = {"content-type": "application/x-ndjson", "content-encoding": "gzip", "accept-encoding": "gzip"}


def bodies(prepared: Path) -> Iterator[tuple[int, bytes]]:
    """(documents, body) for a file in which each document has its action before it."""
    kept, size = list[bytes](), 0
    with prepared.open("rb") as lines:
        for action in lines:
            item = action + next(lines)
            if kept and (size + len(item) > SETTINGS.max_bytes or len(kept) == SETTINGS.max_items):
                yield len(kept), b"".join(kept)
                kept, size = [], 0
            kept.append(item)
            size += len(item)
    if kept:
        yield len(kept), b"".join(kept)


class _Loader:
    """Each thread keeps a connection of its own."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "", parts.port
        self._own = threading.local()

    def post(self, body: bytes) -> None:
        if not hasattr(self._own, "connection"):
            self._own.connection = HTTPConnection(self._host, self._port, timeout=600)
        self._own.connection.request("POST", "/_bulk", body, HEADERS)
        answer = self._own.connection.getresponse()
        told = gzip.decompress(answer.read())
        if answer.status != 200 or b'"errors":false' not in told:
            raise RuntimeError(f"the node answered {answer.status}: {told[:500]!r}")


def main() -> None:
    url, prepared = sys.argv[1:]
    ready = [(count, gzip.compress(body, GZIP_LEVEL)) for count, body in bodies(Path(prepared))]
    loader = _Loader(url)
    begun, used = time.perf_counter(), time.process_time()
    with ThreadPoolExecutor(SETTINGS.in_flight) as threads:
        list(threads.map(loader.post, [body for _, body in ready]))
    found = {
        "documents": sum(count for count, _ in ready),
        "seconds": time.perf_counter() - begun,
        "processor_seconds": time.process_time() - used,
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
