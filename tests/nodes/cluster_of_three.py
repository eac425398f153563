"""A cluster of three OpenSearch nodes, each a process of its own: two are enough for a quorum."""

from __future__ import annotations

import json
import shutil
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from subprocess import Popen
from typing import Any

from tests.nodes.process import answers, free_port, kill, start, wait
from tests.nodes.secured import OPENSEARCH
from tests.nodes.tree import Tree, unpacked

NAMES = ("one", "two", "three")
_HEAP = "-Xms256m\n-Xmx256m\n"


class ClusterOfThree:
    """Nodes by name. What is killed can be started again, with its data, at the same address."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._http = {name: free_port() for name in NAMES}
        self._transport = {name: free_port() for name in NAMES}
        self._processes: dict[str, Popen[bytes]] = {}

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self._http[name]}"

    @property
    def manager(self) -> str:
        """The name of the elected one."""
        (elected,) = self._ask("/_cat/cluster_manager?format=json")
        return str(elected["node"])

    def start_missing(self) -> None:
        """Starts those that do not run; returns when all three are one cluster that has every copy of every shard."""
        for name in NAMES:
            if name in self._processes:
                continue
            self._processes[name] = start(self._tree, "opensearch", self._settings(name), self._log(name))
        self.wait_for("wait_for_nodes=3&wait_for_status=green&wait_for_no_initializing_shards=true")

    def kill(self, name: str) -> None:
        """It is gone, in the middle of whatever it does."""
        kill(self._processes.pop(name))

    def wait_for(self, condition: str) -> None:
        """Until each running node agrees with this condition of the cluster's health."""
        for name, process in self._processes.items():
            wait(process, partial(self._agrees, name, condition), self._log(name))

    def _agrees(self, name: str, condition: str) -> bool:
        gone = {name: process.poll() for name, process in self._processes.items()}
        for ended in (other for other, code in gone.items() if code is not None):
            raise RuntimeError(f"node {ended} has ended: {self._log(ended).read_text(encoding='utf-8')[-3000:]}")
        return answers(f"{self.url(name)}/_cluster/health?timeout=5s&{condition}")

    def end(self) -> None:
        while self._processes:
            self.kill(next(iter(self._processes)))

    def _ask(self, path: str) -> Any:
        with urllib.request.urlopen(self.url(next(iter(self._processes))) + path, timeout=30) as answer:
            return json.load(answer)

    def _log(self, name: str) -> Path:
        return self._tree.home / "logs" / f"console-{name}.log"

    def _settings(self, name: str) -> dict[str, str]:
        return {
            "cluster.name": "three",
            "node.name": name,
            "network.host": "127.0.0.1",
            "http.port": str(self._http[name]),
            "transport.port": str(self._transport[name]),
            "discovery.seed_hosts": ",".join(f"127.0.0.1:{port}" for port in self._transport.values()),
            "cluster.initial_cluster_manager_nodes": ",".join(NAMES),
            "cluster.routing.allocation.disk.threshold_enabled": "false",
            "path.data": str(self._tree.home / "data" / name),
            "path.logs": str(self._tree.home / "logs" / name),
        }


@contextmanager
def cluster_of_three() -> Iterator[ClusterOfThree]:
    """All three, with nothing in them."""
    with unpacked(OPENSEARCH) as tree:
        options = tree.home / "config" / "jvm.options.d" / "heap.options"
        options.write_text(_HEAP, encoding="ascii")
        if tree.owner is not None:
            shutil.chown(options, tree.owner, tree.owner)
        # Each would make it at its first start, and they share the folder.
        tree.run("bin/opensearch-keystore", "create")
        cluster = ClusterOfThree(tree)
        try:
            cluster.start_missing()
            yield cluster
        finally:
            cluster.end()
