"""Tenants, spaces, workspaces, data sources: what is not there is said before anything is written."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from shipper.cluster.dashboards.server import Destination
from shipper.errors import AuthenticationError, ClusterError, SettingsError, ShipperError
from tests.cluster.dashboards.behaviour import KIBANA_8, OSD_2, OSD_3, Behaviour
from tests.cluster.dashboards.connecting import connected
from tests.cluster.dashboards.server import serving

SECURED = dataclasses.replace(
    OSD_2, users={"ann": "s3cret"}, tenants={"ann": True, "global_tenant": True, "mail": True}
)
LOGIN = {"username": "ann", "password": "s3cret"}
SOURCE = "8fc1d2e0-4b7a-11ef-9a3c-0242ac120002"


def _failure(behaviour: Behaviour, kind: type[ShipperError], **where: Any) -> str:
    with serving(behaviour) as server:
        with pytest.raises(ShipperError) as caught, connected(server.url, **where):
            pass
        assert type(caught.value) is kind
        assert [heard for heard in server.heard if "_import" in heard] == []
        return str(caught.value).replace(server.url, "URL")


@pytest.mark.parametrize("tenant", ["mail", "global", "Global", "global_tenant", "private", "__user__"])
def test_a_tenant_that_the_user_has(tenant: str) -> None:
    with serving(SECURED) as server, connected(server.url, tenant=tenant, **LOGIN) as found:
        assert found.destination == Destination(tenant=tenant)


def test_a_tenant_that_the_user_does_not_have_would_silently_be_another_one() -> None:
    assert _failure(SECURED, ClusterError, tenant="sales", **LOGIN) == (
        "URL does not take ann to the tenant 'sales' but to 'global'; "
        "check dashboards.tenant, the user's rights in it, and that tenants are switched on"
    )


def test_a_server_without_tenants() -> None:
    assert _failure(OSD_3, ClusterError, tenant="mail") == (
        "URL has no tenants; leave dashboards.tenant out, or install the security plugin"
    )


@pytest.mark.parametrize("behaviour", [OSD_3, KIBANA_8], ids=lambda behaviour: behaviour.product)
def test_a_space_or_workspace_that_is_there(behaviour: Behaviour) -> None:
    with serving(dataclasses.replace(behaviour, spaces=("mail",))) as server:
        with connected(server.url, space="mail") as found:
            assert found.destination == Destination(space="mail")
        path = "/s/mail/api/spaces/space/mail" if behaviour.is_kibana else "/w/mail/api/workspaces/mail"
        assert server.heard == ["GET /api/status", f"GET {path}"]


@pytest.mark.parametrize(
    ("behaviour", "line"),
    [
        (dataclasses.replace(KIBANA_8, spaces=("sales",)), "has no space 'mail' (Not Found)"),
        (KIBANA_8, "has no space 'mail' (Not Found)"),
        (
            dataclasses.replace(OSD_3, spaces=("sales",)),
            "has no workspace 'mail' (Saved object [workspace/mail] not found)",
        ),
        (OSD_3, "has no workspace 'mail' (Not Found)"),
    ],
    ids=["space", "no spaces at all", "workspace", "no workspaces at all"],
)
def test_a_space_or_workspace_that_is_not_there_would_be_written_to_all_the_same(
    behaviour: Behaviour, line: str
) -> None:
    kind = "space" if behaviour.is_kibana else "workspace"
    advice = f"check dashboards.space: the {kind}'s id, as it stands in the address bar, is meant, not its name"
    assert _failure(behaviour, ClusterError, space="mail") == f"URL {line}; {advice}"


def test_kibanas_default_space_is_none() -> None:
    with serving(KIBANA_8) as server, connected(server.url, space="default") as found:
        assert found.destination == Destination()


def test_a_data_source_is_found_with_its_title() -> None:
    behaviour = dataclasses.replace(OSD_3, data_sources={SOURCE: "Archive"})
    with serving(behaviour) as server, connected(server.url, data_source=SOURCE) as found:
        assert found.destination == Destination(data_source=SOURCE, data_source_title="Archive")


@pytest.mark.parametrize(
    ("sources", "reason"),
    [
        ({"another": "Other"}, "not stored"),
        ({}, "Unsupported saved object type: 'data-source': Bad Request"),
    ],
    ids=["not this one", "none at all"],
)
def test_a_data_source_that_is_not_there(sources: dict[str, str], reason: str) -> None:
    line = _failure(dataclasses.replace(OSD_3, data_sources=sources), ClusterError, data_source=SOURCE)
    assert line == (
        f"URL has no data source '{SOURCE}' ({reason}); check dashboards.data_source: its id is meant, not its name"
    )


@pytest.mark.parametrize("name", ["tenant", "data_source"])
def test_what_kibana_does_not_have(name: str) -> None:
    line = f"dashboards.{name} is set, but URL is a Kibana, which has none; leave it out"
    assert _failure(KIBANA_8, SettingsError, **{name: "mail"}) == line


def test_a_space_that_the_user_may_not_see() -> None:
    behaviour = dataclasses.replace(KIBANA_8, spaces=("mail",), guarded_spaces=("mail",))
    assert _failure(behaviour, AuthenticationError, space="mail") == (
        "URL does not allow GET /s/mail/api/spaces/space/mail (403: Unauthorized to get mail space); "
        "the user needs the right to write saved objects"
    )
