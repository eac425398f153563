"""Settings -> a connected cluster, and the values for its writer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from shipper.cluster.connect import connect
from shipper.cluster.connection import ConnectionSettings
from shipper.cluster.interface import Cluster
from shipper.cluster.templates import TemplateOptions
from shipper.settings import Settings
from shipper.sinks.bulk_settings import BulkSettings


@contextmanager
def connected(settings: Settings) -> Iterator[Cluster]:
    """The cluster that the settings name. Raises SettingsError, ClusterError or AuthenticationError."""
    credentials = settings.cluster.credentials()
    cluster = connect(
        ConnectionSettings(
            urls=settings.required_url(),
            username=credentials.username if credentials else None,
            password=credentials.password.reveal() if credentials and credentials.password else None,
            api_key=credentials.api_key.reveal() if credentials and credentials.api_key else None,
            ca_file=str(settings.cluster.ca_file) if settings.cluster.ca_file else None,
            verify_certificates=settings.cluster.verify_certificates,
            product=settings.cluster.product,
            timeout=settings.cluster.timeout,
        )
    )
    try:
        yield cluster
    finally:
        cluster.close()


def bulk_settings(settings: Settings) -> BulkSettings:
    """How the bulk loop may work."""
    bulk = settings.bulk
    return BulkSettings(
        max_bytes=bulk.bytes, max_items=bulk.items, in_flight=bulk.in_flight, patience=bulk.give_up_after
    )


def template_options(settings: Settings) -> TemplateOptions:
    """What the templates depend on."""
    return TemplateOptions(prefix=settings.index.prefix)
