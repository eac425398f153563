"""Suites in the spellings of OpenSSL and GnuTLS. The expected names are those of IANA's TLS cipher suite registry."""

from __future__ import annotations

import ssl

import pytest

from shipper.tls.suites import iana_name


@pytest.mark.parametrize(
    ("openssl", "iana"),
    [
        ("AES128-SHA", "TLS_RSA_WITH_AES_128_CBC_SHA"),
        ("AES128-SHA256", "TLS_RSA_WITH_AES_128_CBC_SHA256"),
        ("DES-CBC3-SHA", "TLS_RSA_WITH_3DES_EDE_CBC_SHA"),
        ("EDH-RSA-DES-CBC3-SHA", "TLS_DHE_RSA_WITH_3DES_EDE_CBC_SHA"),
        ("DHE-RSA-DES-CBC3-SHA", "TLS_DHE_RSA_WITH_3DES_EDE_CBC_SHA"),
        ("EDH-DSS-DES-CBC-SHA", "TLS_DHE_DSS_WITH_DES_CBC_SHA"),
        ("EXP-EDH-RSA-DES-CBC-SHA", "TLS_DHE_RSA_EXPORT_WITH_DES40_CBC_SHA"),
        ("ECDHE-RSA-DES-CBC3-SHA", "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA"),
        ("EXP-RC4-MD5", "TLS_RSA_EXPORT_WITH_RC4_40_MD5"),
        ("ADH-AES256-GCM-SHA384", "TLS_DH_anon_WITH_AES_256_GCM_SHA384"),
        ("AECDH-AES256-SHA", "TLS_ECDH_anon_WITH_AES_256_CBC_SHA"),
        ("NULL-SHA256", "TLS_RSA_WITH_NULL_SHA256"),
        ("CAMELLIA256-SHA", "TLS_RSA_WITH_CAMELLIA_256_CBC_SHA"),
        ("ECDHE-ECDSA-AES256-CCM8", "TLS_ECDHE_ECDSA_WITH_AES_256_CCM_8"),
        ("ECDHE-RSA-CHACHA20-POLY1305", "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"),
        ("ECDHE-ECDSA-CHACHA20-POLY1305", "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"),
        ("DHE-RSA-CHACHA20-POLY1305", "TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256"),
        ("TLS_CHACHA20_POLY1305_SHA256", "TLS_CHACHA20_POLY1305_SHA256"),
    ],
)
def test_openssl_names(openssl: str, iana: str) -> None:
    assert iana_name(openssl) == iana


@pytest.mark.parametrize(
    ("gnutls", "iana"),
    [
        ("ECDHE_RSA_AES_256_GCM_SHA384", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"),
        ("ECDHE_RSA_CHACHA20_POLY1305", "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"),
        ("RSA_AES_256_CBC_SHA1", "TLS_RSA_WITH_AES_256_CBC_SHA"),
        ("RSA_AES_256_CBC_SHA256", "TLS_RSA_WITH_AES_256_CBC_SHA256"),
        ("RSA_ARCFOUR_128_MD5", "TLS_RSA_WITH_RC4_128_MD5"),
        ("RSA_ARCFOUR_SHA1", "TLS_RSA_WITH_RC4_128_SHA"),
        ("RSA_3DES_EDE_CBC_SHA1", "TLS_RSA_WITH_3DES_EDE_CBC_SHA"),
        ("DHE_DSS_CAMELLIA_128_CBC_SHA1", "TLS_DHE_DSS_WITH_CAMELLIA_128_CBC_SHA"),
        ("DH_ANON_AES_128_CBC_SHA1", "TLS_DH_anon_WITH_AES_128_CBC_SHA"),
        ("ECDHE_X25519__RSA_SHA256__AES_256_GCM", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"),
        ("ECDHE_SECP256R1__ECDSA_SHA256__AES_128_GCM", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"),
        ("ECDHE_X25519__EDDSA_ED25519__CHACHA20_POLY1305", "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"),
        ("ECDHE_X25519__RSA_PSS_RSAE_SHA256__AES_128_GCM", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"),
        ("ECDHE_X25519__RSA_SHA1__AES_256_CBC__SHA1", "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA"),
        ("ECDHE_SECP384R1__RSA_SHA512__AES_256_CBC__SHA384", "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384"),
        ("DHE_FFDHE2048__RSA_SHA256__AES_256_GCM", "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384"),
        ("DHE_CUSTOM2048__DSA_SHA1__AES_128_CBC__SHA1", "TLS_DHE_DSS_WITH_AES_128_CBC_SHA"),
        ("DHE_CUSTOM2048__RSA_SHA256__AES_256_CCM_8", "TLS_DHE_RSA_WITH_AES_256_CCM_8"),
        ("RSA__AES_256_CBC__SHA1", "TLS_RSA_WITH_AES_256_CBC_SHA"),
        ("RSA__AES_128_GCM", "TLS_RSA_WITH_AES_128_GCM_SHA256"),
        ("RSA__CAMELLIA_256_GCM", "TLS_RSA_WITH_CAMELLIA_256_GCM_SHA384"),
        ("RSA__3DES_CBC__SHA1", "TLS_RSA_WITH_3DES_EDE_CBC_SHA"),
        ("ANON_DH__AES_256_GCM", "TLS_DH_anon_WITH_AES_256_GCM_SHA384"),
        ("ANON_ECDH__AES_128_CBC__SHA1", "TLS_ECDH_anon_WITH_AES_128_CBC_SHA"),
        ("RSA__AES_256_CBC", None),
        ("ECDHE_SECP256R1__AES_256_CBC__SHA1", None),
        ("ECDHE_X25519__NEW_SCHEME__AES_256_GCM", None),
        ("ECDHE_X25519__RSA_SHA256__NEW_CIPHER", None),
    ],
)
def test_gnutls_names_by_rule(gnutls: str, iana: str | None) -> None:
    assert iana_name(gnutls) == iana


def test_every_suite_of_this_machines_openssl_has_the_name_of_its_number() -> None:
    from cryptodatahub.tls.algorithm import TlsCipherSuite

    registered = {s.value.code: s.value.iana_name for s in TlsCipherSuite if s.value.iana_name}
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_ciphers("ALL:COMPLEMENTOFALL")
    suites = context.get_ciphers()

    assert {s["name"]: iana_name(s["name"]) for s in suites} == {
        s["name"]: registered[s["id"] & 0xFFFF] for s in suites
    }


def test_every_registered_name_stands_for_itself() -> None:
    from cryptodatahub.tls.algorithm import TlsCipherSuite

    registered = [s.value.iana_name for s in TlsCipherSuite if s.value.iana_name]

    assert [iana_name(name) for name in registered] == registered
