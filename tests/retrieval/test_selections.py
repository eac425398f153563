"""Narrowed selections: what a cluster is asked and what the predicates accept is the same."""

from __future__ import annotations

from datetime import datetime

import pytest

from shipper.retrieval import AnyOf, Cidr, Document, Ending, Exists, Prefix, Scope, Terms, Within, term
from tests.comparison import flatten
from tests.retrieval.shipped import Shipped

pytestmark = pytest.mark.cluster

DELIVERY = "sophos.utm.deliveries"


def selections(documents: list[Document]) -> dict[str, Scope]:
    """What to ask for, with values that occur."""
    flat = [flatten(document) for document in documents]
    senders = [m["email.sender.address"] for m in flat if "@" in m.get("email.sender.address", "")]
    times = sorted(m["@timestamp"] for m in flat)
    since, until = (datetime.fromisoformat(times[len(times) * part // 4]) for part in (1, 3))
    delivery = f"{DELIVERY}.tls.established"
    return {
        "since": Scope(since=since),
        "until": Scope(until=until),
        "both": Scope(since=since, until=until),
        "no time at all": Scope(since=since, until=since),
        "host": Scope(hosts=("utm",)),
        "no host": Scope(hosts=("utm9",)),
        "sender": Scope(where=(term("email.sender.address", senders[0].upper()),)),
        "senders": Scope(where=(Terms("email.sender.address", tuple(senders[:20])),)),
        "no sender": Scope(where=(term("email.sender.address", "<>"),)),
        "beginning": Scope(where=(Prefix("email.sender.address", senders[1][:2].upper()),)),
        "ending": Scope(where=(Ending("email.sender.address", "@Example.NET"),)),
        "ending that is no pattern": Scope(where=(Ending("email.sender.address", "?*\\*"),)),
        "ending in nested": Scope(where=(Within(DELIVERY, (Ending(f"{DELIVERY}.recipient", ".ORG"),)),)),
        "network": Scope(where=(Cidr("source.ip", "192.0.2.0/25"),)),
        "network of the sixth": Scope(where=(Cidr("source.ip", "2001:db8::/32"),)),
        "mapped network": Scope(where=(Cidr("source.ip", "::ffff:192.0.2.0/121"),)),
        "address": Scope(where=(term("related.ip", "::ffff:192.0.2.10"),)),
        "exists": Scope(where=(Exists("sophos.utm.dkim.aligned"),)),
        "exists in nested": Scope(where=(Exists(f"{DELIVERY}.response.code"),)),
        "number": Scope(where=(term("sophos.utm.requeues", 1),)),
        "flag": Scope(where=(term("tls.established", False),)),
        "nested flag": Scope(where=(term(delivery, False),)),
        "two of one delivery": Scope(
            where=(Within(DELIVERY, (term(delivery, True), Prefix(f"{DELIVERY}.recipient", "a"))),)
        ),
        "two of any delivery": Scope(where=(term(delivery, True), Prefix(f"{DELIVERY}.recipient", "a"))),
        "any of": Scope(where=(AnyOf((Cidr("source.ip", "192.0.2.0/26"), term("sophos.utm.status", "failed"))),)),
        "any of within": Scope(
            where=(Within(DELIVERY, (AnyOf((term(f"{DELIVERY}.status", "failed"), term(delivery, False))),)),)
        ),
        "none": Scope(where=(AnyOf(()),)),
        "all": Scope(since=since, hosts=("utm",), where=(term("tls.established", True), Exists("email.subject"))),
    }


def test_a_selection_is_the_same_both_ways(crowded: Shipped) -> None:
    """The cluster's queries find what the predicates accept, and nothing less."""
    with crowded.from_cluster() as cluster, crowded.from_files() as files:
        everything = list(cluster.messages())
        found = {}
        for name, scope in selections(everything).items():
            wanted = [document for document in everything if scope.accepts(document)]
            assert (name, list(cluster.messages(scope))) == (name, wanted)
            assert (name, list(files.messages(scope))) == (name, wanted)
            assert (name, cluster.count_messages(scope)) == (name, len(wanted))
            found[name] = len(wanted)

    assert {name for name, count in found.items() if not count} == {
        *("no time at all", "no host", "none", "ending that is no pattern")
    }
    assert found["two of one delivery"] < found["two of any delivery"]
