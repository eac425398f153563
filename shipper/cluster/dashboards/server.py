"""One OpenSearch Dashboards or Kibana: where it is, and one request to it."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

import msgspec

from shipper.cluster.connection import ConnectionSettings
from shipper.cluster.dashboards.products import DashboardsProduct, ProductName
from shipper.cluster.http import Sender
from shipper.cluster.interface import Answer


class Destination(msgspec.Struct, frozen=True):
    """Where in a server the objects go.

    `tenant`: of OpenSearch's security plugin; `space`: of Kibana, or a workspace of OpenSearch Dashboards;
    `data_source`: id of a data source of OpenSearch Dashboards, whose title the server appends to ours.
    """

    tenant: str | None = None
    space: str | None = None
    data_source: str | None = None
    data_source_title: str = ""


class DashboardsConnection(msgspec.Struct, frozen=True):
    """How to reach a server: `connection` with one URL; `product` overrides what the server says it is.

    `wait`: seconds in which a server that is starting has to become ready.
    """

    connection: ConnectionSettings
    destination: Destination = Destination()
    product: ProductName | None = None
    wait: float = 120.0


class DashboardsServer:
    """A server that was found out, and the place in it. `version` is empty where the server keeps it to itself."""

    def __init__(self, sender: Sender, product: DashboardsProduct, version: str, destination: Destination) -> None:
        self.product = product
        self.version = version
        self.destination = destination
        self._sender = sender

    @property
    def where(self) -> str:
        """The URL without secrets, for messages."""
        return self._sender.host.url

    def __repr__(self) -> str:
        return f"DashboardsServer({self.product.title} {self.version} at {self.where})"

    def placed_at(self, destination: Destination) -> DashboardsServer:
        """The same server, another place in it."""
        return DashboardsServer(self._sender, self.product, self.version, destination)

    def call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: bytes | None = None,
        content_type: str = "application/json",
    ) -> Answer:
        """Sends one request to the destination, once. Any status is an answer. Raises `UnreachableError`."""
        headers = {self.product.xsrf: "true"}
        if body is not None:
            headers["content-type"] = content_type
        if self.destination.tenant is not None:
            headers["securitytenant"] = self.destination.tenant
        return send(self._sender, method, self.target(path, params), headers, body)

    def target(self, path: str, params: Mapping[str, str] | None = None) -> str:
        """The path of a request within the server's own prefix."""
        space = f"{self.product.space_path}/{self.destination.space}" if self.destination.space else ""
        return f"{space}{path}?{urlencode(params)}" if params else f"{space}{path}"

    def close(self) -> None:
        """Closes the idle connections."""
        self._sender.close()


def send(
    sender: Sender, method: str, target: str, headers: Mapping[str, str] | None = None, body: bytes | None = None
) -> Answer:
    """Sends one request with the credentials."""
    login = {"authorization": sender.host.authorization} if sender.host.authorization else {}
    return sender.send(method, target, {**(headers or {}), **login}, body)
