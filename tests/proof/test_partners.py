"""Whose mail an address's is, and that no message of a partner is missed by what a cluster is asked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shipper.proof.partners import Partners, partners
from shipper.retrieval import Scope

LABELS = st.sampled_from(["example", "EXAMPLE", "net", "news", "notexample", "bücher", "a.b", ""])
DOMAINS = st.lists(LABELS, min_size=1, max_size=4).map(".".join)
LOCAL_PARTS = st.sampled_from(["a", "a@example.net", '"a b"', "news.example.net", "*", "SRS0=x=y=example.net=a"])
ADDRESSES = st.one_of(st.tuples(LOCAL_PARTS, DOMAINS).map("@".join), DOMAINS, st.just("<>"))

OF = [
    ("a@example.net", False, "example.net"),
    ("A@EXAMPLE.NET", False, "example.net"),
    ("a@news.example.net", False, None),
    ("a@news.example.net", True, "example.net"),
    ("a@very.news.Example.net", True, "example.net"),
    ("a@shop.example.net", True, "shop.example.net"),
    ("a@x.shop.example.net", True, "shop.example.net"),
    ("a@x.alpha.example.net", True, "alpha.example.net"),
    ("a@notexample.net", True, None),
    ("a@example.net.org", True, None),
    ('"b@example.net"@other.org', True, None),
    ('"b@other.org"@example.net', False, "example.net"),
    ("example.net", True, None),
    ("<>", True, None),
    ("", True, None),
]


@pytest.mark.parametrize(("address", "subdomains", "partner"), OF)
def test_whose_it_is(address: str, subdomains: bool, partner: str | None) -> None:
    asked = partners(["Example.NET", "shop.example.net", "alpha.example.net", "example.net"], subdomains=subdomains)

    assert asked.domains == ("example.net", "shop.example.net", "alpha.example.net")
    assert asked.of(address) == partner


@given(ADDRESSES, ADDRESSES, st.booleans())
def test_no_message_is_missed(sender: str, recipient: str, subdomains: bool) -> None:
    """Whatever is a partner's meets the condition that narrows what is read."""
    asked = Partners(("example.net", "bücher.example"), subdomains)
    domain = sender.rpartition("@")[2].lower() if "@" in sender else None
    message = {
        "_id": "a",
        "@timestamp": "2019-06-10T15:04:40.000Z",
        "sophos": {"utm": {"sender": {"domain": domain}, "deliveries": [{"recipient": recipient}]}},
    }

    if asked.of(sender) or asked.of(recipient):
        assert Scope(where=(asked.condition(),)).accepts(message)
