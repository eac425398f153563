"""Whether the tenant, space or data source is there: a server that does not find it writes somewhere else."""

from __future__ import annotations

from typing import Any

import msgspec

from shipper.cluster.dashboards.answers import message, read_answer
from shipper.cluster.dashboards.read_back import read_objects
from shipper.cluster.dashboards.server import DashboardsServer, Destination
from shipper.errors import ClusterError, SettingsError

# Names that OpenSearch's security plugin takes for the same tenant (server/multitenancy/tenant_resolver.ts).
_TENANT_ALIASES = (frozenset({"", "global", "Global"}), frozenset({"__user__", "private"}))


def checked_destination(server: DashboardsServer) -> Destination:
    """The destination with the data source's title. Raises `SettingsError` for one that the product does not have,
    `ClusterError` for one that is not there, `AuthenticationError` for one that is not allowed."""
    wanted = _fitting(server)
    server = server.placed_at(wanted)
    if wanted.tenant is not None:
        _check_tenant(server, wanted.tenant)
    if wanted.space is not None:
        _check_space(server, wanted.space)
    if wanted.data_source is not None:
        return msgspec.structs.replace(wanted, data_source_title=_title_of(server, wanted.data_source))
    return wanted


def _fitting(server: DashboardsServer) -> Destination:
    wanted = server.destination
    if server.product.name == "opensearch-dashboards":
        return wanted
    for name in ("tenant", "data_source"):
        if getattr(wanted, name) is not None:
            raise SettingsError(
                f"dashboards.{name} is set, but {server.where} is a Kibana, which has none", advice="leave it out"
            )
    # Kibana's own name for being in no space.
    return msgspec.structs.replace(wanted, space=None) if wanted.space == "default" else wanted


def _check_tenant(server: DashboardsServer, tenant: str) -> None:
    """A tenant that the user does not have is no error to the plugin: it takes another. Its answer tells which."""
    doing = "GET /api/v1/auth/authinfo"
    answer = server.call("GET", "/api/v1/auth/authinfo")
    if answer.status == 404:
        raise ClusterError(
            f"{server.where} has no tenants", advice="leave dashboards.tenant out, or install the security plugin"
        )
    said = read_answer(answer, doing)
    found = str(said.get("user_requested_tenant") or "")
    if not _same_tenant(tenant, found):
        raise ClusterError(
            f"{server.where} does not take {said.get('user_name', 'the user')} to the tenant {tenant!r} "
            f"but to {found or 'global'!r}",
            advice="check dashboards.tenant, the user's rights in it, and that tenants are switched on",
        )


def _same_tenant(one: str, other: str) -> bool:
    return one == other or any({one, other} <= aliases for aliases in _TENANT_ALIASES)


def _check_space(server: DashboardsServer, space: str) -> None:
    """Both products write to a space that nobody made, where no one can open it."""
    kind = server.product.space_title
    path = f"/api/{'spaces/space' if server.product.name == 'kibana' else 'workspaces'}/{space}"
    answer = server.call("GET", path)
    said = None if answer.status == 404 else read_answer(answer, f"GET {server.target(path)}")
    if said is None or said.get("success") is False:
        raise ClusterError(
            f"{server.where} has no {kind} {space!r} ({_why(said) or message(answer)})",
            advice=f"check dashboards.space: the {kind}'s id, as it stands in the address bar, is meant, not its name",
        )


def _why(said: dict[str, Any] | None) -> str:
    return str((said or {}).get("error") or "")


def _title_of(server: DashboardsServer, data_source: str) -> str:
    (found,) = read_objects(server, [("data-source", data_source)])
    if found.stored is None:
        raise ClusterError(
            f"{server.where} has no data source {data_source!r} ({found.reason})",
            advice="check dashboards.data_source: its id is meant, not its name",
        )
    return str(found.stored.get("attributes", {}).get("title", ""))
