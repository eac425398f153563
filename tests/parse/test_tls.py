"""`X=` in the spellings of OpenSSL and GnuTLS. The expected names are those of IANA's TLS cipher suite registry."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

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
