"""Finding out what stands at the other end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from shipper.cluster.answers import read_json, refusal
from shipper.cluster.connection import ConnectionSettings, Host, hosts_of
from shipper.cluster.http import HttpCluster, Sender
from shipper.cluster.interface import Answer, Cluster
from shipper.cluster.products import PRODUCTS, version_numbers
from shipper.errors import AuthenticationError, ClusterError

# `GET /` names the product best, but an Elasticsearch core without its REST module and some gateways do not serve it.
_PROBES = ("/", "/_nodes/_local")


class Identity(msgspec.Struct, frozen=True):
    """What a cluster says about itself; empty where it says nothing."""

    product: str = ""
    version: str = ""


def connect(settings: ConnectionSettings) -> Cluster:
    """Finds out product and version, and gives the adapter for them.

    Raises `SettingsError` (bad URL, CA file or product), `UnreachableError`, `AuthenticationError`, or `ClusterError`
    when what answers is no search cluster or one too old. Tries once: waiting for a cluster is the caller's affair.
    """
    hosts = hosts_of(settings)
    probing = HttpCluster("", "", _senders("elasticsearch", hosts, settings), settings)
    try:
        identity = _identify(probing, settings)
    finally:
        probing.close()
    _check_age(identity, probing.where)
    return HttpCluster(identity.product, identity.version, _senders(identity.product, hosts, settings), settings)


def _senders(product: str, hosts: tuple[Host, ...], settings: ConnectionSettings) -> tuple[Sender, ...]:
    sender = _adapter(product)
    return tuple(sender(host, settings) for host in hosts)


def _adapter(product: str) -> Callable[[Host, ConnectionSettings], Sender]:
    """Imports only the client library that is needed: each takes a noticeable part of the start."""
    if product == "opensearch":
        from shipper.cluster.opensearch import OpenSearchSender

        return OpenSearchSender
    from shipper.cluster.elasticsearch import ElasticsearchSender

    return ElasticsearchSender


def _identify(cluster: Cluster, settings: ConnectionSettings) -> Identity:
    refused: AuthenticationError | None = None
    identity = Identity(product=settings.product or "")
    for path in _PROBES:
        answer = cluster.call("GET", path)
        if answer.status == 401:
            raise _login_refused(answer, settings)
        if answer.status == 403:
            refused = AuthenticationError(str(refusal(answer, f"GET {path}")))
        identity = _merge(identity, _read_identity(answer))
        if identity.product and identity.version:
            return identity
    if identity.product:
        return identity
    if answer.status == 429 or answer.status >= 500:
        raise refusal(answer, f"GET {path}")
    raise refused or ClusterError(
        f"{answer.url} answers, but not like OpenSearch or Elasticsearch",
        advice="check host, port and path of the URL, or name the product (product: opensearch or elasticsearch)",
    )


def _merge(known: Identity, said: Identity) -> Identity:
    return Identity(product=known.product or said.product, version=known.version or said.version)


def _read_identity(answer: Answer) -> Identity:
    """From `GET /` or `GET /_nodes/_local`; a product's header counts on any answer, a refusal included."""
    said = read_json(answer) or {}
    by_header = "elasticsearch" if "x-elastic-product" in answer.headers else ""
    if answer.status != 200:
        return Identity(product=by_header)
    if isinstance(said.get("version"), dict):
        return _identity_of_root(said, by_header)
    if isinstance(said.get("nodes"), dict):
        return _identity_of_nodes(said["nodes"], by_header)
    return Identity(product=by_header)


def _identity_of_root(said: dict[str, Any], by_header: str) -> Identity:
    version, tagline = said["version"], str(said.get("tagline", ""))
    if version.get("distribution") == "opensearch" or "OpenSearch" in tagline:
        return Identity("opensearch", str(version.get("number", "")))
    if by_header or tagline == "You Know, for Search":
        return Identity("elasticsearch", str(version.get("number", "")))
    return Identity()


def _identity_of_nodes(nodes: dict[str, Any], by_header: str) -> Identity:
    """OpenSearch never sends the header; every Elasticsearch from 7.14 does."""
    versions = sorted((str(node.get("version", "")) for node in nodes.values()), key=version_numbers)
    if not versions:
        return Identity(product=by_header)
    return Identity(by_header or "opensearch", versions[0])


def _login_refused(answer: Answer, settings: ConnectionSettings) -> AuthenticationError:
    users = {host.user for host in hosts_of(settings) if host.url == answer.url}
    user = next(iter(users), "")
    if not user:
        return AuthenticationError(
            f"{answer.url} asks for credentials (401)", advice="give a user name and password, or an API key"
        )
    return AuthenticationError(
        f"{answer.url} refused {user} (401)", advice="check user name and password, or the API key"
    )


def _check_age(identity: Identity, where: str) -> None:
    product = PRODUCTS[identity.product]
    if identity.version and version_numbers(identity.version) < product.oldest:
        raise ClusterError(
            f"{where} is {product.title} {identity.version}",
            advice=f"it must be {'.'.join(map(str, product.oldest))} or newer",
        )
