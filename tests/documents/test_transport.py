"""TLS of the inbound leg, of deliveries, and the roll-ups over legs that crossed a network."""

from __future__ import annotations

from typing import Any

import pytest

from tests.documents.reading import ROOT, SCANNED, below, fields_of

AES, AES_IANA = "AES128-SHA", "TLS_RSA_WITH_AES_128_CBC_SHA"
Legs = list[str | None]


def message(inbound: str | None, outbound: Legs, client: str = "192.0.2.10", server: str = "203.0.113.5") -> list[str]:
    """`X=` of the inbound leg and of one delivery per outbound leg; None is plain text."""
    tls = f"P=esmtps X={inbound}" if inbound else "P=esmtp"
    lines = [f"in: {ROOT} <= s@example.org H=[{client}]:53500 {tls} S=1 id=x"]
    for number, leg in enumerate(outbound):
        items = f" X={leg}" if leg else ""
        lines.append(f"out: {SCANNED} => u{number}@example.com R=r T=t H=mx{number}.example.com [{server}]:25{items}")
    return [lines[0], f"scan: {SCANNED} <= s@example.org R={ROOT} P=INPUT S=1", *lines[1:]]


@pytest.mark.parametrize(
    ("inbound", "outbound", "encrypted", "weakest"),
    [
        ("TLSv1.2:AES128-SHA:128", ["TLSv1.2:AES128-SHA:128"], "all", "1.2"),
        ("TLSv1.2:AES128-SHA:128", [None], "some", "none"),
        (None, [None], "none", "none"),
        (None, [], "none", "none"),
        ("TLS1.3:TLS_AES_256_GCM_SHA384:256", ["TLSv1:AES128-SHA:128", "TLS1.2:AES128-SHA:128"], "all", "1.0"),
        ("SSLv3:RC4-SHA:128", ["TLSv1:AES128-SHA:128"], "all", "3.0"),
        ("UNKNOWN:TLS_AES_256_GCM_SHA384:256", ["TLSv1.1:AES128-SHA:128"], "all", "1.1"),
        ("UNKNOWN:TLS_AES_256_GCM_SHA384:256", [], "all", None),
    ],
)
def test_roll_ups(inbound: str | None, outbound: Legs, encrypted: str, weakest: str | None) -> None:
    found = fields_of(message(inbound, outbound))
    assert found["sophos.utm.tls.encrypted"] == encrypted
    assert found.get("sophos.utm.tls.weakest_version") == weakest


def test_a_leg_on_the_gateway_itself_does_not_count() -> None:
    found = fields_of(message(None, ["TLS1.2:AES128-SHA:128"], client="127.0.0.1"))
    assert found["tls.established"] is False
    assert found["sophos.utm.tls.encrypted"] == "all"
    nowhere = fields_of(message(None, [None], client="::1", server="127.0.0.1"))
    assert not {"sophos.utm.tls.encrypted", "sophos.utm.tls.weakest_version"} & nowhere.keys()


def test_both_legs_in_full() -> None:
    found = fields_of(message("TLSv1.2:AES128-SHA:128", ["TLS1.2:AES128-SHA:128", None]))
    assert below(found, "tls.") == {
        "established": True, "version": "1.2", "version_protocol": "tls", "cipher": AES_IANA,
    }  # fmt: skip
    assert below(found, "sophos.utm.tls.") == {
        "inbound.openssl_cipher": AES,
        "inbound.bits": 128,
        "outbound.versions": ["1.2", "none"],
        "outbound.ciphers": [AES_IANA],
        "outbound.domains": ["mx0.example.com", "mx1.example.com"],
        "encrypted": "some",
        "weakest_version": "none",
    } | {name: value for name, value in below(found, "sophos.utm.tls.").items() if "grade" in name}


def tls_of_delivery(line: str) -> dict[str, Any] | None:
    (delivery,) = fields_of([*message(None, []), f"out: {SCANNED} {line}"])["sophos.utm.deliveries"]
    tls: dict[str, Any] | None = delivery.get("tls")
    return tls and {name: value for name, value in tls.items() if name not in ("version_protocol", "grade")}


@pytest.mark.parametrize(
    ("line", "tls"),
    [
        ("=> u@example.com R=r T=t H=m [203.0.113.5]:25", {"established": False}),
        (
            "=> u@example.com R=r T=t H=m [203.0.113.5]:25 X=TLS1.2:AES128-SHA:128*",
            {"established": True, "version": "1.2", "cipher": AES_IANA, "openssl_cipher": AES, "bits": 128},
        ),
        ("== u@example.com R=r T=t defer (-18) H=m [203.0.113.5]:25: Remote host closed connection", None),
        ("** u@example.com R=r T=t H=m [203.0.113.5]:25: 550 no", None),
        (
            "** u@example.com R=r T=t H=m [203.0.113.5]:25 X=TLS1.2:AES128-SHA:128 CV=no: 550 no",
            {"established": True, "version": "1.2", "cipher": AES_IANA, "openssl_cipher": AES, "bits": 128},
        ),
        ("** u@example.com: Unrouteable address", None),
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
