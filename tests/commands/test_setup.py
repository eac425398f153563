"""`setup --dashboards`: what is imported is there, what is not is said, and the last line says where to look."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner, Result

from shipper.commands import main
from shipper.commands.connection import dashboards_connection
from shipper.dashboards.saved_objects import saved_objects
from shipper.settings import load
from tests.cluster.dashboards.behaviour import KIBANA_8, OSD_2, OSD_3, Behaviour
from tests.cluster.dashboards.server import DashboardsServer, serving

ALL = [OSD_2, OSD_3, KIBANA_8]
NAMES = [f"{behaviour.product} {behaviour.version}" for behaviour in ALL]
NO_CLUSTER = "utm-shipper: no cluster is named (--url): the index templates are left alone\n"
OVERVIEW = "/app/dashboards#/view/utm-shipper-dashboard-overview"
OURS = saved_objects("opensearch-dashboards")
SOURCE = "8fc1d2e0-4b7a-11ef-9a3c-0242ac120002"


@pytest.fixture(autouse=True)
def _clean_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in list(os.environ):
        if name.startswith(("UTM_SHIPPER_", "XDG_")):
            monkeypatch.delenv(name)


def _setup(server: DashboardsServer, *options: str, **variables: str) -> Result:
    environment = {f"UTM_SHIPPER_{name.upper()}": value for name, value in variables.items()}
    return CliRunner().invoke(main, ["setup", "--dashboards", server.url, *options], env=environment)


def _title(behaviour: Behaviour) -> str:
    return f"{'Kibana' if behaviour.is_kibana else 'OpenSearch Dashboards'} {behaviour.version}"


@pytest.mark.parametrize("behaviour", ALL, ids=NAMES)
def test_all_of_our_objects_are_imported_and_found_again(behaviour: Behaviour) -> None:
    objects = saved_objects(behaviour.product)
    with serving(behaviour) as server:
        results = _setup(server), _setup(server, "--check")
        named = f"{server.url} ({_title(behaviour)})"
        look = f"utm-shipper: look at {server.url}{OVERVIEW}\n"
        assert [(result.exit_code, result.stdout, result.stderr) for result in results] == [
            (0, "", f"{NO_CLUSTER}utm-shipper: {len(objects)} objects imported at {named} and read back\n{look}"),
            (0, "", f"{NO_CLUSTER}utm-shipper: all {len(objects)} objects are in place at {named}\n{look}"),
        ]
        assert server.stored().keys() == {(found["type"], found["id"]) for found in objects}


def test_the_index_prefix_is_that_of_the_settings() -> None:
    with serving(OSD_3) as server:
        _setup(server, index_prefix="post")
        titles = [one["attributes"]["title"] for key, one in server.stored().items() if key[0] == "index-pattern"]
    assert titles == ["post-messages-*", "post-events-*"]


@pytest.mark.parametrize(
    ("behaviour", "where", "address"),
    [
        (OSD_3, {}, OVERVIEW),
        (dataclasses.replace(KIBANA_8, spaces=("mail",)), {"space": "mail"}, "/s/mail/app/dashboards#/view/mail-"),
        (dataclasses.replace(OSD_3, spaces=("AbC1",)), {"space": "AbC1"}, "/w/AbC1/app/dashboards#/view/AbC1-"),
        (
            dataclasses.replace(OSD_3, data_sources={SOURCE: "Archive"}),
            {"data_source": SOURCE},
            f"/app/dashboards#/view/{SOURCE}_",
        ),
        (
            dataclasses.replace(OSD_2, tenants={"Mail team": True}),
            {"tenant": "Mail team"},
            "/app/dashboards?security_tenant=Mail+team#/view/",
        ),
    ],
    ids=["nowhere special", "space", "workspace", "data source", "tenant"],
)
def test_the_last_line_says_where_a_browser_finds_them(
    behaviour: Behaviour, where: dict[str, str], address: str
) -> None:
    variables = {f"dashboards_{name}": value for name, value in where.items()}
    with serving(behaviour) as server:
        results = [
            _setup(server, *options, dashboards_public_url="https://mail.example.net/osd", **variables)
            for options in ((), ("--check",))
        ]
    whole = address if address.endswith("overview") else f"{address}utm-shipper-dashboard-overview"
    assert [(result.exit_code, result.stderr.splitlines()[-1]) for result in results] == [
        (0, f"utm-shipper: look at https://mail.example.net/osd{whole}")
    ] * 2


def test_what_is_missing_is_named_and_the_exit_code_is_9() -> None:
    with serving(dataclasses.replace(OSD_3, writes_nothing=True)) as server:
        imported, checked = _setup(server), _setup(server, "--check")
        named = f"{server.url} (OpenSearch Dashboards 3.4.0)"
    lines = [f"{found['type']} {found['id']} ({found['attributes']['title']}): not stored" for found in OURS]
    summary = f"utm-shipper: error: {len(OURS)} of {len(OURS)} objects are not in place at {named}"
    assert (imported.exit_code, imported.stdout, imported.stderr.splitlines()) == (
        9,
        "",
        [
            NO_CLUSTER.strip(),
            *(f"utm-shipper: error: {line}, though the server reported success" for line in lines),
            f"{summary}; see the lines above for the reasons",
        ],
    )
    assert (checked.exit_code, checked.stdout.splitlines(), checked.stderr) == (
        9,
        lines,
        f"{NO_CLUSTER}{summary}; run utm-shipper setup --dashboards\n",
    )


def test_a_dry_run_shows_the_call_and_writes_nothing() -> None:
    objects = saved_objects("kibana")
    with serving(KIBANA_8) as server:
        result = _setup(server, "--dry-run")
        assert server.heard == ["GET /api/status"]
    call, size, *listed = result.stdout.splitlines()
    assert (result.exit_code, result.stderr, call) == (
        0,
        NO_CLUSTER,
        "POST /api/saved_objects/_import?overwrite=true",
    )
    assert size == f"{len(objects)} objects, {sum(len(msgspec.json.encode(one)) + 1 for one in objects):,} bytes"
    assert listed == [f"{found['type']} {found['id']} {found['attributes']['title']}" for found in objects]


def test_without_a_cluster_and_without_dashboards_there_is_nothing_to_set_up() -> None:
    result = CliRunner().invoke(main, ["setup"])

    line = "utm-shipper: error: no cluster is named; give --url or set UTM_SHIPPER_URL\n"
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", line)


def test_a_mistake_in_the_option_is_named() -> None:
    result = CliRunner().invoke(main, ["setup", "--dashboards", "localhost:5601"])

    assert (result.exit_code, result.stderr) == (
        2,
        "utm-shipper: error: dashboards.url must be a URL such as https://dashboards.example.net:5601, without "
        "credentials, not 'localhost:5601' (option --dashboards)\n",
    )


@pytest.mark.cluster
def test_templates_and_dashboards_are_set_up_together_and_checked_together(opensearch: str) -> None:
    variables = {"url": opensearch, "index_prefix": "both"}
    with serving(OSD_3) as server:
        before = _setup(server, "--check", **variables)
        first, again = _setup(server, **variables), _setup(server, "--check", **variables)
        del server.storage().objects["dashboard", "utm-shipper-dashboard-overview"]
        after = _setup(server, "--check", **variables)
    count = len(OURS)
    assert [result.exit_code for result in (before, first, again, after)] == [7, 0, 0, 9]
    assert sum(line.endswith(": not stored") for line in before.stdout.splitlines()) == count
    assert before.stdout.splitlines()[0].startswith("both-")
    assert first.stderr.splitlines()[-2:] == [
        f"utm-shipper: {count} objects imported at {server.url} (OpenSearch Dashboards 3.4.0) and read back",
        f"utm-shipper: look at {server.url}{OVERVIEW}",
    ]
    assert again.stdout == ""
    title = next(found["attributes"]["title"] for found in OURS if found["id"] == "utm-shipper-dashboard-overview")
    assert after.stdout == f"dashboard utm-shipper-dashboard-overview ({title}): not stored\n"


def _connection(**variables: str) -> Any:
    environ = {f"UTM_SHIPPER_{name.upper()}": value for name, value in variables.items()}
    return dashboards_connection(load(None, environ, {})).connection


def test_credentials_and_authorities_are_the_clusters_unless_dashboards_have_their_own() -> None:
    cluster = {"cluster_username": "ann", "cluster_password": "one", "cluster_ca_file": "/etc/one.pem"}
    own = {"dashboards_username": "bob", "dashboards_password": "two", "dashboards_ca_file": "/etc/two.pem"}
    key = {"dashboards_api_key": "id:key", "dashboards_verify_certificates": "no", "dashboards_timeout": "5"}
    url = {"dashboards_url": "https://mail.example.net/osd"}

    found = [_connection(**url, **given) for given in ({}, cluster, cluster | own, cluster | key)]

    assert [(one.username, one.password, one.api_key, one.ca_file, one.verify_certificates) for one in found] == [
        (None, None, None, None, True),
        ("ann", "one", None, "/etc/one.pem", True),
        ("bob", "two", None, "/etc/two.pem", True),
        (None, None, "id:key", "/etc/one.pem", False),
    ]
    assert {(one.urls, one.compress) for one in found} == {(("https://mail.example.net/osd",), False)}
    assert [one.timeout for one in found] == [60.0, 60.0, 60.0, 5.0]


def test_a_secret_file_that_cannot_be_read_is_named_with_its_setting(tmp_path: Path) -> None:
    missing = tmp_path / "nothing"
    with serving(OSD_3) as server:
        result = _setup(server, dashboards_username="ann", dashboards_password_file=str(missing))
        assert server.heard == []
    line = f"utm-shipper: error: cannot read dashboards.password_file {missing}: No such file or directory\n"
    assert (result.exit_code, result.stderr) == (2, NO_CLUSTER + line)
