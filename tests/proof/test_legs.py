"""What a single leg is worth, where documents say little."""

from __future__ import annotations

from typing import Any

import pytest

from shipper.proof.legs import Judge, Session
from shipper.proof.partners import Partners
from shipper.tls.policies import choose_policy

JUDGE = Judge(Partners(("example.net",)), choose_policy("mozilla-intermediate"))
CIPHER = "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384"
BROKEN = "TLS_RSA_WITH_RC4_128_SHA"


def session(tls: dict[str, Any], status: str = "delivered") -> Session:
    delivery = {"recipient": "a@example.net", "status": status, "time": "2019-06-10T15:04:44.000Z", "tls": tls}
    message = {"_id": "a", "@timestamp": "2019-06-10T15:04:40.000Z", "sophos": {"utm": {"deliveries": [delivery]}}}
    (leg,) = JUDGE.legs(message).legs
    return leg.session


SESSIONS = [
    ({"version": "1.2", "cipher": CIPHER}, "TLS 1.2", "meets", ""),
    ({"version": "1.2", "version_protocol": "tls", "cipher": CIPHER}, "TLS 1.2", "meets", ""),
    ({"version": "1.1", "cipher": CIPHER}, "TLS 1.1", "fails", "TLS 1.1 is not allowed"),
    ({"version": "3.0", "cipher": CIPHER}, "SSL 3.0", "fails", "SSL 3.0 is not allowed"),
    ({"version": "1.2", "cipher": BROKEN}, "TLS 1.2", "fails", "the suite is not allowed with TLS 1.2"),
    ({"cipher": BROKEN}, "TLS, version not logged", "fails", "the suite or its key is insecure with any version"),
    ({"cipher": CIPHER}, "TLS, version not logged", "not provable", "the log does not name the version of TLS"),
    ({"version": "1.2"}, "TLS 1.2", "not provable", "the log does not name the suite"),
    ({"version": "1.0", "openssl_cipher": "OWN"}, "TLS 1.0", "not provable", "no registry knows the suite"),
    ({"established": False}, "plaintext", "plaintext", "no TLS"),
]  # fmt: skip


@pytest.mark.parametrize(("tls", "version", "verdict", "reason"), SESSIONS)
def test_what_a_session_is_worth(tls: dict[str, Any], version: str, verdict: str, reason: str) -> None:
    found = session({"established": True} | tls)

    assert (found.version, found.verdict, found.reason) == (version, verdict, reason)


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("delivered", "delivered, but its line does not tell whether it had TLS"),
        ("deferred", "not delivered, and its line does not tell whether there was TLS"),
        ("failed", "not delivered, and its line does not tell whether there was TLS"),
    ],
)
def test_what_no_line_tells(status: str, reason: str) -> None:
    found = session({}, status)

    assert found == Session("(not logged)", None, None, None, "(not logged)", "not provable", reason)
