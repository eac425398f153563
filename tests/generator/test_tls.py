"""Holds the hand-written facts of cipher suites to their names, and the grades and policies to examples."""

from __future__ import annotations

import pytest

from tests.generator.ciphers import POLICIES, SUITES
from tests.generator.facts import Delivery, Signature
from tests.generator.roll_ups import dkim_roll_ups, tls_roll_ups
from tests.generator.tls import GRADES, Tls, grade_of, meets

REGISTERED = {name: suite for name, suite in SUITES.items() if suite.iana}
INSECURE = {"RC4": "_RC4_", "3DES": "_3DES_", "DES": "_WITH_DES_", "export": "_EXPORT_", "NULL": "_NULL_",
            "anonymous": "_anon_"}  # fmt: skip


@pytest.mark.parametrize("name", REGISTERED)
def test_facts_agree_with_the_registered_name(name: str) -> None:
    suite = SUITES[name]
    iana = str(suite.iana)
    exchange = iana.removeprefix("TLS_").partition("_WITH_")[0]

    assert suite.forward_secrecy == (
        exchange.startswith(("ECDHE_", "DHE_", "ECDH_anon", "DH_anon")) or exchange == iana[4:]
    )
    assert suite.aead == any(mode in iana for mode in ("_GCM_", "_CCM", "_POLY1305_"))
    assert bool(suite.insecure) == any(mark in iana for mark in INSECURE.values())
    assert not suite.insecure or INSECURE[suite.insecure] in iana


def test_suites_are_listed_once() -> None:
    names = [suite.iana for suite in REGISTERED.values()]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("logged", "grade"),
    [
        ("TLS1.3:TLS_AES_256_GCM_SHA384", "recommended"),
        ("TLSv1.2:DHE-RSA-AES256-GCM-SHA384", "recommended"),
        ("TLSv1.2:ECDHE-RSA-AES256-SHA384", "acceptable"),
        ("TLSv1.2:AES256-GCM-SHA384", "acceptable"),
        ("TLSv1.2:AES128-SHA256", "weak"),
        ("TLSv1.1:ECDHE-RSA-AES256-SHA", "weak"),
        ("TLSv1:AES256-SHA", "weak"),
        ("SSLv3:AES256-SHA", "insecure"),
        ("SSLv3:VENDOR-CIPHER-256", "insecure"),
        ("TLSv1.2:DES-CBC3-SHA", "insecure"),
        ("TLSv1.2:ADH-AES128-GCM-SHA256", "insecure"),
        ("UNKNOWN:RC4-SHA", "insecure"),
        ("TLSv1.2:NULL-SHA256", "insecure"),
        ("TLSv1.2:VENDOR-CIPHER-56", "insecure"),
        ("TLSv1.2:VENDOR-CIPHER-256", "unknown"),
        ("TLS1.3:TLS_VENDOR_512_SHA512", "unknown"),
        ("TLSv1:VENDOR-CIPHER-256", "unknown"),
        ("UNKNOWN:TLS_AES_256_GCM_SHA384", "unknown"),
    ],
)
def test_grades(logged: str, grade: str) -> None:
    word, _, suite = logged.partition(":")
    assert grade_of(Tls(word, suite)) == grade


def test_grades_without_a_suite() -> None:
    assert [grade_of(Tls(None, None)), grade_of(None)] == ["unknown", "plaintext"]


@pytest.mark.parametrize(
    ("logged", "met"),
    [
        ("TLSv1.2:ECDHE-RSA-AES256-GCM-SHA384", {"mozilla-intermediate", "bsi-tr-02102-2", "nist-sp-800-52r2"}),
        ("TLS1.2:ECDHE-RSA-CHACHA20-POLY1305", {"mozilla-intermediate"}),
        ("TLSv1.2:DHE-RSA-AES256-CCM", {"bsi-tr-02102-2", "nist-sp-800-52r2"}),
        ("TLSv1.2:ECDHE-RSA-AES256-SHA", {"nist-sp-800-52r2"}),
        ("TLSv1.2:DHE-DSS-AES256-GCM-SHA384", {"bsi-tr-02102-2", "nist-sp-800-52r2"}),
        ("TLSv1.2:ECDH-RSA-AES128-GCM-SHA256", {"nist-sp-800-52r2"}),
        ("TLS1.2:ECDHE-ARIA256-GCM-SHA384", set()),
        ("TLSv1.1:ECDHE-RSA-AES256-SHA", set()),
        ("TLS1.3:TLS_CHACHA20_POLY1305_SHA256", {"mozilla-intermediate"}),
        ("TLS1.3:TLS_AES_128_CCM_SHA256", {"bsi-tr-02102-2", "nist-sp-800-52r2"}),
        ("UNKNOWN:TLS_AES_128_GCM_SHA256", set()),
        ("TLS1.3:TLS_VENDOR_512_SHA512", set()),
    ],
)
def test_policies(logged: str, met: set[str]) -> None:
    word, _, suite = logged.partition(":")
    assert {policy for policy in POLICIES if meets(Tls(word, suite), policy)} == met


def test_no_policy_is_met_by_plaintext() -> None:
    assert not any(meets(None, policy) for policy in POLICIES)


def delivery(recipient: str, ip: str, tls: Tls | None, *, told: bool = True) -> Delivery:
    return Delivery(recipient, "delivered", "x", 0, host=f"mx.{ip}", ip=ip, tls=tls, plaintext=told and tls is None)


def test_tls_roll_ups() -> None:
    """The weakest leg decides; loopback and what no line tells are no legs."""
    deliveries = [
        delivery("a@One.example", "192.0.2.1", Tls("TLSv1.2", "ECDHE-RSA-AES256-SHA")),
        delivery("b@two.example", "192.0.2.2", Tls("UNKNOWN", "TLS_AES_256_GCM_SHA384")),
        delivery("c@two.example", "192.0.2.2", Tls("TLSv1.2", "ECDHE-RSA-AES256-GCM-SHA384")),
        delivery("d@here.example", "127.0.0.1", None),
        delivery("root", "192.0.2.3", Tls("TLSv1.2", "ECDHE-RSA-AES256-GCM-SHA384")),
        delivery("e@untold.example", "192.0.2.4", None, told=False),
    ]

    assert tls_roll_ups(Tls("TLSv1.2", "AES256-GCM-SHA384"), True, False, deliveries, "nist-sp-800-52r2") == {
        "inbound": {"openssl_cipher": "AES256-GCM-SHA384", "bits": 256, "version": "1.2", "grade": "acceptable"},
        "outbound": {
            "versions": ["1.2", "none"],
            "ciphers": [
                "TLS_AES_256_GCM_SHA384", "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
            ],
            "grades": ["acceptable", "plaintext", "recommended", "unknown"],
            "domains": ["mx.127.0.0.1", "mx.192.0.2.1", "mx.192.0.2.2", "mx.192.0.2.3"],
            "partners": ["one.example 1.2", "two.example 1.2"],
        },
        "encrypted": "all",
        "weakest_version": "1.2",
        "weakest_grade": "unknown",
        "compliant": False,
        "policy": "nist-sp-800-52r2",
    }  # fmt: skip


def test_tls_roll_ups_of_mail_that_never_left_the_box() -> None:
    assert tls_roll_ups(None, True, True, [], "mozilla-intermediate") == {
        "inbound": {"version": "none", "grade": "plaintext"}
    }


def test_the_order_of_grades() -> None:
    assert GRADES == ("plaintext", "insecure", "weak", "unknown", "acceptable", "recommended")


def test_dkim_roll_ups() -> None:
    signatures = [
        Signature("Example.net", "S1", algorithm="rsa-sha1", detail="pass - accepted by policy"),
        Signature("example.net", "s1", result="fail", detail="verification failed - body hash mismatch"),
        Signature("esp.example", "k", result="invalid", detail="invalid - overlong public key record"),
        Signature("list.example", "k", result="none", detail="not verified", algorithm="ed25519-sha256"),
        Signature("d.example", "", "", "", None, "pass", None),
    ]

    assert dkim_roll_ups(signatures, "a@sub.example.net") == {
        "result": "pass",
        "count": 5,
        "passed": 2,
        "failed": 1,
        "aligned": True,
        "domains": ["d.example", "esp.example", "example.net", "list.example"],
        "passed_domains": ["d.example", "example.net"],
        "unverified_domains": ["esp.example", "example.net"],
        "selectors": ["k._domainkey.esp.example", "k._domainkey.list.example", "s1._domainkey.example.net"],
        "passed_selectors": ["s1._domainkey.example.net"],
        "unverified_selectors": ["k._domainkey.esp.example", "s1._domainkey.example.net"],
        "algorithms": ["ed25519-sha256", "rsa-sha1", "rsa-sha256"],
        "failure_reasons": ["body hash mismatch", "overlong public key record"],
        "signatures": [signature.document() for signature in signatures],
    }
