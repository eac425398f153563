"""Queries of panels, over documents: what a server would find."""

from __future__ import annotations

from typing import Any

import pytest

from shipper.dashboards.declaration import Chart, Filters
from shipper.dashboards.panels import load_panels
from shipper.errors import PanelsError, SettingsError
from shipper.figures.facts import Facts
from shipper.figures.lucene import predicate

DOCUMENT: dict[str, Any] = {
    "source": {"ip": "2001:DB8:0:0::1"},
    "email": {"sender": {"address": "Alice@Example.net"}, "to": {"address": ["bob@example.com", "eve@example.com"]}},
    "sophos": {"utm": {"status": "delivered", "event_count": 7, "tls": {"compliant": False}}},
}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", True),
        ("sophos.utm.status:delivered", True),
        ("sophos.utm.status:(failed OR delivered)", True),
        ('sophos.utm.status:("failed" OR "deferred")', False),
        ("NOT sophos.utm.status:(failed OR deferred)", True),
        ("NOT sophos.utm.status:delivered", False),
        ("email.to.address:eve@example.com", True),
        ("email.sender.address:ALICE@example.net", True),
        ('source.ip:"2001:db8::1"', True),
        ("sophos.utm.event_count:7", True),
        ("sophos.utm.tls.compliant:false", True),
        ("sophos.utm.tls.compliant:true", False),
        ("_exists_:sophos.utm.tls.compliant AND NOT _exists_:sophos.utm.tls.fallback", True),
        ("_exists_:sophos.utm.tls.fallback", False),
        ("sophos.utm.status:failed OR (sophos.utm.event_count:7 AND NOT _exists_:event.reason)", True),
        ("sophos.utm.status:failed AND (sophos.utm.event_count:7 OR _exists_:source.ip)", False),
    ],
)
def test_what_is_found(query: str, found: bool) -> None:
    assert predicate(query)(Facts(DOCUMENT)) is found


@pytest.mark.parametrize(
    "query",
    [
        "sophos.utm.status:del*",
        "sophos.utm.status:delivered sophos.utm.event_count:7",
        "sophos.utm.event_count:[1 TO 7]",
        "sophos.utm.status:delivere~1",
        "sophos.utm.status:delivered AND _exists_:source.ip OR _exists_:event.reason",
        "sophos.utm.status:failed OR NOT _exists_:event.reason",
        "delivered",
        "sophos.utm.status:(delivered",
    ],
)
def test_what_means_something_else_is_refused(query: str) -> None:
    with pytest.raises(PanelsError, match="query"):
        predicate(query)


def test_an_unknown_field_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"sophos\.utm\.statsu"):
        predicate("sophos.utm.statsu:delivered")


def test_all_queries_of_the_declaration_are_understood() -> None:
    charts = [panel for panel in load_panels().panels if isinstance(panel, Chart)]
    buckets = [bucket for chart in charts for bucket in chart.buckets if isinstance(bucket, Filters)]
    queries = {chart.query for chart in charts} | {named.query for bucket in buckets for named in bucket.filters}

    assert len([predicate(query) for query in queries]) > 40


def test_values_that_are_too_long_to_be_indexed_do_not_count() -> None:
    """The subject's limit, in UTF-16 units: characters outside of the basic plane are two."""
    whole, longer = "😀" * 4095, "😀" * 4096

    assert Facts({"email": {"subject": whole}}).values("email.subject") == (whole,)
    assert Facts({"email": {"subject": longer}}).values("email.subject") == ()
