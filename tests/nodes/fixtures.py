"""The real search nodes of a test session. A test that asks for one fails, and never skips, where it cannot be had."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from shipper.embedded import EmbeddedNode


@pytest.fixture(scope="session")
def opensearch() -> Iterator[str]:
    """The URL of an embedded OpenSearch 3.4 node."""
    with EmbeddedNode.start() as node:
        yield node.url
