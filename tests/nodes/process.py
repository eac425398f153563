"""A distribution's node as a process: started, waited for, killed."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.nodes.tree import Tree

START_SECONDS = 180
SETTINGS = {
    "discovery.type": "single-node",
    "network.host": "127.0.0.1",
    "transport.port": "0",
    "cluster.routing.allocation.disk.threshold_enabled": "false",
}

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def running(tree: Tree, program: str, settings: dict[str, str], is_ready: Callable[[], bool]) -> Iterator[None]:
    """Runs `bin/<program>` until the end of the block; `is_ready` is asked until it agrees."""
    log = tree.home / "logs" / "console.log"
    node = start(tree, program, SETTINGS | settings, log)
    try:
        wait(node, is_ready, log)
        yield
    finally:
        kill(node)


def answers(url: str, headers: dict[str, str] | None = None, context: ssl.SSLContext | None = None) -> bool:
    """Whether a GET of `url` gives a 200."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))
    try:
        with direct.open(urllib.request.Request(url, headers=headers or {}), timeout=10) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def start(tree: Tree, program: str, settings: dict[str, str], log: Path) -> subprocess.Popen[bytes]:
    """The node as a process of its own, whose console goes to `log`."""
    options = [option for name, value in settings.items() for option in ("-E", f"{name}={value}")]
    temporary = str(tree.home / "tmp")
    with log.open("wb") as output:
        return subprocess.Popen(
            [str(tree.home / "bin" / program), *options],
            cwd=tree.home,
            env=tree.environment() | {"ES_TMPDIR": temporary, "OPENSEARCH_TMPDIR": temporary},
            user=tree.owner,
            group=tree.owner,
            extra_groups=[] if tree.owner else None,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_die_with_parent,
        )


def _die_with_parent() -> None:
    """Set last before the program starts, as Linux forgets it when the process changes its user."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def wait(node: subprocess.Popen[bytes], is_ready: Callable[[], bool], log: Path) -> None:
    """Returns when it is ready. Raises RuntimeError when it ends, or takes too long."""
    end = time.monotonic() + START_SECONDS
    while not is_ready():
        if node.poll() is not None:
            raise RuntimeError(f"the node ended with {node.returncode}: {_tail(log)}")
        if time.monotonic() > end:
            raise RuntimeError(f"the node was not ready within {START_SECONDS} s: {_tail(log)}")
        time.sleep(0.5)


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-20:])


def kill(node: subprocess.Popen[bytes]) -> None:
    """Ends it at once, as a power cut would."""
    with suppress(ProcessLookupError):
        os.killpg(node.pid, signal.SIGKILL)
    node.wait()
