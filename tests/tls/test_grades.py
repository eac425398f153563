"""Grades of legs, rule by rule. The names are those of IANA's registry; what they mean is known from their RFCs."""

from __future__ import annotations

import subprocess
import sys

import pytest

from shipper.tls.grades import Grade, grade_of, weakest

FS_AEAD, FS_ONLY = "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_DHE_RSA_WITH_AES_256_CBC_SHA256"
AEAD_ONLY, NEITHER = "TLS_RSA_WITH_AES_256_GCM_SHA384", "TLS_RSA_WITH_AES_128_CBC_SHA"
OF_1_3 = "TLS_AES_256_GCM_SHA384"


@pytest.mark.parametrize(
    ("version", "protocol", "cipher", "bits", "grade"),
    [
        ("1.3", "tls", OF_1_3, 256, "recommended"),
        ("1.3", "tls", "TLS_AES_128_CCM_8_SHA256", 128, "recommended"),
        ("1.2", "tls", FS_AEAD, 128, "recommended"),
        ("1.2", "tls", FS_ONLY, 256, "acceptable"),
        ("1.2", "tls", AEAD_ONLY, 256, "acceptable"),
        ("1.2", "tls", NEITHER, 128, "weak"),
        ("1.1", "tls", FS_ONLY, 256, "weak"),
        ("1.0", "tls", NEITHER, 128, "weak"),
        ("3.0", "ssl", NEITHER, 128, "insecure"),
        ("3.0", "ssl", None, None, "insecure"),
        ("2.0", "ssl", None, 128, "insecure"),
        (None, None, FS_AEAD, 128, "unknown"),
        (None, None, OF_1_3, 256, "unknown"),
        ("1.3", "tls", None, 256, "unknown"),
        ("1.2", "tls", None, None, "unknown"),
        ("1.0", "tls", None, None, "unknown"),
        ("1.7", "tls", FS_AEAD, 128, "unknown"),
        (None, None, None, None, "unknown"),
        (None, None, None, 128, "unknown"),
        ("1.2", "tls", FS_AEAD, None, "recommended"),
        ("1.2", "tls", FS_AEAD, 112, "recommended"),
        ("1.2", "tls", FS_AEAD, 111, "insecure"),
        ("1.2", "tls", None, 56, "insecure"),
        (None, None, None, 40, "insecure"),
        ("1.2", "tls", None, 0, "insecure"),
        (None, None, "TLS_RSA_WITH_RC4_128_SHA", 128, "insecure"),
        (None, None, "TLS_DH_anon_WITH_AES_256_GCM_SHA384", 256, "insecure"),
    ],
)
def test_version_suite_and_bits(
    version: str | None, protocol: str | None, cipher: str | None, bits: int | None, grade: Grade
) -> None:
    assert grade_of(version, protocol, cipher, bits) == grade


@pytest.mark.parametrize(
    ("cipher", "grade"),
    [
        ("TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "recommended"),
        ("TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "recommended"),
        ("TLS_ECDHE_ECDSA_WITH_AES_128_CCM", "recommended"),
        ("TLS_ECDHE_ECDSA_WITH_AES_256_CCM_8", "recommended"),
        ("TLS_DHE_DSS_WITH_AES_128_GCM_SHA256", "recommended"),
        ("TLS_ECDHE_RSA_WITH_CAMELLIA_128_GCM_SHA256", "recommended"),
        ("TLS_ECDHE_RSA_WITH_ARIA_256_GCM_SHA384", "recommended"),
        ("TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256", "recommended"),
        ("TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384", "acceptable"),
        ("TLS_DHE_DSS_WITH_AES_256_CBC_SHA", "acceptable"),
        ("TLS_ECDHE_PSK_WITH_ARIA_128_CBC_SHA256", "acceptable"),
        ("TLS_DHE_RSA_WITH_SALSA20_SHA1", "acceptable"),
        ("TLS_RSA_WITH_AES_128_CCM_8", "acceptable"),
        ("TLS_ECDH_RSA_WITH_AES_256_GCM_SHA384", "acceptable"),
        ("TLS_DH_RSA_WITH_AES_128_GCM_SHA256", "acceptable"),
        ("TLS_PSK_WITH_AES_128_GCM_SHA256", "acceptable"),
        ("TLS_SRP_SHA_RSA_WITH_AES_128_CBC_SHA", "acceptable"),
        ("TLS_ECDH_ECDSA_WITH_AES_128_CBC_SHA256", "weak"),
        ("TLS_RSA_WITH_CAMELLIA_256_CBC_SHA", "weak"),
        ("TLS_RSA_WITH_SEED_CBC_SHA", "weak"),
        ("TLS_RSA_WITH_IDEA_CBC_SHA", "weak"),
        ("TLS_RSA_WITH_3DES_EDE_CBC_SHA", "insecure"),
        ("TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA", "insecure"),
        ("TLS_RSA_WITH_DES_CBC_SHA", "insecure"),
        ("TLS_DHE_DSS_WITH_RC4_128_SHA", "insecure"),
        ("TLS_ECDHE_ECDSA_WITH_RC4_128_SHA", "insecure"),
        ("TLS_RSA_EXPORT_WITH_RC4_40_MD5", "insecure"),
        ("TLS_RSA_EXPORT_WITH_RC2_CBC_40_MD5", "insecure"),
        ("TLS_DHE_RSA_EXPORT_WITH_DES40_CBC_SHA", "insecure"),
        ("TLS_RSA_EXPORT1024_WITH_RC2_CBC_56_MD5", "insecure"),
        ("TLS_ECDHE_RSA_WITH_NULL_SHA", "insecure"),
        ("TLS_RSA_WITH_NULL_SHA256", "insecure"),
        ("TLS_NULL_WITH_NULL_NULL", "insecure"),
        ("TLS_DH_anon_WITH_AES_256_CBC_SHA", "insecure"),
        ("TLS_ECDH_anon_WITH_AES_128_CBC_SHA", "insecure"),
        ("TLS_FORTEZZA_KEA_WITH_FORTEZZA_CBC_SHA", "insecure"),
    ],
)
def test_suites_with_tls_1_2(cipher: str, grade: Grade) -> None:
    assert grade_of("1.2", "tls", cipher, None) == grade


@pytest.mark.parametrize(
    ("grades", "found"),
    [
        (["recommended", "acceptable"], "acceptable"),
        (["recommended", "unknown", "acceptable"], "unknown"),
        (["unknown", "weak"], "weak"),
        (["weak", "insecure", "unknown"], "insecure"),
        (["insecure", "plaintext"], "plaintext"),
        (["recommended"], "recommended"),
        ([], None),
    ],
)
def test_the_weakest_of_several(grades: list[Grade], found: Grade | None) -> None:
    assert weakest(grades) == found


def test_the_registry_is_imported_with_the_first_suite_only() -> None:
    code = (
        "import sys; from shipper.tls.grades import grade_of; from shipper.tls.policies import default_policy, meets;"
        "policy = default_policy(); grade_of(None, None, None, None); meets(policy, '1.2', 'tls', None);"
        "before = 'cryptodatahub' in sys.modules; grade_of('1.2', 'tls', 'TLS_RSA_WITH_AES_128_CBC_SHA', 128);"
        "print(before, 'cryptodatahub' in sys.modules)"
    )

    result = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)

    assert result.stdout == "False True\n"
