"""What the index patterns say of fields, and what the link from a message to its lines finds, on a real node."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote
from uuid import uuid4

import pytest

from shipper.dashboards.saved_objects import saved_objects
from tests.end_to_end.node import Node, Place
from tests.end_to_end.traffic import two_gateways
from tests.generator import Traffic
from tests.generator.model import Line

pytestmark = pytest.mark.cluster

Key = tuple[Any, ...]
PATTERNS = {found["id"]: found["attributes"] for found in saved_objects("opensearch-dashboards")[:2]}
FIELDS = {id: json.loads(attributes["fields"]) for id, attributes in PATTERNS.items()}
(TRACE,) = (field for field in FIELDS["utm-shipper-messages"] if field["scripted"])
FORMAT = json.loads(PATTERNS["utm-shipper-messages"]["fieldFormatMap"])["trace"]["params"]


@pytest.fixture(scope="module")
def place(opensearch: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Every scenario of two generations of a gateway, stored."""
    folder = tmp_path_factory.mktemp("place")
    made = Place(Node(opensearch), f"dashboards-{uuid4().hex[:10]}", folder)
    log = folder / "smtp.log"
    log.write_bytes(two_gateways().text)
    made.set_up()
    made.ship(log)
    made.node.ask("POST", f"/{made.prefix}-*/_refresh")
    yield made
    made.node.forget(made.prefix)


@pytest.mark.parametrize("index", ["messages", "events"])
def test_the_fields_of_the_index_patterns_are_those_that_the_server_tells(place: Place, index: str) -> None:
    answer = place.node.ask("GET", f"/{place.prefix}-{index}-*/_field_caps?fields=*")["fields"]
    told = {
        name: {"esTypes": list(by_type), **{flag: caps[flag] for flag in ("searchable", "aggregatable")}}
        for name, by_type in answer.items()
        for caps in by_type.values()
        if not name.startswith("_") and caps["type"] not in ("object", "nested")
    }
    said = {
        field["name"]: {name: field[name] for name in ("esTypes", "searchable", "aggregatable")}
        for field in FIELDS[f"utm-shipper-{index}"]
        if not field["scripted"] and not field["name"].startswith("_")
    }

    assert said == told


def test_the_kinds_of_subfields_are_those_that_the_mapping_tells(place: Place) -> None:
    (mapping,) = place.node.ask("GET", f"/{place.prefix}-messages-*/_mapping").values()
    said = {field["name"]: field["subType"] for field in FIELDS["utm-shipper-messages"] if "subType" in field}

    assert said == dict(_subtypes(mapping["mappings"]["properties"]))


def _subtypes(properties: dict[str, Any], above: str = "", nested: str = "") -> Iterator[tuple[str, Any]]:
    for key, mapping in properties.items():
        name = f"{above}{key}"
        inner = name if mapping.get("type") == "nested" else nested
        kind = {"nested": {"path": nested}} if nested else {}
        if kind and "properties" not in mapping:
            yield name, kind
        for view in mapping.get("fields", {}):
            yield f"{name}.{view}", {"multi": {"parent": name}, **kind}
        yield from _subtypes(mapping.get("properties", {}), f"{name}.", inner)


def traced(place: Place) -> dict[Key, tuple[str, str]]:
    """What tells a message -> its id, and the query that its link runs."""
    body = {
        "size": 10_000,
        "script_fields": {"trace": {"script": {"lang": TRACE["lang"], "source": TRACE["script"]}}},
        "_source": True,
    }
    hits = place.node.ask("POST", f"/{place.prefix}-messages-*/_search", body)["hits"]["hits"]
    return {key_of(hit["_source"]): (hit["_id"], run_by_link(hit["fields"]["trace"][0])) for hit in hits}


def run_by_link(value: str) -> str:
    """The query that Dashboards searches for after the link was clicked: its address taken apart as they do.

    encodeURIComponent and the template: field_formats/converters/url.ts; the quoted string: Rison.
    """
    escaped = "".join(c if re.fullmatch(r"[A-Za-z0-9\-_.!~*'()]", c) else f"%{c.encode().hex('%')}" for c in value)
    address = FORMAT["urlTemplate"].replace("{{value}}", escaped)
    quoted = re.search(r"query:'((?:![!']|[^!'])*)'\)\)$", unquote(address))
    assert quoted, address
    return re.sub(r"!(.)", r"\1", quoted[1])


def key_of(document: dict[str, Any]) -> Key:
    """What tells a message apart from the others: host and first id, or an attempt's client, time and recipients."""
    utm, source = document["sophos"]["utm"], document.get("source", {})
    root = document["email"].get("local_id") if "email" in document else None
    if root:
        return document["host"]["name"], root
    refused = tuple(sorted(utm.get("rejected_recipients", [])))
    sender = document.get("email", {}).get("sender", {}).get("address")
    return document["host"]["name"], source.get("ip"), source.get("port"), document["@timestamp"], sender, refused


def found(place: Place, kind: str, query: str) -> list[dict[str, Any]]:
    """What a Lucene query in the search bar finds (es_query/from_lucene.ts)."""
    body = {"size": 2000, "query": {"query_string": {"query": query, "analyze_wildcard": True}}}
    hits: list[dict[str, Any]] = place.node.ask("POST", f"/{place.prefix}-{kind}-*/_search", body)["hits"]["hits"]
    return hits


class Truth:
    """Which lines a message has, by their offsets in the log."""

    def __init__(self, traffic: Traffic) -> None:
        self.lines: dict[int, Line] = {}
        offset = 0
        for line in traffic.lines:
            self.lines[offset] = line
            offset += len(line.text) + 1
        self.keys = {key_of(document): key for document, key in zip(traffic.messages, traffic.keys, strict=True)}

    def of(self, key: int) -> set[int]:
        return {offset for offset, line in self.lines.items() if key in line.message}

    def session_of(self, key: int) -> set[int]:
        """The lines of all messages and attempts that share a line with this one: those of its SMTP session."""
        together = {other for line in self.lines.values() if key in line.message for other in line.message}
        return {offset for offset, line in self.lines.items() if together & set(line.message)}


def names_client_or_id(event: dict[str, Any]) -> bool:
    return "ip" in event.get("source", {}) or "queue_id" in event["sophos"]["utm"]


def test_the_link_of_a_message_finds_it_and_its_lines(place: Place) -> None:
    """All lines that name the client or an id of the chain; and no others, but for further mail of the same session."""
    truth = Truth(two_gateways())
    traceable = {
        hit["_source"]["log"]["offset"]
        for hit in place.node.hits(f"{place.prefix}-events-*")
        if names_client_or_id(hit["_source"])
    }
    links = traced(place)
    assert links.keys() == truth.keys.keys()
    exact = alone = 0
    for key, (id, query) in links.items():
        lines = {hit["_source"]["log"]["offset"] for hit in found(place, "events", query)}
        own, session = truth.of(truth.keys[key]), truth.session_of(truth.keys[key])
        assert own & traceable <= lines <= session, (key, query)
        assert id in {hit["_id"] for hit in found(place, "messages", query)}, (key, query)
        if own == session:
            alone += 1
            exact += lines == own & traceable

    assert exact == alone > len(links) * 0.8
    assert sum(len(truth.of(key) - traceable) for key in truth.keys.values()) < 30


def test_a_message_with_ids_is_found_alone(place: Place) -> None:
    for key, (id, query) in traced(place).items():
        if len(key) == 2:
            assert [hit["_id"] for hit in found(place, "messages", query)] == [id]


@pytest.mark.parametrize(
    ("document", "query"),
    [
        ({}, None),
        ({"sophos": {"utm": {"queue_ids": ["a-b-c"]}}}, "sophos.utm.queue_ids:(a-b-c) OR sophos.utm.queue_id:(a-b-c)"),
        (
            {
                "@timestamp": "2019-06-10T08:00:05.000Z",
                "event": {"start": "2019-06-10T08:00:04.000Z", "end": "2019-06-10T08:00:06.000Z"},
                "source": {"ip": "2001:db8::1"},
                "sophos": {"utm": {"sender": {"envelope": '"o\'neil!\\"x"@example.net'}}},
            },
            '(NOT _exists_:sophos.utm.queue_ids AND NOT _exists_:sophos.utm.queue_id AND source.ip:"2001:db8::1"'
            " AND NOT (_exists_:email.sender.address"
            ' AND NOT email.sender.address:"\\"o\'neil!\\\\\\"x\\"@example.net")'
            " AND ((NOT _exists_:source.port AND @timestamp:[1560153604000 TO 1560153606000])))",
        ),
    ],
)
def test_the_link_of_little_known(place: Place, document: dict[str, Any], query: str | None) -> None:
    index = f"{place.prefix}-messages-little"
    place.node.ask("PUT", f"/{index}/_doc/1?refresh=true", document)
    script = {"script": {"lang": "painless", "source": TRACE["script"]}}
    (hit,) = place.node.ask("POST", f"/{index}/_search", {"script_fields": {"trace": script}})["hits"]["hits"]
    place.node.ask("DELETE", f"/{index}")
    (value,) = hit["fields"]["trace"]

    assert (None if value is None else run_by_link(value)) == query
