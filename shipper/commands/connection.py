"""Settings -> a connected cluster, and the values for its writer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypedDict

from shipper.cluster.connect import connect
from shipper.cluster.connection import ConnectionSettings
from shipper.cluster.dashboards.connect import connect as connect_dashboards
from shipper.cluster.dashboards.server import DashboardsConnection, DashboardsServer, Destination
from shipper.cluster.interface import Cluster
from shipper.cluster.templates import TemplateOptions
from shipper.commands.talk import say
from shipper.setting_sections import Credentials
from shipper.settings import Settings
from shipper.sinks.bulk_settings import BulkSettings


@contextmanager
def connected(settings: Settings) -> Iterator[Cluster]:
    """The cluster that the settings name. Raises SettingsError, ClusterError or AuthenticationError."""
    cluster = connect(connection_of(settings))
    try:
        yield cluster
    finally:
        cluster.close()


def connection_of(settings: Settings) -> ConnectionSettings:
    """How to reach the cluster. Raises SettingsError."""
    return ConnectionSettings(
        urls=settings.required_url(),
        ca_file=str(settings.cluster.ca_file) if settings.cluster.ca_file else None,
        verify_certificates=settings.cluster.verify_certificates,
        product=settings.cluster.product,
        timeout=settings.cluster.timeout,
        **_login(settings.cluster.credentials()),
    )


@contextmanager
def connected_dashboards(settings: Settings) -> Iterator[DashboardsServer]:
    """The server that `dashboards.url` names, once it is ready. Raises as `connected` does."""
    server = connect_dashboards(dashboards_connection(settings), say)
    try:
        yield server
    finally:
        server.close()


def dashboards_connection(settings: Settings) -> DashboardsConnection:
    """How to reach the server that `dashboards.url` names, and the place in it. Raises SettingsError."""
    ours = settings.dashboards
    ca_file = ours.ca_file or settings.cluster.ca_file
    return DashboardsConnection(
        connection=ConnectionSettings(
            urls=(ours.url,) if ours.url else (),
            ca_file=str(ca_file) if ca_file else None,
            verify_certificates=ours.verify_certificates,
            timeout=ours.timeout,
            compress=False,
            **_login(ours.credentials() or settings.cluster.credentials()),
        ),
        destination=Destination(tenant=ours.tenant, space=ours.space, data_source=ours.data_source),
        product=ours.product,
        wait=ours.wait,
    )


class _Login(TypedDict, total=False):
    username: str | None
    password: str | None
    api_key: str | None


def _login(credentials: Credentials | None) -> _Login:
    if credentials is None:
        return {}
    return {
        "username": credentials.username,
        "password": credentials.password.reveal() if credentials.password else None,
        "api_key": credentials.api_key.reveal() if credentials.api_key else None,
    }


def bulk_settings(settings: Settings) -> BulkSettings:
    """How the bulk loop may work."""
    bulk = settings.bulk
    return BulkSettings(
        max_bytes=bulk.bytes,
        max_items=bulk.items,
        in_flight=bulk.in_flight,
        patience=bulk.give_up_after,
        documents_per_second=bulk.max_docs_per_second,
    )


def template_options(settings: Settings) -> TemplateOptions:
    """What the templates depend on."""
    return TemplateOptions(prefix=settings.index.prefix)
