"""A proxy before the real node, and an index name that no other test uses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest

from shipper.cluster import Cluster, ConnectionSettings, connect
from shipper.cluster.answers import ask
from tests.sinks.fault_proxy import FaultProxy, fault_proxy


@pytest.fixture
def proxy(opensearch: str) -> Iterator[FaultProxy]:
    with fault_proxy(opensearch) as standing:
        yield standing


@pytest.fixture
def cluster(proxy: FaultProxy) -> Iterator[Cluster]:
    """The OpenSearch node through the proxy."""
    connected = connect(ConnectionSettings(urls=(proxy.url,)))
    yield connected
    connected.close()


@pytest.fixture
def index(opensearch: str) -> Iterator[str]:
    name = f"bulk-{uuid4().hex[:12]}"
    yield name
    connect(ConnectionSettings(urls=(opensearch,))).call("DELETE", f"/{name}")


@pytest.fixture
def stored(cluster: Cluster, index: str) -> Callable[[], dict[str, object]]:
    """What the node holds: `_id` -> source."""

    def read() -> dict[str, object]:
        ask(cluster, "POST", f"/{index}/_refresh")
        found = ask(cluster, "GET", f"/{index}/_search?size=10000")
        assert found is not None
        return {hit["_id"]: hit["_source"] for hit in found["hits"]["hits"]}

    return read
