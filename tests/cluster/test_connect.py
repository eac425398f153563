"""Connecting: each product is told from the other, and each failure is one typed line."""

from __future__ import annotations

import gzip
import socket
from threading import Thread

import pytest

from shipper.cluster import ConnectionSettings, UnreachableError, connect
from shipper.cluster.answers import ask
from shipper.cluster.interface import UnavailableError
from shipper.errors import AuthenticationError, ClusterError
from tests.cluster.loopback import listening, unused_port

OPENSEARCH_ROOT = b'{"version": {"distribution": "opensearch", "number": "9.1.0"}}'


@pytest.mark.cluster
def test_opensearch_is_told(opensearch):
    cluster = connect(ConnectionSettings(urls=(opensearch,)))
    assert (cluster.product, cluster.version, cluster.where) == ("opensearch", "3.4.0", opensearch)


@pytest.mark.cluster
def test_elasticsearch_is_told_without_its_root(elasticsearch):
    cluster = connect(ConnectionSettings(urls=(elasticsearch,)))
    assert (cluster.product, cluster.version, cluster.where) == ("elasticsearch", "8.19.4", elasticsearch)


def test_a_setting_overrides_the_product_but_not_the_version():
    with listening(200, OPENSEARCH_ROOT) as server:
        cluster = connect(ConnectionSettings(urls=(server.url,), product="elasticsearch"))
    assert (cluster.product, cluster.version) == ("elasticsearch", "9.1.0")


@pytest.mark.cluster
def test_every_status_is_an_answer(cluster):
    answer = cluster.call("GET", "/no-such-index/_search", params={"size": "0"})
    assert (answer.status, answer.url) == (404, cluster.where)
    with pytest.raises(ClusterError) as caught:
        ask(cluster, "GET", "/no-such-index/_search")
    assert str(caught.value) == (
        f"{cluster.where} answered GET /no-such-index/_search with 404 "
        "(index_not_found_exception: no such index [no-such-index]); see the cluster's log for the cause"
    )


@pytest.mark.cluster
def test_a_dead_host_is_passed_over(opensearch):
    dead = f"http://127.0.0.1:{unused_port()}"
    cluster = connect(ConnectionSettings(urls=(dead, opensearch)))
    assert [cluster.call("GET", "/").url for _ in range(4)] == [opensearch] * 4


@pytest.mark.parametrize("product", ["opensearch", "elasticsearch", None])
def test_refused(product):
    port = unused_port()
    assert _failure(f"http://ann:s3cret@127.0.0.1:{port}", product) == (
        f"http://127.0.0.1:{port}: connection refused; check that the server is up and that host and port are right"
    )


def test_unknown_name():
    assert _failure("http://ann:s3cret@no-such-host.invalid:9200") == (
        "http://no-such-host.invalid:9200: the name no-such-host.invalid is not known; check the host name in the URL"
    )


def test_no_answer_in_time():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        settings = ConnectionSettings(urls=(f"http://127.0.0.1:{port}",), timeout=0.3)
        with pytest.raises(UnreachableError) as caught:
            connect(settings)
    assert str(caught.value) == (
        f"http://127.0.0.1:{port}: no answer within 0.3 s; check network and firewall, or give it more time (timeout)"
    )


def test_connection_cut():
    with socket.create_server(("127.0.0.1", 0)) as rude:
        Thread(target=lambda: rude.accept()[0].close(), daemon=True).start()
        line = _failure(f"http://127.0.0.1:{rude.getsockname()[1]}")
    assert ": the connection broke (" in line
    assert line.endswith("; check that the server is up and that nothing between cuts connections")


def test_tls_towards_plain_http():
    with listening(200, b"{}") as server:
        url = server.url.replace("http://", "https://")
        assert _failure(url) == f"{url}: it does not speak TLS; use http:// in the URL if the server has no TLS"


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_what_cannot_answer_now_may_be_a_cluster(status):
    with listening(status, b"<html>Bad Gateway</html>") as server, pytest.raises(UnavailableError) as raised:
        connect(ConnectionSettings(urls=(server.url,)))
    assert str(raised.value).startswith(f"{server.url} answered GET /_nodes/_local with {status} (<html>Bad Gateway")


@pytest.mark.parametrize(("status", "body"), [(200, b"<html>"), (200, b"[]"), (200, b"{}"), (404, b"not found")])
def test_not_a_search_cluster(status, body):
    with listening(status, body) as server:
        assert _failure(server.url) == (
            f"{server.url} answers, but not like OpenSearch or Elasticsearch; check host, port and path of the URL, "
            "or name the product (product: opensearch or elasticsearch)"
        )


def test_too_old():
    old = b'{"version": {"number": "6.8.0"}, "tagline": "You Know, for Search"}'
    with listening(200, old) as server:
        assert _failure(server.url) == f"{server.url} is Elasticsearch 6.8.0; it must be 7.10 or newer"


def test_credentials_are_asked_for():
    with listening(401, b"Unauthorized") as server, pytest.raises(AuthenticationError) as caught:
        connect(ConnectionSettings(urls=(server.url,)))
    assert str(caught.value) == (
        f"{server.url} asks for credentials (401); give a user name and password, or an API key"
    )


def test_a_version_that_may_not_be_read_is_no_obstacle_to_a_named_product():
    with listening(403, b'{"error": {"type": "security_exception", "reason": "no"}}') as server:
        cluster = connect(ConnectionSettings(urls=(server.url,), product="opensearch"))
        assert (cluster.product, cluster.version) == ("opensearch", "")
        with pytest.raises(AuthenticationError) as caught:
            connect(ConnectionSettings(urls=(server.url,)))
    assert "403: security_exception: no" in str(caught.value)


@pytest.mark.parametrize("product", ["opensearch", "elasticsearch"])
def test_what_goes_over_the_wire(product):
    with listening(200, OPENSEARCH_ROOT) as server:
        cluster = connect(ConnectionSettings(urls=(f"{server.url}/pre/",), product=product, api_key="aWQ6a2V5"))
        server.heard.clear()
        cluster.call("POST", "/_bulk", params={"a": "b c"}, body=b"x" * 5000, content_type="application/x-ndjson")
        ((method, path, headers),) = server.heard
    wanted = ("authorization", "content-type", "content-encoding", "accept-encoding", "content-length")
    assert (method, path, {name: headers[name] for name in wanted}) == (
        "POST",
        "/pre/_bulk?a=b+c",
        {
            "authorization": "ApiKey aWQ6a2V5",
            "content-type": "application/x-ndjson",
            "content-encoding": "gzip",
            "accept-encoding": "gzip",
            "content-length": str(len(gzip.compress(b"x" * 5000, compresslevel=1, mtime=0))),
        },
    )


@pytest.mark.parametrize("product", ["opensearch", "elasticsearch"])
def test_a_compressed_answer_is_read(product):
    answer = gzip.compress(OPENSEARCH_ROOT)
    with listening(200, answer, {"content-encoding": "gzip"}) as server:
        cluster = connect(ConnectionSettings(urls=(server.url,), product=product))
        assert cluster.call("GET", "/").body == OPENSEARCH_ROOT


def _failure(url: str, product: str | None = None) -> str:
    with pytest.raises(ClusterError) as caught:
        connect(ConnectionSettings(urls=(url,), product=product))
    assert "s3cret" not in repr(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    return str(caught.value)
