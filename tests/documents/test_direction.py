from __future__ import annotations

import pytest

from shipper.documents.direction import direction

LOCAL = frozenset(("example.com", "branch.example.com"))


@pytest.mark.parametrize(
    ("sender", "recipients", "way"),
    [
        ("a@example.net", ["b@example.com"], "inbound"),
        ("a@example.net", ["b@example.com", "c@example.org"], "inbound"),
        ("a@Example.COM", ["b@example.net"], "outbound"),
        ("a@example.com", ["b@branch.example.com"], "internal"),
        ("a@example.com", ["b@branch.example.com", "c@example.net"], "outbound"),
        ("<>", ["b@example.com"], "inbound"),
        ("<>", ["b@example.net"], "outbound"),
        ("a@sub.example.com", ["b@example.com"], "inbound"),
        (None, ["b@example.com"], None),
        ("a@example.net", [], None),
    ],
)
def test_direction(sender: str | None, recipients: list[str], way: str | None) -> None:
    assert direction(sender, recipients, LOCAL) == way


def test_without_local_domains_there_is_none() -> None:
    assert direction("a@example.net", ["b@example.com"], frozenset()) is None
