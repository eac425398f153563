"""Where a person looks at what was imported."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from shipper.cluster.dashboards.placement import placed
from shipper.cluster.dashboards.read_back import SavedObject
from shipper.cluster.dashboards.server import DashboardsServer


def address_of_first_dashboard(server: DashboardsServer, objects: Sequence[SavedObject], public_url: str) -> str:
    """The URL that opens the first dashboard among the objects in a browser.

    `security_tenant` chooses the tenant (security-dashboards-plugin, server/multitenancy/tenant_resolver.ts).
    """
    first = next(found for found in placed(objects, server.destination) if found["type"] == "dashboard")
    tenant = server.destination.tenant
    params = {"security_tenant": tenant} if tenant is not None else None
    return f"{public_url}{server.target('/app/dashboards', params)}#/view/{quote(first['id'])}"
