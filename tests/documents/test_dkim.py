"""DKIM roll-ups over signatures, and what can be known without any."""

from __future__ import annotations

from typing import Any

import pytest

from tests.documents.reading import ROOT, below, fields_of

PASS, FAIL = "verification succeeded", "verification failed - unspecified reason"
INVALID, NONE = "invalid - unspecified problem", "not verified"
UNSIGNED = {"result": "none", "count": 0, "passed": 0, "failed": 0}


def message(*signatures: tuple[str, str], sender: str = "s@mail.example.co.uk", items: str = "") -> list[str]:
    lines = [f"in: {ROOT} DKIM: d={domain} s=x c=a/b a=rsa-sha256 [{result}]" for domain, result in signatures]
    return [*lines, f"in: {ROOT} <= {sender} H=[192.0.2.10]:53500 P=esmtp{items} id=x"]


def roll_up(lines: list[str], **policy: Any) -> dict[str, Any]:
    found = below(fields_of(lines, **policy), "sophos.utm.dkim.")
    found.pop("signatures", None)
    return found


@pytest.mark.parametrize(
    ("signatures", "result", "passed", "failed"),
    [
        ([("a.example", PASS)], "pass", 1, 0),
        ([("a.example", FAIL)], "fail", 0, 1),
        ([("a.example", INVALID)], "invalid", 0, 0),
        ([("a.example", NONE)], "invalid", 0, 0),
        ([("a.example", FAIL), ("b.example", PASS), ("A.example", PASS)], "pass", 2, 1),
        ([("a.example", INVALID), ("b.example", FAIL)], "fail", 0, 1),
        ([("a.example", INVALID), ("b.example", NONE)], "invalid", 0, 0),
    ],
)
def test_results(signatures: list[tuple[str, str]], result: str, passed: int, failed: int) -> None:
    verified = sorted({domain.lower() for domain, text in signatures if text == PASS})
    found = roll_up(message(*signatures))
    wanted = {"result": result, "count": len(signatures), "passed": passed, "failed": failed, "aligned": False}
    wanted |= {"domains": sorted({domain.lower() for domain, _ in signatures})}
    wanted |= {"passed_domains": verified} if verified else {}
    assert {name: sorted(value) if isinstance(value, list) else value for name, value in found.items()} == wanted


@pytest.mark.parametrize(
    ("domain", "sender", "aligned"),
    [
        ("example.co.uk", "s@mail.example.co.uk", True),
        ("News.Example.CO.UK", "s@mail.example.co.uk", True),
        ("co.uk", "s@mail.example.co.uk", False),
        ("example.org", "s@example.com", False),
        ("example.org", "<>", None),
        ("example.org", "root", None),
    ],
)
def test_alignment_is_by_organizational_domain(domain: str, sender: str, aligned: bool | None) -> None:
    assert roll_up(message((domain, PASS), sender=sender)).get("aligned") == aligned
    if aligned:
        assert roll_up(message((domain, FAIL), sender=sender))["aligned"] is False


@pytest.mark.parametrize("items", ["", " X=TLSv1.2:AES128-SHA:128", " S=1 M8S=8"])
def test_an_older_exim_logs_every_signature(items: str) -> None:
    assert roll_up(message(items=items)) == UNSIGNED


@pytest.mark.parametrize(
    "items", [" X=TLS1.2:AES128-SHA:128", " X=TLSv1.2:AES128-SHA:128 CV=no", " K S=1", " PRDR S=1"]
)
def test_a_newer_exim_may_not_have_logged_them(items: str) -> None:
    assert roll_up(message(items=items)) == {"result": "unknown"}
    assert roll_up(message(items=items), dkim_details_logged=True) == UNSIGNED


def test_a_long_queue_id_is_a_newer_exim() -> None:
    line = "in: 1sTYGK-000000006ZN-0feA <= s@example.org H=[192.0.2.10]:53500 P=esmtp id=x"
    assert roll_up([line]) == {"result": "unknown"}


def test_the_summary_is_one_passing_signature_unless_there_are_details() -> None:
    items = " K S=1 DKIM=example.net"
    assert fields_of(message(items=items))["sophos.utm.dkim.signatures"] == [
        {"domain": "example.net", "result": "pass"}
    ]
    detailed = fields_of(message(("a.example", FAIL), ("example.net", PASS), items=items))
    assert detailed["sophos.utm.dkim.count"] == 2


def test_a_signature_in_full() -> None:
    line = (
        f"in: {ROOT} DKIM: d=Example.Net s=sel.1 c=relaxed/simple a=rsa-sha256 b=2048 i=@example.net t=1 x=2 l=3 "
        "[verification failed - body hash mismatch (body probably modified in transit)]"
    )
    (signature,) = fields_of([line, *message()])["sophos.utm.dkim.signatures"]
    assert signature == {
        "domain": "Example.Net",
        "selector": "sel.1",
        "canonicalization": "relaxed/simple",
        "algorithm": "rsa-sha256",
        "key_bits": 2048,
        "result": "fail",
        "detail": "body hash mismatch (body probably modified in transit)",
    }


def test_lines_that_are_no_results_do_not_count() -> None:
    lines = [f"in: {ROOT} DKIM: d=example.net s=x [failed key import]", f"in: {ROOT} DKIM: validation error: x"]
    assert roll_up([*lines, *message(("example.net", PASS))])["count"] == 1
    assert roll_up([*lines, *message()]) == {"result": "unknown"}
