"""`X=` in the spellings of OpenSSL and GnuTLS. The expected names are those of IANA's TLS cipher suite registry."""

from __future__ import annotations

import ssl
import subprocess
import sys

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shipper.parse.suites import iana_name
from shipper.parse.tls import Cipher, parse_cipher


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "TLSv1.2:DHE-RSA-AES256-GCM-SHA384:256",
            Cipher("1.2", "tls", "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384", "DHE-RSA-AES256-GCM-SHA384", 256, False),
        ),
        (
            "TLS1.2:ECDHE-RSA-AES128-GCM-SHA256:128*",
            Cipher("1.2", "tls", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "ECDHE-RSA-AES128-GCM-SHA256", 128, True),
        ),
        (
            "TLSv1.3:TLS_AES_256_GCM_SHA384:256",
            Cipher("1.3", "tls", "TLS_AES_256_GCM_SHA384", "TLS_AES_256_GCM_SHA384", 256, False),
        ),
        (
            "TLS1.3:ECDHE_X25519__RSA_PSS_RSAE_SHA256__AES_256_GCM:256",
            Cipher(
                "1.3", "tls", "TLS_AES_256_GCM_SHA384", "ECDHE_X25519__RSA_PSS_RSAE_SHA256__AES_256_GCM", 256, False
            ),
        ),
        (
            "UNKNOWN:TLS_AES_256_GCM_SHA384:256",
            Cipher(None, None, "TLS_AES_256_GCM_SHA384", "TLS_AES_256_GCM_SHA384", 256, False),
        ),
        ("SSLv3:RC4-SHA:128", Cipher("3.0", "ssl", "TLS_RSA_WITH_RC4_128_SHA", "RC4-SHA", 128, False)),
        ("SSLv2:RC4-MD5:128", Cipher("2.0", "ssl", None, "RC4-MD5", 128, False)),
        ("TLS1.2:NO-SUCH-SUITE:256", Cipher("1.2", "tls", None, "NO-SUCH-SUITE", 256, False)),
        ("TLS1.2:AES256-SHA", Cipher("1.2", "tls", "TLS_RSA_WITH_AES_256_CBC_SHA", "AES256-SHA", None, False)),
        ("TLS1.2:a:b:256", Cipher("1.2", "tls", None, "a:b", 256, False)),
        ("TLS1.2:AES256-SHA:²", Cipher("1.2", "tls", None, "AES256-SHA:²", None, False)),
        ("TLS1.2::256", Cipher("1.2", "tls", None, "", 256, False)),
        ("", Cipher(None, None, None, "", None, False)),
    ],
)
def test_every_part_of_the_value_is_read(text: str, expected: Cipher) -> None:
    assert parse_cipher(text) == expected


@pytest.mark.parametrize(
    ("logged", "version", "protocol"),
    [
        ("TLSv1", "1.0", "tls"),
        ("TLS1", "1.0", "tls"),
        ("TLS1.0", "1.0", "tls"),
        ("TLSv1.0", "1.0", "tls"),
        ("TLSv1.1", "1.1", "tls"),
        ("TLS1.1", "1.1", "tls"),
        ("TLSv1.2", "1.2", "tls"),
        ("TLS1.2", "1.2", "tls"),
        ("TLSv1.3", "1.3", "tls"),
        ("TLS1.3", "1.3", "tls"),
        ("SSLv2", "2.0", "ssl"),
        ("SSLv3", "3.0", "ssl"),
        ("SSL3.0", "3.0", "ssl"),
        ("UNKNOWN", None, None),
        ("TLSv1.2 ", None, None),
        ("", None, None),
    ],
)
def test_all_spellings_of_a_version_become_one(logged: str, version: str | None, protocol: str | None) -> None:
    cipher = parse_cipher(f"{logged}:AES256-SHA:256")

    assert (cipher.version, cipher.protocol) == (version, protocol)


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


@pytest.mark.parametrize(
    ("gnutls", "iana"),
    [
        ("ECDHE_X25519__RSA_PSS_RSAE_SHA256__AES_256_GCM", "TLS_AES_256_GCM_SHA384"),
        ("ECDHE_SECP256R1__ECDSA_SECP256R1_SHA256__AES_128_GCM", "TLS_AES_128_GCM_SHA256"),
        ("DHE_FFDHE2048__RSA_PSS_RSAE_SHA256__CHACHA20_POLY1305", "TLS_CHACHA20_POLY1305_SHA256"),
        ("ECDHE_X25519__EDDSA_ED25519__AES_128_CCM", "TLS_AES_128_CCM_SHA256"),
        ("DHE_PSK_X25519__AES_256_GCM", "TLS_AES_256_GCM_SHA384"),
    ],
)
def test_only_the_bulk_cipher_counts_in_tls13(gnutls: str, iana: str) -> None:
    assert parse_cipher(f"TLS1.3:{gnutls}:256").cipher == iana


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


_pieces = st.lists(
    st.sampled_from(["TLSv1", ".2", ":", "*", "_", "__", "-", "ECDHE", "RSA", "AES_256", "GCM", "CBC", "SHA1", "256"])
)


@given(st.text() | _pieces.map("".join))
@example("TLS1.2:x:" + "9" * 5000)
def test_never_raises(text: str) -> None:
    cipher = parse_cipher(text)

    assert cipher.resumed == text.endswith("*")
    assert cipher.logged_cipher in text


def test_the_registry_is_imported_with_the_first_name_only() -> None:
    code = (
        "import sys; from shipper.parse.tls import parse_cipher;"
        "before = 'cryptodatahub' in sys.modules; parse_cipher('TLS1.2:AES256-SHA:256');"
        "print(before, 'cryptodatahub' in sys.modules)"
    )

    result = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)

    assert result.stdout == "False True\n"
