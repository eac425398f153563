"""TLS of the inbound leg, of deliveries, and the roll-ups over legs that crossed a network."""

from __future__ import annotations

from typing import Any

import pytest

from shipper.tls.policies import load_policies
from tests.documents.reading import ROOT, SCANNED, below, fields_of

AES, AES_IANA = "AES128-SHA", "TLS_RSA_WITH_AES_128_CBC_SHA"
AES_LEG = {
    "established": True,
    "version": "1.2",
    "version_protocol": "tls",
    "cipher": AES_IANA,
    "openssl_cipher": AES,
    "bits": 128,
    "grade": "weak",
}
Legs = list[str | None]


def message(inbound: str | None, outbound: Legs, client: str = "192.0.2.10", server: str = "203.0.113.5") -> list[str]:
    """`X=` of the inbound leg and of one delivery per outbound leg; None is plain text."""
    tls = f"P=esmtps X={inbound}" if inbound else "P=esmtp"
    lines = [f"in: {ROOT} <= s@example.org H=[{client}]:53500 {tls} S=1 id=x"]
    for number, leg in enumerate(outbound):
        items = f" X={leg}" if leg else ""
        lines.append(f"out: {SCANNED} => u{number}@example.com R=r T=t H=mx{number}.example.com [{server}]:25{items}")
    return [lines[0], f"scan: {SCANNED} <= s@example.org R={ROOT} P=INPUT S=1", *lines[1:]]


GOOD, FAIR, POOR = "TLS1.2:ECDHE-RSA-AES256-GCM-SHA384:256", "TLS1.2:ECDHE-RSA-AES256-SHA:256", "TLSv1.2:AES128-SHA:128"
BEST, OLD, SSL = "TLS1.3:TLS_AES_256_GCM_SHA384:256", "TLSv1:AES128-SHA:128", "SSLv3:AES128-SHA:128"
NAMELESS = "UNKNOWN:TLS_AES_256_GCM_SHA384:256"


@pytest.mark.parametrize(
    ("inbound", "outbound", "encrypted", "version", "grade", "compliant"),
    [
        (GOOD, [GOOD], "all", "1.2", "recommended", True),
        (BEST, [BEST, GOOD], "all", "1.2", "recommended", True),
        (GOOD, [FAIR], "all", "1.2", "acceptable", False),
        (FAIR, [GOOD, POOR], "all", "1.2", "weak", False),
        (GOOD, [None], "some", "none", "plaintext", False),
        (None, [None], "none", "none", "plaintext", False),
        (None, [], "none", "none", "plaintext", False),
        (BEST, [OLD, POOR], "all", "1.0", "weak", False),
        (SSL, [OLD], "all", "3.0", "insecure", False),
        (NAMELESS, ["TLSv1.1:AES128-SHA:128"], "all", "1.1", "weak", False),
        (NAMELESS, [FAIR], "all", "1.2", "unknown", False),
        (NAMELESS, [], "all", None, "unknown", False),
    ],
)
def test_over_all_legs(
    inbound: str | None, outbound: Legs, encrypted: str, version: str | None, grade: str, compliant: bool
) -> None:
    found = below(fields_of(message(inbound, outbound)), "sophos.utm.tls.")
    names = ("encrypted", "weakest_version", "weakest_grade", "compliant", "policy")

    assert [found.get(name) for name in names] == [encrypted, version, grade, compliant, "mozilla-intermediate"]


def test_whether_legs_are_compliant_depends_on_the_policy() -> None:
    lines = message("TLS1.2:ECDHE-RSA-AES256-SHA384:256", [BEST])
    policies = {name: load_policies()[name] for name in ("mozilla-intermediate", "bsi-tr-02102-2")}

    found = {name: below(fields_of(lines, tls=policy), "sophos.utm.tls.") for name, policy in policies.items()}

    assert {name: (each["policy"], each["compliant"], each["weakest_grade"]) for name, each in found.items()} == {
        "mozilla-intermediate": ("mozilla-intermediate", False, "acceptable"),
        "bsi-tr-02102-2": ("bsi-tr-02102-2", True, "acceptable"),
    }


def test_a_leg_on_the_gateway_itself_does_not_count() -> None:
    found = below(fields_of(message(None, [GOOD], client="127.0.0.1")), "sophos.utm.tls.")
    assert found == {
        "inbound.version": "none",
        "inbound.grade": "plaintext",
        "outbound.versions": ["1.2"],
        "outbound.ciphers": ["TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"],
        "outbound.grades": ["recommended"],
        "outbound.domains": ["mx0.example.com"],
        "outbound.partners": ["example.com 1.2"],
        "encrypted": "all",
        "weakest_version": "1.2",
        "weakest_grade": "recommended",
        "compliant": True,
        "policy": "mozilla-intermediate",
    }
    nowhere = below(fields_of(message(None, [None], client="::1", server="127.0.0.1")), "sophos.utm.tls.")
    assert nowhere == {
        "inbound.version": "none",
        "inbound.grade": "plaintext",
        "outbound.versions": ["none"],
        "outbound.grades": ["plaintext"],
        "outbound.domains": ["mx0.example.com"],
    }


def test_both_legs_in_full() -> None:
    found = fields_of(message("TLSv1.2:AES128-SHA:128", ["TLS1.2:AES128-SHA:128", None]))
    assert below(found, "tls.") == {
        "established": True, "version": "1.2", "version_protocol": "tls", "cipher": AES_IANA,
    }  # fmt: skip
    assert below(found, "sophos.utm.tls.") == {
        "inbound.version": "1.2",
        "inbound.openssl_cipher": AES,
        "inbound.bits": 128,
        "inbound.grade": "weak",
        "outbound.versions": ["1.2", "none"],
        "outbound.ciphers": [AES_IANA],
        "outbound.grades": ["weak", "plaintext"],
        "outbound.domains": ["mx0.example.com", "mx1.example.com"],
        "outbound.partners": ["example.com 1.2", "example.com none"],
        "encrypted": "some",
        "weakest_version": "none",
        "weakest_grade": "plaintext",
        "compliant": False,
        "policy": "mozilla-intermediate",
    }


def test_a_session_that_is_only_said_to_be_encrypted() -> None:
    found = fields_of([f"in: {ROOT} <= s@example.org H=[192.0.2.10]:1 P=esmtps S=1"])
    assert below(found, "sophos.utm.tls.") == {
        "inbound.grade": "unknown",
        "encrypted": "all",
        "weakest_grade": "unknown",
        "compliant": False,
        "policy": "mozilla-intermediate",
    }


def test_partners_are_domains_of_recipients_with_the_version_they_were_reached_by() -> None:
    host = "H=mx.example.net [203.0.113.5]:25"
    lines = [
        f"=> Ann <ann@Example.NET> R=r T=t {host} X={GOOD}",
        f"=> bob@example.net R=r T=t {host} X={POOR}",
        f"=> cid@example.org R=r T=t {host} X={SSL}",
        f"=> dan@example.org R=r T=t {host}",
        f"=> eve@example.edu R=r T=t {host} X={NAMELESS}",
        f"=> fay R=r T=t {host} X={GOOD}",
        f"=> gus@local.example R=r T=t H=localhost [127.0.0.1]:25 X={GOOD}",
        f"== hal@later.example R=r T=t defer (-18) {host}: Remote host closed connection",
        "=> ida@spool.example R=r T=spool",
    ]
    found = fields_of([*message(None, []), *(f"out: {SCANNED} {line}" for line in lines)])

    assert found["sophos.utm.tls.outbound.partners"] == ["example.net 1.2", "example.org 3.0", "example.org none"]
    assert found["sophos.utm.tls.outbound.grades"] == ["recommended", "weak", "insecure", "plaintext", "unknown"]


def tls_of_delivery(line: str) -> dict[str, Any] | None:
    (delivery,) = fields_of([*message(None, []), f"out: {SCANNED} {line}"])["sophos.utm.deliveries"]
    tls: dict[str, Any] | None = delivery.get("tls")
    return tls


@pytest.mark.parametrize(
    ("line", "tls"),
    [
        ("=> u@example.com R=r T=t H=m [203.0.113.5]:25", {"established": False, "grade": "plaintext"}),
        (
            "=> u@example.com R=r T=t H=m [203.0.113.5]:25 X=TLS1.2:AES128-SHA:128*",
            AES_LEG,
        ),
        ("== u@example.com R=r T=t defer (-18) H=m [203.0.113.5]:25: Remote host closed connection", None),
        ("** u@example.com R=r T=t H=m [203.0.113.5]:25: 550 no", None),
        (
            "** u@example.com R=r T=t H=m [203.0.113.5]:25 X=TLS1.2:AES128-SHA:128 CV=no: 550 no",
            AES_LEG,
        ),
        ("** u@example.com: Unrouteable address", None),
        (
            "=> u@example.com R=r T=t H=m [203.0.113.5]:25 X=TLS1.2:NULL-SHA256:0",
            {**AES_LEG, "cipher": "TLS_RSA_WITH_NULL_SHA256", "openssl_cipher": "NULL-SHA256", "bits": 0}
            | {"grade": "insecure"},
        ),
        (
            "=> u@example.com R=r T=t H=m [203.0.113.5]:25 X=UNKNOWN:OWN-CIPHER-56:56",
            {"established": True, "openssl_cipher": "OWN-CIPHER-56", "bits": 56, "grade": "insecure"},
        ),
    ],
)
def test_deliveries(line: str, tls: dict[str, Any] | None) -> None:
    """Lines of deliveries that did not work may never have got to TLS: without X= they tell nothing."""
    assert tls_of_delivery(line) == tls


@pytest.mark.parametrize(
    ("line", "established"),
    [
        (f"{ROOT} <= s@example.org H=[192.0.2.10]:1 P=esmtps S=1", True),
        (f"{ROOT} <= s@example.org H=[192.0.2.10]:1 P=smtp S=1", False),
        (f"{ROOT} <= root@utm.example.com U=root P=local S=1", None),
        ("H=[192.0.2.10]:1 F=<s@example.org> rejected RCPT <u@example.com>: no", None),
        ("H=[192.0.2.10]:1 X=TLS1.2:AES128-SHA:128 CV=no F=<s@example.org> rejected RCPT <u@example.com>: no", True),
    ],
)
def test_what_inbound_lines_tell(line: str, established: bool | None) -> None:
    assert fields_of([f"in: {line}"]).get("tls.established") is established
