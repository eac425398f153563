"""A node ends with its owner, however the owner ends, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from shipper.embedded import DownloadError, EmbeddedNode, NodeError
from shipper.embedded.jars import fetch_jars
from tests.embedded.test_embedded import ask

SECONDS_TO_END = 20

OWNER = """
import time
from shipper.embedded import EmbeddedNode

with EmbeddedNode.start(on_progress=lambda words: print(words, flush=True)) as node:
    print("pid", node.pid, flush=True)
    time.sleep(600)
"""


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def has_ended(pid: int) -> bool:
    end = time.monotonic() + SECONDS_TO_END
    while is_alive(pid) and time.monotonic() < end:
        time.sleep(0.1)
    return not is_alive(pid)


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]


def owner_in(folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", OWNER],
        env=os.environ | {"TMPDIR": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def read_until(owner: subprocess.Popen[str], start: str) -> str:
    assert owner.stdout
    return next(line for line in owner.stdout if line.startswith(start))


@pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGINT])
def test_a_running_node_ends_with_its_owner(blow: signal.Signals, tmp_path: Path) -> None:
    with owner_in(tmp_path) as owner:
        pid = int(read_until(owner, "pid").split()[1])
        owner.send_signal(blow)
    assert has_ended(pid)
    assert list(tmp_path.iterdir()) == []


def test_a_starting_node_ends_with_its_owner(tmp_path: Path) -> None:
    with owner_in(tmp_path) as owner:
        read_until(owner, "starting")
        time.sleep(2)
        (pid,) = children(owner.pid)
        owner.kill()
    assert has_ended(pid)
    assert list(tmp_path.iterdir()) == []


def test_a_data_folder_outlives_its_node(tmp_path: Path) -> None:
    with EmbeddedNode.start(data_dir=tmp_path) as node:
        ask(f"{node.url}/kept/_doc/1?refresh=true", "PUT", {"subject": "hello"})
    assert not is_alive(node.pid)
    with EmbeddedNode.start(data_dir=tmp_path) as again:
        assert ask(f"{again.url}/kept/_doc/1")["_source"] == {"subject": "hello"}


def test_a_taken_port_is_one_clear_line(opensearch: str) -> None:
    taken = int(opensearch.rpartition(":")[2])
    with pytest.raises(NodeError) as refusal:
        EmbeddedNode.start(http_port=taken)
    assert refusal.value.advice == "something else listens on that port: stop it, or choose another port"
    assert "\n" not in str(refusal.value)


def test_an_unreachable_maven_central_is_one_clear_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    with pytest.raises(DownloadError) as refusal:
        fetch_jars(lambda words: None, tmp_path)
    assert refusal.value.advice.startswith("check that Maven Central can be reached")
    assert "\n" not in str(refusal.value)
