"""What a message document says of its sender."""

from __future__ import annotations

from typing import Any

import pytest

from tests.documents.reading import ROOT, SCANNED, below, fields_of

SRS = "SRS0=abcd=XY=Example.ORG=s@Relay.example"


@pytest.mark.parametrize(
    ("envelope", "scanned", "sender"),
    [
        ("s@Example.ORG", None, {"domain": "example.org", "envelope": "s@Example.ORG", "srs": False, "null": False}),
        (SRS, None, {"domain": "relay.example", "envelope": SRS, "srs": True, "null": False}),
        (SRS, "s@Example.ORG", {"domain": "example.org", "envelope": SRS, "srs": True, "null": False}),
        ("<>", None, {"envelope": "<>", "srs": False, "null": True}),
        ("root", None, {"envelope": "root", "srs": False, "null": False}),
    ],
)
def test_sender(envelope: str, scanned: str | None, sender: dict[str, Any]) -> None:
    lines = [f"in: {ROOT} <= {envelope} H=[192.0.2.10]:53500 P=esmtp S=1 id=x"]
    lines += [f"scan: {SCANNED} <= {scanned} R={ROOT} P=INPUT S=1"] if scanned else []

    assert below(fields_of(lines), "sophos.utm.sender.") == sender


def test_recipients_refused_after_data_are_not_accepted_ones() -> None:
    """With per-recipient data responses, RCPT took them before."""
    lines = [
        *(f"in: [192.0.2.10] F=<s@b.example> R=<{name}@c.example> Accepted: from relay" for name in "xyz"),
        f"in: {ROOT} PRDR R=<x@c.example> acceptance",
        f"in: {ROOT} PRDR y@C.example not in her box",
        f"in: {ROOT} PRDR R=<z@c.example> acceptance",
        f"in: {ROOT} <= s@b.example H=[192.0.2.10]:53500 P=esmtp PRDR S=1 id=x",
    ]

    fields = fields_of(lines)
    assert fields["email.to.address"] == ["x@c.example", "z@c.example"]
    assert fields["sophos.utm.rejected_recipients"] == ["y@C.example"]
    assert fields["sophos.utm.status"] == "in_progress"
