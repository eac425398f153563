"""The real search nodes of a test session. A test that asks for one fails, and never skips, where it cannot be had."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from shipper.embedded import EmbeddedNode
from tests.nodes.elasticsearch import elasticsearch_node
from tests.nodes.secured import SecuredNode, secured_opensearch_node


@pytest.fixture(scope="session")
def opensearch() -> Iterator[str]:
    """The URL of an embedded OpenSearch 3.4 node."""
    with EmbeddedNode.start() as node:
        yield node.url


@pytest.fixture(scope="session")
def elasticsearch() -> Iterator[str]:
    """The URL of an Elasticsearch 8.19 core without security."""
    with elasticsearch_node() as url:
        yield url


@pytest.fixture(scope="session")
def secured_opensearch() -> Iterator[SecuredNode]:
    """An OpenSearch 2.19 that speaks HTTPS only and knows its users."""
    with secured_opensearch_node() as node:
        yield node
