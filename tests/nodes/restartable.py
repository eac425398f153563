"""An OpenSearch node that is killed and started again: same address, same data."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shipper.embedded import EmbeddedNode
from tests.nodes.process import free_port


class RestartableNode:
    """Its data is in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = free_port()
        self._node = self._started()
        self.url = self._node.url

    def _started(self) -> EmbeddedNode:
        return EmbeddedNode.start(self._folder, http_port=self._port)

    def kill(self) -> None:
        """It is gone, in the middle of whatever it does."""
        os.killpg(self._node.pid, signal.SIGKILL)
        self._node.stop()

    def start(self) -> None:
        """Starts it again; what it had stored is there."""
        self._node = self._started()

    def end(self) -> None:
        self._node.stop()


@contextmanager
def restartable_node(folder: Path) -> Iterator[RestartableNode]:
    """A node with nothing in it yet."""
    node = RestartableNode(folder)
    try:
        yield node
    finally:
        node.end()
