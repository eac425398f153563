"""What each condition accepts, and what cannot be asked. That clusters agree is in `test_selections.py`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from shipper.errors import SettingsError
from shipper.retrieval import AnyOf, Cidr, Condition, Ending, Exists, Prefix, Scope, Terms, Within, Words, term
from shipper.retrieval.words import lowered

DOCUMENT: dict[str, Any] = {
    "_id": "a",
    "@timestamp": "2019-06-10T15:04:40.000Z",
    "host": {"name": "utm"},
    "email": {"sender": {"address": "Ärger@Example.org"}, "to": {"address": ["a@example.com", "B@example.com"]}},
    "event": {"reason": "x" * 8192},
    "source": {"ip": "192.0.2.10", "port": 25},
    "related": {"ip": ["192.0.2.10", "2001:db8::1"]},
    "tls": {"established": False},
    "sophos": {
        "utm": {
            "status": "delivered",
            "disposition": {"reason": "Over (the) limit"},
            "deliveries": [
                {"recipient": "a@example.com", "status": "delivered", "destination": {"ip": "198.51.100.1"}},
                {"recipient": "b@example.com", "status": "failed", "attempts": 2, "reason": "Unknown-User"},
            ],
        }
    },
}
DELIVERY = "sophos.utm.deliveries"

ACCEPTED: list[tuple[Condition, bool]] = [
    (term("sophos.utm.status", "delivered"), True),
    (term("sophos.utm.status", "Delivered"), False),
    (Terms("sophos.utm.status", ("failed", "delivered")), True),
    (Terms("sophos.utm.status", ()), False),
    (term("email.sender.address", "äRGER@example.ORG"), True),
    (term("email.to.address", "b@EXAMPLE.com"), True),
    (term("source.port", 25), True),
    (term("tls.established", False), True),
    (term("tls.established", True), False),
    (term("source.ip", "192.0.2.10"), True),
    (term("source.ip", "::ffff:192.0.2.10"), True),
    (term("related.ip", "2001:DB8:0:0::1"), True),
    (term("email.subject", "x"), False),
    (Words("sophos.utm.disposition.reason", "LIMIT over"), True),
    (Words("sophos.utm.disposition.reason", "over limits"), False),
    (Words("sophos.utm.disposition.reason", "over lim"), False),
    (Words("sophos.utm.disposition.reason", "-- !"), False),
    (Words("sophos.utm.deliveries.reason", "unknown user"), True),
    (Words("email.subject", "over"), False),
    (term("event.reason", "x" * 8192), False),
    (Exists("event.reason"), False),
    (Exists("source.ip"), True),
    (Exists("source.domain"), False),
    (Exists("sophos.utm.deliveries.attempts"), True),
    (Prefix("email.sender.address", "ÄRG"), True),
    (Prefix("sophos.utm.status", "D"), False),
    (Prefix("sophos.utm.status", "deliv"), True),
    (Ending("email.sender.address", "R@EXAMPLE.org"), True),
    (Ending("email.sender.address", "example"), False),
    (Ending("email.to.address", "b@example.com"), True),
    (Ending("sophos.utm.status", "RED"), False),
    (Ending("sophos.utm.status", "red"), True),
    (Ending("event.reason", "x"), False),
    (Within(DELIVERY, (Ending(f"{DELIVERY}.recipient", "B@example.com"), Exists(f"{DELIVERY}.attempts"))), True),
    (Cidr("source.ip", "192.0.2.0/28"), True),
    (Cidr("source.ip", "192.0.2.16/28"), False),
    (Cidr("source.ip", "::ffff:192.0.2.0/120"), True),
    (Cidr("related.ip", "2001:db8::/32"), True),
    (Cidr("sophos.utm.deliveries.destination.ip", "198.51.100.0/24"), True),
    (term("sophos.utm.deliveries.status", "failed"), True),
    (AnyOf((term("sophos.utm.status", "failed"), Exists("source.ip"))), True),
    (AnyOf((term("sophos.utm.status", "failed"), Exists("source.domain"))), False),
    (AnyOf(()), False),
    (Within(DELIVERY, (term(f"{DELIVERY}.status", "failed"), term(f"{DELIVERY}.attempts", 2))), True),
    (Within(DELIVERY, (term(f"{DELIVERY}.status", "delivered"), term(f"{DELIVERY}.attempts", 2))), False),
    (Within(DELIVERY, (Prefix(f"{DELIVERY}.recipient", "B@"), AnyOf((Exists(f"{DELIVERY}.attempts"),)))), True),
]


@pytest.mark.parametrize(("condition", "accepted"), ACCEPTED, ids=[str(number) for number in range(len(ACCEPTED))])
def test_what_a_condition_accepts(condition: Condition, accepted: bool) -> None:
    assert Scope(where=(condition,)).accepts(DOCUMENT) is accepted


REFUSED: list[tuple[Any, tuple[Any, ...]]] = [
    (Terms, ("sophos.utm.nothing", ("a",))),
    (Terms, ("event.original", ("a",))),
    (Terms, ("email.subject.text", ("a",))),
    (Terms, ("source.port", ("25",))),
    (Terms, ("source.port", (True,))),
    (Terms, ("tls.established", (1,))),
    (Terms, ("source.ip", ("192.0.2",))),
    (Terms, ("@timestamp", ("2019-06-10",))),
    (Prefix, ("source.ip", "192.")),
    (Words, ("email.sender.address", "a")),
    (Prefix, ("source.port", "2")),
    (Cidr, ("source.domain", "192.0.2.0/24")),
    (Cidr, ("source.ip", "192.0.2.0/33")),
    (Exists, ("sophos.utm.deliveries",)),
    (Within, (DELIVERY, (Exists("source.ip"),))),
]


@pytest.mark.parametrize(("kind", "values"), REFUSED, ids=[str(number) for number in range(len(REFUSED))])
def test_what_makes_no_sense_is_refused(kind: Any, values: tuple[Any, ...]) -> None:
    with pytest.raises(SettingsError):
        kind(*values)


def test_times_are_half_open() -> None:
    at = datetime(2019, 6, 10, 15, 4, 40, tzinfo=UTC)
    second, moment = timedelta(seconds=1), timedelta(microseconds=1)

    assert Scope(since=at).accepts(DOCUMENT)
    assert Scope(until=at + moment).accepts(DOCUMENT)
    assert Scope(since=at.astimezone(timezone(timedelta(hours=2))), until=at + second).accepts(DOCUMENT)
    assert not Scope(until=at).accepts(DOCUMENT)
    assert not Scope(since=at + moment).accepts(DOCUMENT)
    with pytest.raises(SettingsError, match="has no time zone"):
        Scope(since=datetime(2019, 6, 10))


def test_hosts() -> None:
    assert Scope(hosts=("utm2", "utm")).accepts(DOCUMENT)
    assert not Scope(hosts=("UTM",)).accepts(DOCUMENT)


def test_lower_case_is_that_of_the_servers() -> None:
    """Each character for itself: no final sigma, no combining dot."""
    assert lowered("ΟΔΟΣ İI ß") == "οδοσ ii ß"
