"""Which indices are ours and how old they are, and deleting just those, on real nodes of both products."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from uuid import uuid4

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shipper.cluster import Cluster, ConnectionSettings, connect
from shipper.cluster.answers import ask
from shipper.cluster.interface import Answer
from shipper.cluster.retention import OurIndex, delete, older_indices, read_name
from shipper.documents.shape import Indices
from shipper.errors import AuthenticationError, ClusterError
from tests.nodes.secured import SecuredNode

DAY = 86_400.0


def date(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)


def moment(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text).replace(tzinfo=datetime.UTC)


# Names

NAMES = {
    "utm-smtp-events-2019.06": ("events", "2019-06-01", "2019-07-01"),
    "utm-smtp-messages-2019.12": ("messages", "2019-12-01", "2020-01-01"),
    "utm-smtp-messages-2020.02.29": ("messages", "2020-02-29", "2020-03-01"),
    "utm-smtp-events-2019.12.31": ("events", "2019-12-31", "2020-01-01"),
    "utm-smtp-events-2019": ("events", "2019-01-01", "2020-01-01"),
}


@pytest.mark.parametrize(("name", "told"), NAMES.items(), ids=list(NAMES))
def test_what_a_name_tells(name: str, told: tuple[str, str, str]) -> None:
    kind, first, end = told
    assert read_name(name, "utm-smtp") == OurIndex(name, kind, date(first), date(end))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "name",
    [
        "utm-smtp-test-events-2019.06", "utm-smtp-events", "utm-smtp-events-", "utm-smtp-events-2019.06-copy",
        "utm-smtp-events-2019.13", "utm-smtp-events-2019.02.30", "utm-smtp-events-2019.6", "utm-smtp-events-0000.01",
        "utm-smtp-events-201906", "utm-smtp-others-2019.06", "xutm-smtp-events-2019.06", "utm_smtp-events-2019.06",
        ".ds-utm-smtp-events-2019.06-000001", "utm-smtp-events-2019.06\n", "utm-smtp-events-٢٠١٩.06",
        "utm-smtp-events-9999",
    ],
)  # fmt: skip
def test_what_is_not_ours(name: str) -> None:
    assert read_name(name, "utm-smtp") is None


def test_a_prefix_is_no_pattern() -> None:
    assert read_name("utmxsmtp-events-2019.06", "utm.smtp") is None


@given(st.integers(0, 2**32), st.sampled_from(["day", "month", "year"]), st.sampled_from(["events", "messages"]))
def test_every_name_that_is_given_is_known_and_holds_its_time(second: int, granularity: str, kind: str) -> None:
    indices = Indices("utm-smtp", granularity)  # type: ignore[arg-type]
    index = read_name(getattr(indices, kind)(second), "utm-smtp")
    day = datetime.datetime.fromtimestamp(second, datetime.UTC).date()
    assert index
    assert (index.kind, index.first <= day <= index.last) == (kind, True)


@pytest.mark.parametrize(
    ("now", "is_older"),
    [("2019-07-31T23:59:59", False), ("2019-08-01T00:00:00", True), ("2019-06-15T00:00:00", False)],
)
def test_a_period_is_older_when_all_of_it_is(now: str, is_older: bool) -> None:
    index = read_name("utm-smtp-events-2019.06", "utm-smtp")
    assert index
    assert index.is_older(31 * DAY, moment(now)) is is_older


# On nodes

MAPPING = {"properties": {"deliveries": {"type": "nested"}}}


@pytest.fixture
def prefix(cluster: Cluster) -> Iterator[str]:
    made = f"keep-{uuid4().hex[:10]}"
    yield made
    rows = msgspec.json.decode(cluster.call("GET", f"/_cat/indices/{made}*?format=json&expand_wildcards=all").body)
    for row in rows:
        cluster.call("DELETE", f"/{row['index']}")


@pytest.fixture
def make(cluster: Cluster) -> Callable[..., None]:
    """An index with so many documents; each of them is three for the server."""

    def made(name: str, documents: int = 0, **settings: object) -> None:
        ask(cluster, "PUT", f"/{name}", body=msgspec.json.encode({"mappings": MAPPING, "settings": settings}))
        for number in range(documents):
            body = msgspec.json.encode({"deliveries": [{"n": number}, {"n": 2}]})
            ask(cluster, "PUT", f"/{name}/_doc/{number}?refresh=true", body=body)

    return made


def names(cluster: Cluster, prefix: str) -> list[str]:
    answer = cluster.call("GET", f"/_cat/indices/{prefix}*?format=json&expand_wildcards=all&h=index")
    return sorted(row["index"] for row in msgspec.json.decode(answer.body))


def older(cluster: Cluster, prefix: str, now: str, messages: float = 31, events: float = 31) -> list[OurIndex]:
    return older_indices(cluster, prefix, {"messages": messages * DAY, "events": events * DAY}, moment(now))


@pytest.mark.cluster
def test_old_indices_and_nothing_else(cluster: Cluster, prefix: str, make: Callable[..., None]) -> None:
    make(f"{prefix}-events-2019.06", 3)
    make(f"{prefix}-messages-2019.06", 2)
    make(f"{prefix}-messages-2019.07", 1)
    make(f"{prefix}-events-2019.06.30", hidden=True)
    make(f"{prefix}-events-2018")
    make(f"{prefix}-test-events-2019.06", 1)
    make(f"{prefix}-events-2019.06-copy")
    ask(cluster, "POST", f"/{prefix}-events-2018/_close")
    for alias, index in (("all", f"{prefix}-events-2019.06"), ("events-2017.01", f"{prefix}-test-events-2019.06")):
        action = {"add": {"index": index, "alias": f"{prefix}-{alias}"}}
        ask(cluster, "POST", "/_aliases", body=msgspec.json.encode({"actions": [action]}))
    before = names(cluster, prefix)

    found = older(cluster, prefix, "2019-08-01")

    assert [(i.name, i.first, i.last, i.documents, i.is_closed, i.aliases) for i in found] == [
        (f"{prefix}-events-2018", date("2018-01-01"), date("2018-12-31"), None, True, ()),
        (f"{prefix}-events-2019.06", date("2019-06-01"), date("2019-06-30"), 3, False, (f"{prefix}-all",)),
        (f"{prefix}-events-2019.06.30", date("2019-06-30"), date("2019-06-30"), 0, False, ()),
        (f"{prefix}-messages-2019.06", date("2019-06-01"), date("2019-06-30"), 2, False, ()),
    ]
    assert all((index.bytes or 0) > 0 for index in found if not index.is_closed)
    assert [delete(cluster, index) for index in found] == [True] * 4
    assert names(cluster, prefix) == sorted(set(before) - {index.name for index in found})
    assert older(cluster, prefix, "2019-08-01") == []
    assert [delete(cluster, index) for index in found] == [False] * 4


@pytest.mark.cluster
def test_lines_may_be_kept_for_another_time_than_messages(
    cluster: Cluster, prefix: str, make: Callable[..., None]
) -> None:
    for kind in ("events", "messages"):
        for month in ("01", "04", "06"):
            make(f"{prefix}-{kind}-2019.{month}")
    found = older(cluster, prefix, "2019-08-01", messages=150, events=31)
    assert [index.name.removeprefix(prefix) for index in found] == [
        "-events-2019.01", "-messages-2019.01", "-events-2019.04", "-events-2019.06",
    ]  # fmt: skip


@pytest.mark.cluster
def test_no_index_at_all(cluster: Cluster, prefix: str) -> None:
    assert older(cluster, prefix, "2099-01-01") == []


@pytest.mark.cluster
def test_where_only_full_names_may_be_deleted(cluster: Cluster, prefix: str, make: Callable[..., None]) -> None:
    setting = "action.destructive_requires_name"
    _set(cluster, {setting: True})
    try:
        make(f"{prefix}-events-2019.06")
        (index,) = older(cluster, prefix, "2020-01-01")
        assert cluster.call("DELETE", f"/{prefix}-*").status == 400
        assert delete(cluster, index)
    finally:
        _set(cluster, {setting: None})


def _set(cluster: Cluster, settings: dict[str, object]) -> None:
    ask(cluster, "PUT", "/_cluster/settings", body=msgspec.json.encode({"persistent": settings}))


@pytest.mark.cluster
def test_an_alias_that_has_come_in_its_place_is_not_followed(
    cluster: Cluster, prefix: str, make: Callable[..., None]
) -> None:
    make(f"{prefix}-other")
    name = f"{prefix}-events-2019.06"
    action = {"add": {"index": f"{prefix}-other", "alias": name}}
    ask(cluster, "POST", "/_aliases", body=msgspec.json.encode({"actions": [action]}))
    index = read_name(name, prefix)
    assert index
    with pytest.raises(ClusterError, match="alias"):
        delete(cluster, index)
    assert names(cluster, prefix) == [f"{prefix}-other"]


@pytest.mark.cluster
def test_somebody_who_may_not(secured_opensearch: SecuredNode) -> None:
    node, index = secured_opensearch, f"keep-{uuid4().hex[:10]}-events-2019.06"
    administrator = connect(_settings(node, node.user, node.password))
    _create_reader(administrator)
    ask(administrator, "PUT", f"/{index}")
    reader = connect(_settings(node, "keeper", node.password))
    (found,) = older(reader, index.removesuffix("-events-2019.06"), "2020-01-01")
    with pytest.raises(AuthenticationError, match=rf"does not allow DELETE /{index} \(403: "):
        delete(reader, found)
    assert delete(administrator, found)


def _settings(node: SecuredNode, user: str, password: str) -> ConnectionSettings:
    return ConnectionSettings(urls=(node.url,), username=user, password=password, ca_file=str(node.ca_file))


def _create_reader(administrator: Cluster) -> None:
    allowed = {
        "index_patterns": ["keep-*"],
        "allowed_actions": ["read", "indices_monitor", "indices:admin/aliases/get"],
    }
    role = {"cluster_permissions": ["cluster_monitor"], "index_permissions": [allowed]}
    for path, body in (
        ("roles/keeper", role),
        ("internalusers/keeper", {"password": "Utm-shipper_7-tests!"}),
        ("rolesmapping/keeper", {"users": ["keeper"]}),
    ):
        ask(administrator, "PUT", f"/_plugins/_security/api/{path}", body=msgspec.json.encode(body))


class _Odd:
    """A cluster, or what stands before it, that answers all alike."""

    product, version, where = "opensearch", "3.4.0", "http://odd"

    def __init__(self, status: int, body: bytes) -> None:
        self._answer = Answer(status, body, {}, self.where)

    def call(self, method: str, path: str, **more: object) -> Answer:
        return self._answer

    def close(self) -> None: ...


@pytest.mark.parametrize(("status", "body"), [(200, b"<html>"), (200, b"{}"), (503, b"[]"), (200, b'[{"index"')])
def test_an_answer_that_is_no_list(status: int, body: bytes) -> None:
    with pytest.raises(ClusterError, match="GET /_cat/indices"):
        older(_Odd(status, body), "keep", "2020-01-01")


def test_a_deletion_that_is_not_acknowledged_is_no_deletion() -> None:
    index = read_name("keep-events-2019.06", "keep")
    assert index
    with pytest.raises(ClusterError, match=r"DELETE /keep-events-2019\.06"):
        delete(_Odd(200, b'{"acknowledged":false}'), index)
