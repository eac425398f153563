"""The Elasticsearch adapter: elastic-transport's node without its transport, for the reasons in `opensearch.py`."""

from __future__ import annotations

import ssl
from collections.abc import Mapping

from elastic_transport import HttpHeaders, NodeConfig, TransportError, Urllib3HttpNode
from urllib3.exceptions import HTTPError

from shipper.cluster.connection import ConnectionSettings, Host
from shipper.cluster.faults import unreachable
from shipper.cluster.http import CONNECTIONS_PER_HOST
from shipper.cluster.interface import Answer


class ElasticsearchSender:
    """One host through elastic-transport."""

    def __init__(self, host: Host, settings: ConnectionSettings) -> None:
        self.host = host
        self._settings = settings
        self._node = Urllib3HttpNode(_node_config(host, settings))

    def send(self, method: str, target: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
        try:
            meta, answered = self._node.perform_request(method, target, body=body, headers=HttpHeaders(headers))
        except (TransportError, HTTPError, OSError) as error:
            raise unreachable(error, self.host, self._settings) from None
        return Answer(
            status=meta.status,
            body=answered,
            headers={name.lower(): value for name, value in meta.headers.items()},
            url=self.host.url,
        )

    def close(self) -> None:
        self._node.close()


def _node_config(host: Host, settings: ConnectionSettings) -> NodeConfig:
    secure = host.scheme == "https"
    return NodeConfig(
        scheme=host.scheme,
        host=host.name,
        port=host.port,
        path_prefix=host.prefix,
        request_timeout=settings.timeout,
        connections_per_node=CONNECTIONS_PER_HOST,
        verify_certs=settings.verify_certificates,
        ca_certs=(settings.ca_file or ssl.get_default_verify_paths().cafile) if secure else None,
        ssl_show_warn=False,
    )
