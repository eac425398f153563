"""The OpenSearch adapter: opensearch-py's connection without its transport, whose retries, sniffing and raising on
statuses would come between our bulk loop and the answers."""

from __future__ import annotations

import ssl
import warnings
from collections.abc import Mapping
from typing import Any

from opensearchpy.connection.http_urllib3 import Urllib3HttpConnection
from opensearchpy.exceptions import OpenSearchException, OpenSearchWarning
from urllib3.exceptions import HTTPError

from shipper.cluster.connection import ConnectionSettings, Host
from shipper.cluster.faults import unreachable
from shipper.cluster.http import CONNECTIONS_PER_HOST
from shipper.cluster.interface import Answer

_EVERY_STATUS = range(100, 600)


class OpenSearchSender:
    """One host through opensearch-py."""

    def __init__(self, host: Host, settings: ConnectionSettings) -> None:
        # Deprecation headers of the server are no talk for a user's terminal.
        warnings.filterwarnings("ignore", category=OpenSearchWarning)
        self.host = host
        self._settings = settings
        self._connection = Urllib3HttpConnection(
            host=host.name,
            port=host.port,
            url_prefix=host.prefix,
            timeout=settings.timeout,
            pool_maxsize=CONNECTIONS_PER_HOST,
            **_tls_options(host, settings),
        )

    def send(self, method: str, target: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
        try:
            status, answered, text = self._connection.perform_request(
                method, target, body=body, headers=headers, ignore=_EVERY_STATUS
            )
        except (OpenSearchException, HTTPError, OSError) as error:
            raise unreachable(error, self.host, self._settings) from None
        return Answer(
            status=status,
            body=text.encode("utf-8", "surrogatepass"),
            headers={name.lower(): value for name, value in answered.items()},
            url=self.host.url,
        )

    def close(self) -> None:
        self._connection.close()


def _tls_options(host: Host, settings: ConnectionSettings) -> dict[str, Any]:
    if host.scheme != "https":
        return {}
    return {
        "use_ssl": True,
        "verify_certs": settings.verify_certificates,
        "ssl_show_warn": False,
        "ca_certs": settings.ca_file or ssl.get_default_verify_paths().cafile,
    }
