"""Connecting to a pretended server, as every test here does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from shipper.cluster.connection import ConnectionSettings
from shipper.cluster.dashboards.connect import connect
from shipper.cluster.dashboards.server import DashboardsConnection, DashboardsServer, Destination


def connection(url: str, **more: Any) -> DashboardsConnection:
    """`more`: what goes into `DashboardsConnection`; the rest into `ConnectionSettings`."""
    ours = {name: more.pop(name) for name in ("destination", "product", "wait") if name in more}
    return DashboardsConnection(ConnectionSettings(urls=(url,), compress=False, **more), **ours)


@contextmanager
def connected(
    url: str, tell: Callable[[str], None] = lambda words: None, **destination: Any
) -> Iterator[DashboardsServer]:
    """A connected server, at the place that the remaining arguments name (`space="mail"`)."""
    login = {name: destination.pop(name) for name in ("username", "password") if name in destination}
    server = connect(connection(url, destination=Destination(**destination), **login), tell)
    yield server
    server.close()
