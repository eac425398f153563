"""A connected cluster of each product, and names that no other test uses."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest

from shipper.cluster import Cluster, ConnectionSettings, connect
from shipper.cluster.templates import TemplateOptions


@pytest.fixture(params=["opensearch", "elasticsearch"])
def cluster(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """Each product in turn."""
    connected = connect(ConnectionSettings(urls=(request.getfixturevalue(request.param),)))
    yield connected
    connected.close()


@pytest.fixture
def options() -> TemplateOptions:
    """Templates of this test alone."""
    return TemplateOptions(prefix=f"test-{uuid4().hex[:12]}")
