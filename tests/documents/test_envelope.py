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
