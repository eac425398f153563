"""An OpenSearch with its security plugin: HTTPS, users, roles.

It is a 2.19, as the security plugin of 3.4 needs plugins that Maven Central's core of 3.4 does not carry.
"""

from __future__ import annotations

import base64
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.nodes.process import answers, free_port, running
from tests.nodes.tree import Artifact, Tree, unpacked

VERSION = "2.19.4"
OPENSEARCH = Artifact(
    f"org/opensearch/distribution/integ-test-zip/opensearch/{VERSION}/opensearch-{VERSION}.zip",
    "3902e642715210d1d9d7cbdcc8f5abd6f931d1d7a679cea3750937becf16c406",
)
SECURITY_PLUGIN = Artifact(
    f"org/opensearch/plugin/opensearch-security/{VERSION}.0/opensearch-security-{VERSION}.0.zip",
    "1f673622c462c4171a8c53f9b1ad20e5b839834cb79b0d3b388da180a0e514e8",
)
PASSWORD = "Utm-shipper_7-tests!"


@dataclass(frozen=True)
class SecuredNode:
    """Where the node is and how to get in; `user` is its administrator."""

    url: str
    user: str
    password: str
    ca_file: Path

    def tls(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.ca_file))

    def basic_credentials(self) -> dict[str, str]:
        pair = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        return {"Authorization": f"Basic {pair}"}


@contextmanager
def secured_opensearch_node() -> Iterator[SecuredNode]:
    port = free_port()
    with unpacked(OPENSEARCH) as tree:
        _install_security(tree)
        node = SecuredNode(f"https://127.0.0.1:{port}", "admin", PASSWORD, tree.home / "config" / "root-ca.pem")
        with running(tree, "opensearch", {"http.port": str(port)}, lambda: _is_ready(node)):
            yield node


def _install_security(tree: Tree) -> None:
    plugin = SECURITY_PLUGIN.file()
    local = tree.home / "tmp" / plugin.name
    local.write_bytes(plugin.read_bytes())
    tree.run("bin/opensearch-plugin", "install", "--batch", local.as_uri())
    tools = "plugins/opensearch-security/tools"
    tree.run(
        "bash", f"{tools}/install_demo_configuration.sh", "-y", "-i", "-s", OPENSEARCH_INITIAL_ADMIN_PASSWORD=PASSWORD
    )


def _is_ready(node: SecuredNode) -> bool:
    health = f"{node.url}/_cluster/health?wait_for_status=yellow&timeout=5s"
    return answers(health, node.basic_credentials(), node.tls())
