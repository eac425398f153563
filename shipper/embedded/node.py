"""The embedded node as its user sees it: start, address, stop."""

from __future__ import annotations

import contextlib
import json
import re
import select
import shutil
import tempfile
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from shipper.embedded.jars import OPENSEARCH_VERSION, fetch_jars
from shipper.embedded.launch import NodeError, Order, check_extra, order_for, spawn

Progress = Callable[[str], None]

_START_SECONDS = 180
_HEALTH_SECONDS = 60
_STOP_SECONDS = 30
_LAST_LINES = 3
_LOG_NAME = "node.log"

_STACK_FRAME = re.compile(r"\s+at |\s*\.\.\. \d+ more|\s*$")
_KNOWN_TROUBLES = {
    "Address already in use": "something else listens on that port: stop it, or choose another port",
    "failed to obtain node locks": "another node uses this data folder: stop it, or choose another folder",
    "heap": "check the heap size against the free memory",
}


class EmbeddedNode:
    """A running OpenSearch node on 127.0.0.1; made by `start`, used as a context manager.

    The node lives in a child process that ends with this one, however this one ends.
    """

    def __init__(self, data_dir: Path | None) -> None:
        self._temporary = data_dir is None
        self._home = _made(data_dir) if data_dir else Path(tempfile.mkdtemp(prefix="utm-shipper-node-"))
        self._child = spawn(self._home / _LOG_NAME)
        self.url = ""

    @classmethod
    def start(
        cls,
        data_dir: Path | None = None,
        heap: str = "512m",
        http_port: int = 0,
        on_progress: Progress = lambda words: None,
    ) -> Self:
        """Starts a node and returns when its cluster is yellow or green.

        `data_dir` keeps the indices between runs; without it they live in a temporary folder. `heap` is Java's -Xmx;
        `http_port` 0 takes a free port. Raises `NodeError` or `DownloadError`, each one line with advice.
        """
        check_extra()
        classpath = fetch_jars(on_progress)
        on_progress(f"starting OpenSearch {OPENSEARCH_VERSION}")
        began = time.monotonic()
        node = cls(data_dir)
        try:
            node._bring_up(
                order_for(node._home, temporary=node._temporary, heap=heap, http_port=http_port, classpath=classpath)
            )
        except BaseException:
            node.stop()
            raise
        on_progress(f"OpenSearch {OPENSEARCH_VERSION} is ready at {node.url} after {time.monotonic() - began:.0f} s")
        return node

    @property
    def pid(self) -> int:
        """The process that holds the Java machine."""
        return self._child.pid

    def stop(self) -> None:
        """Ends the node and removes its temporary files; harmless when it has ended already."""
        assert self._child.stdin
        assert self._child.stdout
        with contextlib.suppress(BrokenPipeError):
            self._child.stdin.close()
        try:
            self._child.wait(_STOP_SECONDS)
        finally:
            self._child.kill()
            self._child.wait()
            self._child.stdout.close()
            if self._temporary:
                shutil.rmtree(self._home, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _bring_up(self, order: Order) -> None:
        self._send(order)
        self.url = f"http://127.0.0.1:{self._read_port()}"
        self._wait_for_health()

    def _send(self, order: Order) -> None:
        assert self._child.stdin
        try:
            self._child.stdin.write(msgspec.json.encode(order) + b"\n")
            self._child.stdin.flush()
        except BrokenPipeError as error:
            raise self._died() from error

    def _read_port(self) -> int:
        assert self._child.stdout
        readable, _, _ = select.select([self._child.stdout], [], [], _START_SECONDS)
        if not readable:
            raise _too_slow(_START_SECONDS)
        line = self._child.stdout.readline()
        if not line:
            raise self._died()
        answer = json.loads(line)
        if "trouble" in answer:
            raise _not_started(answer["trouble"])
        return int(answer["http_port"])

    def _wait_for_health(self) -> None:
        address = f"{self.url}/_cluster/health?wait_for_status=yellow&timeout={_HEALTH_SECONDS}s"
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with direct.open(address, timeout=_HEALTH_SECONDS + 5):
                pass
        except OSError as error:
            raise (self._died() if self._child.poll() is not None else _too_slow(_HEALTH_SECONDS)) from error

    def _died(self) -> NodeError:
        return _not_started(_last_words(self._home / _LOG_NAME))


def _made(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise NodeError(f"cannot make the data folder {folder}: {error.strerror}", advice="choose another") from error
    return folder.resolve()


def _not_started(reason: str) -> NodeError:
    one_line = " ".join(reason.split())
    advice = next((advice for sign, advice in _KNOWN_TROUBLES.items() if sign in one_line), "try again")
    return NodeError(f"the embedded OpenSearch did not start: {one_line}", advice=advice)


def _too_slow(seconds: int) -> NodeError:
    return NodeError(
        f"the embedded OpenSearch was not ready within {seconds} s", advice="try again when the machine is less busy"
    )


def _last_words(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    words = [line.strip() for line in lines if not _STACK_FRAME.match(line)]
    return " | ".join(words[-_LAST_LINES:]) or "it said nothing"
