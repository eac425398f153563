"""An Elasticsearch core: what Maven Central has of it. Its REST root `GET /` is missing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tests.nodes.process import answers, free_port, running
from tests.nodes.tree import Artifact, unpacked

VERSION = "8.19.4"
ELASTICSEARCH = Artifact(
    f"org/elasticsearch/distribution/integ-test-zip/elasticsearch/{VERSION}/elasticsearch-{VERSION}.zip",
    "553088b4c0f60f04d7c63da609aaeae372c483159f4fb8013599e91233aab0de",
)


@contextmanager
def elasticsearch_node() -> Iterator[str]:
    """Gives the URL."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    settings = {"xpack.security.enabled": "false", "http.port": str(port)}
    health = f"{url}/_cluster/health?wait_for_status=yellow&timeout=5s"
    with unpacked(ELASTICSEARCH) as tree, running(tree, "elasticsearch", settings, lambda: answers(health)):
        yield url
