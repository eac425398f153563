"""A cluster with TLS and users: the real thing, with the right and the wrong keys."""

from __future__ import annotations

import warnings

import certifi
import msgspec
import pytest

from shipper.cluster import ConnectionSettings, connect
from shipper.cluster.answers import ask
from shipper.cluster.connection import hosts_of
from shipper.cluster.elasticsearch import ElasticsearchSender
from shipper.cluster.opensearch import OpenSearchSender
from shipper.cluster.setup import apply, check, ensure_current
from shipper.errors import AuthenticationError, ClusterError
from shipper.model import BulkItem
from shipper.sinks.bulk import BulkCounts, BulkSettings, BulkSink

pytestmark = pytest.mark.cluster


def settings_of(node, **changed) -> ConnectionSettings:
    good = {"urls": (node.url,), "username": node.user, "password": node.password, "ca_file": str(node.ca_file)}
    return ConnectionSettings(**(good | changed))


def test_own_authority_and_password(secured_opensearch, options):
    cluster = connect(settings_of(secured_opensearch))
    assert (cluster.product, cluster.version) == ("opensearch", "2.19.4")
    apply(cluster, options)
    assert check(cluster, options) == ()
    ensure_current(cluster, options)


def test_credentials_in_the_url(secured_opensearch):
    address = secured_opensearch.url.removeprefix("https://")
    url = f"https://{secured_opensearch.user}:{secured_opensearch.password}@{address}"
    cluster = connect(settings_of(secured_opensearch, urls=(url,), username=None, password=None))
    assert (cluster.version, cluster.where) == ("2.19.4", secured_opensearch.url)
    assert secured_opensearch.password not in repr(cluster)


@pytest.mark.parametrize("product", ["opensearch", "elasticsearch"])
def test_an_unknown_authority_is_not_trusted(secured_opensearch, product):
    line = _failure(settings_of(secured_opensearch, ca_file=None, product=product))
    assert line.startswith(f"{secured_opensearch.url}: its certificate is not trusted (")
    assert line.endswith("; name your own authority's certificate (ca_file)")


@pytest.mark.parametrize("product", ["opensearch", "elasticsearch"])
def test_a_wrong_authority_is_not_trusted(secured_opensearch, product):
    line = _failure(settings_of(secured_opensearch, ca_file=certifi.where(), product=product))
    assert line.startswith(f"{secured_opensearch.url}: its certificate is not trusted (")
    assert line.endswith(
        f"; check that {certifi.where()} holds the authority that signed it, and the host name in the URL"
    )


@pytest.mark.parametrize("sender", [OpenSearchSender, ElasticsearchSender])
def test_checks_can_be_switched_off_without_a_word(secured_opensearch, sender, capfd):
    settings = settings_of(secured_opensearch, ca_file=None, verify_certificates=False)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        assert connect(settings).version == "2.19.4"
        (host,) = hosts_of(settings)
        login = {"authorization": host.authorization}
        assert sender(host, settings).send("GET", "/_cluster/health", login, None).status == 200
    assert capfd.readouterr() == ("", "")


def test_a_wrong_password(secured_opensearch):
    assert _failure(settings_of(secured_opensearch, password="wr0ng-s3cret")) == (
        f"{secured_opensearch.url} refused user 'admin' (401); check user name and password, or the API key"
    )


def test_no_credentials(secured_opensearch):
    assert _failure(settings_of(secured_opensearch, username=None, password=None)) == (
        f"{secured_opensearch.url} asks for credentials (401); give a user name and password, or an API key"
    )


@pytest.fixture
def reader(secured_opensearch) -> ConnectionSettings:
    """A user who may send a bulk request and look at the cluster, and write no index."""
    cluster = connect(settings_of(secured_opensearch))
    role = {"cluster_permissions": ["cluster_monitor", "indices:data/write/bulk"], "index_permissions": []}
    for path, body in {
        "roles/reader": role,
        "internalusers/reader": {"password": "Utm-shipper_8-reads!"},
        "rolesmapping/reader": {"users": ["reader"]},
    }.items():
        ask(cluster, "PUT", f"/_plugins/_security/api/{path}", body=msgspec.json.encode(body))
    return settings_of(secured_opensearch, username="reader", password="Utm-shipper_8-reads!")


def test_a_user_without_the_right_to_write_is_no_dead_letter(reader):
    dead_letters = []
    with (
        pytest.raises(AuthenticationError) as caught,
        BulkSink(connect(reader), BulkSettings(patience=60), on_dead_letter=dead_letters.append) as sink,
    ):
        sink.write(BulkItem("create", "forbidden-index", "1", b"{}"))
    assert str(caught.value).startswith(f"{reader.urls[0]} does not allow writing to forbidden-index: security_exc")
    assert (dead_letters, sink.counts) == ([], BulkCounts())


def test_a_user_without_the_right_to_set_up(reader, options):
    with pytest.raises(AuthenticationError) as caught:
        apply(connect(reader), options)
    assert "(403: security_exception: no permissions for" in str(caught.value)


def test_a_password_revoked_on_the_way(secured_opensearch):
    cluster = connect(settings_of(secured_opensearch))
    wrong = connect(settings_of(secured_opensearch, product="opensearch"))
    (sender,) = wrong._senders
    sender.host = msgspec.structs.replace(sender.host, authorization="Basic bm86bm8=")
    with pytest.raises(AuthenticationError), BulkSink(wrong, on_dead_letter=print) as sink:
        sink.write(BulkItem("create", "never-made", "1", b"{}"))
    assert cluster.call("GET", "/never-made").status == 404


def _failure(settings: ConnectionSettings) -> str:
    with pytest.raises(ClusterError) as caught:
        connect(settings)
    assert settings.password is None or settings.password not in repr(caught.value)
    return str(caught.value)
