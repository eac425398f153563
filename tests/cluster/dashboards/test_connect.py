"""Connecting: products are told apart, a server that starts is waited for, and each failure is one typed line."""

from __future__ import annotations

import dataclasses
import time
from threading import Thread
from typing import Any

import pytest

from shipper.cluster.dashboards.connect import connect
from shipper.errors import AuthenticationError, ClusterError
from tests.cluster.dashboards.behaviour import KIBANA_8, OSD_2, OSD_3, Behaviour
from tests.cluster.dashboards.connecting import connection
from tests.cluster.dashboards.server import serving
from tests.cluster.loopback import Listener, listening, unused_port

NOT_LIKE = (
    "but not like OpenSearch Dashboards or Kibana ({}); give the URL that a browser opens (usually port 5601), "
    "not the cluster's, or name the product (dashboards.product)"
)
LOGIN = "set dashboards.username with a password, or dashboards.api_key"


def _found(url: str, **more: Any) -> tuple[str, str, list[str]]:
    told: list[str] = []
    server = connect(connection(url, **more), told.append)
    server.close()
    return server.product.name, server.version, told


def _failure(url: str, kind: type[ClusterError] = ClusterError, **more: Any) -> str:
    with pytest.raises(ClusterError) as caught:
        connect(connection(url, **more), lambda words: None)
    assert type(caught.value) is kind or kind is ClusterError
    return str(caught.value)


@pytest.mark.parametrize("names_itself", [True, False])
@pytest.mark.parametrize("behaviour", [OSD_2, OSD_3, KIBANA_8], ids=lambda behaviour: behaviour.version)
def test_product_and_version_are_told(behaviour: Behaviour, names_itself: bool) -> None:
    with serving(dataclasses.replace(behaviour, names_itself=names_itself)) as server:
        assert _found(server.url) == (behaviour.product, behaviour.version, [])


def test_a_path_before_it_is_part_of_its_url() -> None:
    with serving(dataclasses.replace(OSD_2, prefix="/_dashboards")) as server:
        assert _found(f"{server.url}/") == ("opensearch-dashboards", "2.19.4", [])
        assert server.heard == ["GET /_dashboards/api/status"]
        wrong = server.url.removesuffix("/_dashboards")
        assert _failure(wrong) == f"{wrong} answers GET /api/status, {NOT_LIKE.format('404: Not Found')}"


@pytest.mark.parametrize(
    ("product", "version", "line"),
    [
        ("opensearch-dashboards", "1.3.20", "is OpenSearch Dashboards 1.3.20; it must be 2.0 or newer"),
        ("kibana", "7.17.28", "is Kibana 7.17.28; it must be 8.0 or newer"),
    ],
)
def test_too_old(product: Any, version: str, line: str) -> None:
    with serving(Behaviour(product=product, version=version)) as server:
        assert _failure(server.url) == f"{server.url} {line}"


@pytest.mark.parametrize(
    ("product", "version", "title"),
    [("opensearch-dashboards", "4.0.0", "OpenSearch Dashboards"), ("kibana", "9.1.3", "Kibana")],
)
def test_newer_than_any_that_was_tried_is_said(product: Any, version: str, title: str) -> None:
    with serving(Behaviour(product=product, version=version)) as server:
        told = f"{title} {version} is newer than any that was tried; what it stores is read back and compared"
        assert _found(server.url) == (product, version, [told])


def test_a_named_product_serves_where_the_status_is_hidden_and_wins_over_what_is_said() -> None:
    with listening(404, b"not here") as hidden, serving(KIBANA_8) as kibana:
        assert _found(hidden.url, product="kibana") == ("kibana", "", [])
        assert _found(kibana.url, product="opensearch-dashboards")[:2] == ("opensearch-dashboards", "8.19.4")


def test_credentials() -> None:
    guarded = dataclasses.replace(OSD_2, users={"ann": "s3cret"})
    with serving(guarded) as server:
        assert _found(server.url, username="ann", password="s3cret")[0] == "opensearch-dashboards"
        assert [
            _failure(server.url, AuthenticationError),
            _failure(server.url, AuthenticationError, username="ann", password="wr0ng"),
        ] == [
            f"{server.url} refused the credentials, or there are none (401: Authentication required); {LOGIN}",
            f"{server.url} refused the credentials, or there are none (401: Authentication Exception); {LOGIN}",
        ]


def test_a_kibana_tells_strangers_its_health_only() -> None:
    with serving(dataclasses.replace(KIBANA_8, api_keys=("aWQ6a2V5",))) as server:
        assert _found(server.url, api_key="id:key")[:2] == ("kibana", "8.19.4")
        line = f"{server.url} is a Kibana that asks for credentials; {LOGIN}"
        assert _failure(server.url, AuthenticationError) == line


def test_not_allowed() -> None:
    with listening(403, b'{"statusCode":403,"error":"Forbidden","message":"no"}') as server:
        assert _failure(server.url, AuthenticationError) == (
            f"{server.url} does not allow GET /api/status (403: no); the user needs the right to write saved objects"
        )


@pytest.mark.parametrize("behaviour", [OSD_3, KIBANA_8], ids=lambda behaviour: behaviour.product)
def test_a_server_that_is_starting_is_waited_for(behaviour: Behaviour) -> None:
    title = "Kibana" if behaviour.is_kibana else "OpenSearch Dashboards"
    with serving(dataclasses.replace(behaviour, not_ready=3)) as server:
        told = [f"waiting for {server.url} ({title} server is not ready yet)"]
        assert _found(server.url) == (behaviour.product, behaviour.version, told)
        assert server.heard == ["GET /api/status"] * 4


def test_the_waiting_ends() -> None:
    with serving(dataclasses.replace(OSD_2, not_ready=1_000_000)) as server:
        assert _failure(server.url, wait=0.2) == (
            f"{server.url} was not ready within 0.2 s (503: OpenSearch Dashboards server is not ready yet); "
            "see the server's log for the cause, or give it more time (dashboards.wait)"
        )


def test_a_kibana_without_its_cluster_says_why_it_is_not_ready() -> None:
    status = b'{"status":{"overall":{"level":"critical","summary":"Elasticsearch is not available"}}}'
    with listening(503, status) as server:
        line = _failure(server.url, wait=0.1)
    assert line.startswith(f"{server.url} was not ready within 0.1 s (503: Elasticsearch is not available); ")


def test_the_moment_between_the_two_servers_of_a_start_is_no_failure() -> None:
    """src/core/server/http/http_service.ts stops the one that says "not ready" before it starts the real one."""
    starting = Listener(503, b"OpenSearch Dashboards server is not ready yet", {"connection": "close"})
    Thread(target=starting.serve_forever, args=(0.01,), daemon=True).start()
    later: list[Listener] = []

    def change_over(words: str) -> None:
        starting.shutdown()
        starting.server_close()
        Thread(target=become_ready, daemon=True).start()

    def become_ready() -> None:
        time.sleep(0.5)
        later.append(Listener(200, b'{"version":{"number":"3.4.0"}}', {}, port=starting.server_port))
        later[0].serve_forever(0.01)

    server = connect(connection(starting.url), change_over)
    server.close()
    later[0].shutdown()
    later[0].server_close()

    assert (server.product.name, server.version) == ("opensearch-dashboards", "3.4.0")


def test_nobody_there_is_a_failure_at_once() -> None:
    url = f"http://127.0.0.1:{unused_port()}"
    assert _failure(url) == (f"{url}: connection refused; check that the server is up and that host and port are right")


def test_a_login_page_before_it() -> None:
    with serving(dataclasses.replace(OSD_2, login_page=True)) as server:
        assert _failure(server.url) == (
            f"{server.url} redirects GET /api/status to https://login.example.net/auth; if that is a login page, "
            "give credentials (dashboards.username, dashboards.api_key), else its URL"
        )
        assert server.heard == ["GET /api/status"]


@pytest.mark.parametrize(
    ("status", "body", "told"),
    [
        (200, b"<!DOCTYPE html><title>Grafana</title>", "200: an HTML page"),
        (400, b'{"error":"no handler found for uri [/api/status] and method [GET]"}', None),
        (200, b"[]", "200: []"),
        (502, b"Bad Gateway", "502: Bad Gateway"),
    ],
)
def test_something_else(status: int, body: bytes, told: str | None) -> None:
    told = told or "400: no handler found for uri [/api/status] and method [GET]"
    with listening(status, body) as server:
        assert _failure(server.url) == f"{server.url} answers GET /api/status, {NOT_LIKE.format(told)}"


def test_a_page_under_the_name_of_the_product() -> None:
    with listening(200, b"<html>log in", {"osd-name": "x", "content-type": "text/html"}) as server:
        assert _failure(server.url) == (
            f"{server.url} answered GET /api/status with an HTML page, not with what was asked for; "
            "check host, port and path of the URL, and whether a login page or a proxy stands before it"
        )


def test_a_url_without_a_port_means_what_it_means_to_a_browser() -> None:
    for url, shown in (("http://no-such-host.invalid/a", ":80/a"), ("https://no-such-host.invalid", ":443")):
        assert _failure(url).startswith(f"{url.split('//')[0]}//no-such-host.invalid{shown}: the name ")


@pytest.mark.cluster
def test_certificates_are_checked(secured_opensearch: Any) -> None:
    """The cluster itself is no Dashboards, but its HTTPS is as real."""
    url, ca_file = secured_opensearch.url, str(secured_opensearch.ca_file)
    lines = [_failure(url), _failure(url, ca_file=ca_file), _failure(url, verify_certificates=False)]
    told = NOT_LIKE.format("400: no handler found for uri [/api/status] and method [GET]")

    assert lines[0].startswith(f"{url}: its certificate is not trusted (")
    assert lines[1:] == [f"{url} answers GET /api/status, {told}"] * 2
