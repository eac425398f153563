"""A real OpenSearch node without Docker, Java or Maven on the machine: for `utm-shipper demo` and for the tests."""

from __future__ import annotations

from shipper.embedded.download import DownloadError
from shipper.embedded.launch import NodeError
from shipper.embedded.node import EmbeddedNode, Progress

__all__ = ["DownloadError", "EmbeddedNode", "NodeError", "Progress"]
