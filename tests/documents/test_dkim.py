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


def keys(*domains: str) -> list[str]:
    """The DNS names of the keys that `message` signs with."""
    return [f"x._domainkey.{domain}" for domain in domains]


RSA = {"algorithms": ["rsa-sha256"], "aligned": False}
A_ALONE = {**RSA, "count": 1, "domains": ["a.example"], "selectors": keys("a.example")}
A_PASSED = {"passed_domains": ["a.example"], "passed_selectors": keys("a.example")}
A_UNVERIFIED = {"unverified_domains": ["a.example"], "unverified_selectors": keys("a.example")}
UNSPECIFIED, PROBLEM = "unspecified reason", "unspecified problem"


@pytest.mark.parametrize(
    ("signatures", "wanted"),
    [
        ([("a.example", PASS)], {"result": "pass", "passed": 1, "failed": 0, **A_ALONE, **A_PASSED}),
        (
            [("a.example", FAIL)],
            {
                "result": "fail",
                "passed": 0,
                "failed": 1,
                "failure_reasons": [UNSPECIFIED],
                **A_ALONE,
                **A_UNVERIFIED,
            },
        ),
        (
            [("a.example", INVALID)],
            {
                "result": "invalid",
                "passed": 0,
                "failed": 0,
                "failure_reasons": [PROBLEM],
                **A_ALONE,
                **A_UNVERIFIED,
            },
        ),
        ([("a.example", NONE)], {"result": "invalid", "passed": 0, "failed": 0, **A_ALONE}),
        (
            [("a.example", FAIL), ("b.example", PASS), ("A.example", PASS)],
            {
                "result": "pass",
                "count": 3,
                "passed": 2,
                "failed": 1,
                **RSA,
                "domains": ["a.example", "b.example"],
                "selectors": keys("a.example", "b.example"),
                "passed_domains": ["b.example", "a.example"],
                "passed_selectors": keys("b.example", "a.example"),
                **A_UNVERIFIED,
                "failure_reasons": [UNSPECIFIED],
            },
        ),
        (
            [("a.example", INVALID), ("b.example", FAIL), ("c.example", FAIL)],
            {
                "result": "fail",
                "count": 3,
                "passed": 0,
                "failed": 2,
                **RSA,
                "domains": ["a.example", "b.example", "c.example"],
                "selectors": keys("a.example", "b.example", "c.example"),
                "unverified_domains": ["a.example", "b.example", "c.example"],
                "unverified_selectors": keys("a.example", "b.example", "c.example"),
                "failure_reasons": [PROBLEM, UNSPECIFIED],
            },
        ),
        (
            [("a.example", INVALID), ("b.example", NONE)],
            {
                "result": "invalid",
                "count": 2,
                "passed": 0,
                "failed": 0,
                **RSA,
                "domains": ["a.example", "b.example"],
                "selectors": keys("a.example", "b.example"),
                **A_UNVERIFIED,
                "failure_reasons": [PROBLEM],
            },
        ),
    ],
    ids=lambda value: " ".join(text.split()[1] for _, text in value) if isinstance(value, list) else "",
)
def test_results(signatures: list[tuple[str, str]], wanted: dict[str, Any]) -> None:
    assert roll_up(message(*signatures)) == wanted


def test_keys_are_named_as_in_dns_and_algorithms_as_logged() -> None:
    lines = [
        f"in: {ROOT} DKIM: d=News.Example.NET s=Sel.1 c=a/b a=rsa-sha256 [{PASS}]",
        f"in: {ROOT} DKIM: d=news.example.net s=sel.1 c=a/b a=rsa-sha1 [{PASS}]",
        f"in: {ROOT} DKIM: d=news.example.net s=sel.2 c=a/b a=ed25519-sha256 [{FAIL}]",
    ]

    found = roll_up([*lines, *message()])

    assert found == {
        "result": "pass",
        "count": 3,
        "passed": 2,
        "failed": 1,
        "domains": ["news.example.net"],
        "passed_domains": ["news.example.net"],
        "unverified_domains": ["news.example.net"],
        "selectors": ["sel.1._domainkey.news.example.net", "sel.2._domainkey.news.example.net"],
        "passed_selectors": ["sel.1._domainkey.news.example.net"],
        "unverified_selectors": ["sel.2._domainkey.news.example.net"],
        "algorithms": ["rsa-sha256", "rsa-sha1", "ed25519-sha256"],
        "failure_reasons": [UNSPECIFIED],
        "aligned": False,
    }


@pytest.mark.parametrize(
    ("tags", "domains"), [("d=<UNSET> s=x", {}), ("d=a.example s=<UNSET>", {"domains": ["a.example"]})]
)
def test_a_tag_that_the_signature_lacks_is_no_name(tags: str, domains: dict[str, Any]) -> None:
    line = f"in: {ROOT} DKIM: {tags} c=a/b a=rsa-sha256 [{INVALID}]"

    assert roll_up([line, *message()]) == {
        "result": "invalid",
        "count": 1,
        "passed": 0,
        "failed": 0,
        "algorithms": ["rsa-sha256"],
        "failure_reasons": [PROBLEM],
        "aligned": False,
        **domains,
        **{f"unverified_{name}": value for name, value in domains.items()},
    }


def test_why_a_signature_passed_is_no_reason_for_failing() -> None:
    found = roll_up(message(("a.example", "pass - the key is known"), ("b.example", FAIL)))

    assert (found["result"], found["failure_reasons"]) == ("pass", [UNSPECIFIED])


def test_a_signature_without_selector_names_no_key() -> None:
    assert roll_up(message(items=" K S=1 DKIM=Example.net")) == {
        "result": "pass",
        "count": 1,
        "passed": 1,
        "failed": 0,
        "domains": ["example.net"],
        "passed_domains": ["example.net"],
        "aligned": False,
    }


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


@pytest.mark.parametrize(
    ("domains", "counted"),
    [
        ("aa", ["a"]),
        ("aabb", ["a", "b"]),
        ("aabbb", ["a", "a", "b", "b", "b"]),
        ("abab", ["a", "b", "a", "b"]),
        ("aab", ["a", "a", "b"]),
    ],
)
def test_lines_that_an_acl_doubled_count_once(domains: str, counted: list[str]) -> None:
    """Exim 4.9x writes each line twice in a row then; anything else are signatures that look alike."""
    fields = fields_of(message(*((domain, PASS) for domain in domains)))

    assert [signature["domain"] for signature in fields["sophos.utm.dkim.signatures"]] == counted
    assert fields["sophos.utm.dkim.count"] == fields["sophos.utm.dkim.passed"] == len(counted)
