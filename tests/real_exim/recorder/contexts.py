"""How clients secure their sessions."""

from __future__ import annotations

import ssl

SUITES = (
    "ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-RSA-CHACHA20-POLY1305",
    "ECDHE-RSA-AES128-SHA",
    "DHE-RSA-AES128-GCM-SHA256",
    "AES128-GCM-SHA256",
    "AES256-CCM",
    "AES128-SHA",
)
"""Of TLS 1.2, by OpenSSL's names."""


def newest() -> ssl.SSLContext:
    """TLS 1.3. No client checks a certificate."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def only(suite: str, version: ssl.TLSVersion = ssl.TLSVersion.TLSv1_2) -> ssl.SSLContext:
    """At most this version, with one suite."""
    context = newest()
    context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, version
    context.set_ciphers(f"{suite}:@SECLEVEL=0")
    return context
