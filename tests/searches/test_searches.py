"""Each ready search finds on a real node what its question asks for, in each language; and the page is made of them."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from click.testing import CliRunner

from shipper.commands import main
from shipper.retrieval.fields import searchable_fields
from shipper.searches import Search, page
from tests.comparison import flatten, identity
from tests.dashboards.meant import Message
from tests.end_to_end.node import Node, Place
from tests.end_to_end.traffic import two_gateways
from tests.generator.model import Traffic
from tests.searches.kql import Query, translated
from tests.searches.meant import LINES, MESSAGES, Values

ROOT = Path(__file__).resolve().parents[2]
SEARCHES = {search.name: search for search in page().searches}
TEXT_FIELDS = {"email.subject.text"}


def test_the_page_is_made_of_the_declaration() -> None:
    """Make it by `utm-shipper searches > dashboards/searches.md`."""
    printed = CliRunner().invoke(main, ["searches"])

    assert printed.exit_code == 0
    assert (ROOT / "dashboards" / "searches.md").read_text(encoding="utf-8") == printed.stdout


def test_every_search_has_a_meaning() -> None:
    assert {name for name, search in SEARCHES.items() if search.index == "messages"} == MESSAGES.keys()
    assert {name for name, search in SEARCHES.items() if search.index == "events"} == LINES.keys()


@pytest.mark.parametrize("search", SEARCHES.values(), ids=SEARCHES)
def test_every_field_that_is_named_exists(search: Search) -> None:
    texts = (search.kql, search.lucene, search.sql, search.note)
    named = {name for text in texts for name in re.findall(r"\b(?:event|email|source|tls|sophos|host)\.[\w.]*\w", text)}
    named |= {field for field in (search.count_by, search.first_by) if field}
    known = searchable_fields().keys() | TEXT_FIELDS | {"sophos.utm.deliveries"}

    assert named - known == set()


class Stored:
    """The traffic on a node, and its truth."""

    def __init__(self, place: Place, traffic: Traffic) -> None:
        self._place = place
        self.traffic = traffic
        self.messages = [Message(document, fell_back=False) for document in traffic.messages]
        self.offsets: list[int] = []
        offset = 0
        for line in traffic.lines:
            self.offsets.append(offset)
            offset += len(line.text) + 1

    def search(self, index: str, body: dict[str, Any]) -> dict[str, Any]:
        path = f"/{self._place.prefix}-{index}-*/_search?size=10000"
        answer: dict[str, Any] = self._place.node.ask("POST", path, body)
        return answer

    def found(self, index: str, query: Query) -> list[Any]:
        hits = [hit["_source"] for hit in self.search(index, {"query": query})["hits"]["hits"]]
        return sorted((identity(hit) if index == "messages" else hit["log"]["offset"] for hit in hits), key=str)

    def meant(self, search: Search, values: Values) -> list[Any]:
        if search.index == "events":
            lines = zip(self.offsets, self.traffic.lines, strict=True)
            return sorted((offset for offset, line in lines if LINES[search.name](line, values)), key=str)
        fits = MESSAGES[search.name]
        return sorted((identity(m.document) for m in self.messages if fits(m, values)), key=str)

    def examples(self, search: Search) -> Iterator[Values]:
        """Values that occur in the traffic, for the names in braces."""
        flat = [flatten(document) for document in self.traffic.messages]
        users = {user.lower() for m in flat for user in m.get("related.user", ())}
        of = {
            "domain": sorted({user.rpartition("@")[2] for user in users if "@" in user})[::2],
            "network": ["192.0.2.0/24", "203.0.113.0/25", "2001:db8::/32"],
            "id": [m["email.message_id"] for m in flat if "email.message_id" in m][:1]
            if search.name == "message-id"
            else [m["sophos.utm.bounce_of"] for m in flat if "sophos.utm.bounce_of" in m][:1],
            "one": ["your"],
            "two": ["order"],
        }
        if "sender" in search.values:
            (first, *_) = (m for m in flat if m.get("email.to.address") and "@" in m.get("email.sender.address", ""))
            yield {"sender": first["email.sender.address"], "recipient": first["email.to.address"][0]}
        elif set(search.values) <= {"domain", "network"} and search.values:
            ((name, _),) = search.values.items()
            yield from ({name: value} for value in of[name])
        else:
            yield {name: of[name][0] for name in search.values}


@pytest.fixture(scope="module")
def stored(opensearch: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stored]:
    place = Place(Node(opensearch), f"searches-{uuid4().hex[:10]}", tmp_path_factory.mktemp("place"))
    log, traffic = place.folder / "smtp.log", two_gateways()
    log.write_bytes(traffic.text)
    place.set_up()
    place.ship(log)
    place.node.ask("POST", f"/{place.prefix}-*/_refresh")
    yield Stored(place, traffic)
    place.node.forget(place.prefix)


def lucene(query: str) -> Query:
    """As Dashboards and Kibana send it (from_lucene.ts)."""
    return {"query_string": {"query": query, "analyze_wildcard": True}}


def queries(search: Search, values: Values) -> dict[str, Query]:
    return {"KQL": translated(search.kql.format(**values))} | (
        {"Lucene": lucene(search.lucene.format(**values))} if search.lucene else {}
    )


@pytest.mark.cluster
@pytest.mark.parametrize("search", SEARCHES.values(), ids=SEARCHES)
def test_every_search_finds_what_is_meant(stored: Stored, search: Search) -> None:
    found = 0
    for values in stored.examples(search):
        wanted = stored.meant(search, values)
        for language, query in queries(search, values).items():
            assert (language, values, stored.found(search.index, query)) == (language, values, wanted)
        found += len(wanted)

    assert found > 0


@pytest.mark.cluster
@pytest.mark.parametrize("name", [name for name, search in SEARCHES.items() if search.count_by and not search.values])
def test_counts(stored: Stored, name: str) -> None:
    search = SEARCHES[name]
    by_value = {"terms": {"field": search.count_by, "size": 1000}}
    answer = stored.search(search.index, {"query": translated(search.kql), "aggs": {"by": by_value}})
    counted = {bucket["key"]: bucket["doc_count"] for bucket in answer["aggregations"]["by"]["buckets"]}
    if search.index == "messages":
        wanted = Counter(m.client for m in stored.messages if MESSAGES[name](m, {}) and m.client)
    else:
        texts = (line.text for line in stored.traffic.lines if LINES[name](line, {}))
        wanted = Counter(str(ip_address(found[1].decode())) for text in texts if (found := CLIENT.search(text)))

    assert {str(ip_address(key)): count for key, count in counted.items()} == wanted
    assert wanted


CLIENT = re.compile(rb" \[([0-9a-f]*[.:][0-9a-f.:]*)\]")


@pytest.mark.cluster
def test_first_mail_of_each_domain(stored: Stored) -> None:
    search = SEARCHES["new-senders"]
    first = {"first": {"min": {"field": "@timestamp"}}}
    by_value = {"terms": {"field": search.first_by, "size": 1000}, "aggs": first}
    answer = stored.search(search.index, {"query": translated(search.kql), "aggs": {"by": by_value}})
    wanted: dict[str, list[str]] = defaultdict(list)
    for message in stored.messages:
        if message.sender_domain != "no domain":
            wanted[message.sender_domain].append(message.told("@timestamp"))

    buckets = answer["aggregations"]["by"]["buckets"]
    assert {b["key"]: b["first"]["value_as_string"] for b in buckets} == {name: min(t) for name, t in wanted.items()}


TRAPS = [
    ('email.subject.text:order', 'email.subject:order', "nothing"),
    ('email.sender.address:"{sender}"', 'email.sender.address:"{SENDER}"', "the same"),
    ("sophos.utm.status:rejected", "sophos.utm.status:Rejected", "nothing"),
    ("email.to.address:*@example.com", 'email.to.address:"*@example.com"', "nothing"),
    ("sophos.utm.tls.outbound.versions:none", "sophos.utm.deliveries.tls.established:false", "nothing"),
    ("email.message_id:{begin}*", 'email.message_id:"{begin}"', "nothing"),
]  # fmt: skip


@pytest.mark.cluster
@pytest.mark.parametrize(("right", "wrong", "finds"), TRAPS)
def test_traps(stored: Stored, right: str, wrong: str, finds: str) -> None:
    flat = [flatten(message) for message in stored.traffic.messages]
    sender = next(m["email.sender.address"] for m in flat if "@" in m.get("email.sender.address", ""))
    begin = next(m["email.message_id"] for m in flat if re.fullmatch(r"\w+@[\w.]+", m.get("email.message_id", "")))[:6]
    values = {"sender": sender, "SENDER": sender.upper(), "begin": begin}
    found = stored.found("messages", lucene(right.format(**values)))

    assert found
    assert stored.found("messages", lucene(wrong.format(**values))) == (found if finds == "the same" else [])


def test_sql_names_only_what_there_is() -> None:
    told = json.dumps([search.sql for search in page().searches])

    assert set(re.findall(r"`([^`]+)`", told)) <= searchable_fields().keys() | {"utm-smtp-messages-*"}


@pytest.mark.parametrize("query", ["a", "a: b c", "a: (b", "a: {b: c", "a > ", "a: \\", "(a: b"])
def test_what_the_translator_does_not_understand_is_refused(query: str) -> None:
    with pytest.raises(ValueError, match="no test understands"):
        translated(query)


def test_what_the_translator_makes() -> None:
    made = translated('a: (b or "c d") and not e: { f: g* and h >= 2 }')

    assert made == {
        "bool": {
            "filter": [
                {
                    "bool": {
                        "should": [{"match": {"a": "b"}}, {"match_phrase": {"a": "c d"}}],
                        "minimum_should_match": 1,
                    }
                },
                {
                    "bool": {
                        "must_not": {
                            "nested": {
                                "path": "e",
                                "query": {
                                    "bool": {
                                        "filter": [
                                            {"query_string": {"fields": ["e.f"], "query": "g*"}},
                                            {"range": {"e.h": {"gte": "2"}}},
                                        ]
                                    }
                                },
                                "score_mode": "none",
                            }
                        }
                    }
                },
            ]
        }
    }
