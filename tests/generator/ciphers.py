"""Cipher suites and what to think of them: hand-written data, the facts of each suite and the lists of each policy."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Suite:
    """`iana` None: no registry knows the logged name. `bits` as logged. `insecure`: what alone makes it so."""

    iana: str | None
    bits: int
    forward_secrecy: bool = False
    aead: bool = False
    insecure: str = ""


FS, AEAD = True, True
NO_FS, CBC = False, False

# OpenSSL's name, as logged -> the suite
SUITES: dict[str, Suite] = {
    # forward secrecy and AEAD
    "ECDHE-RSA-AES256-GCM-SHA384": Suite("TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", 256, FS, AEAD),
    "ECDHE-RSA-AES128-GCM-SHA256": Suite("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", 128, FS, AEAD),
    "ECDHE-ECDSA-AES256-GCM-SHA384": Suite("TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", 256, FS, AEAD),
    "ECDHE-ECDSA-AES128-GCM-SHA256": Suite("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", 128, FS, AEAD),
    "DHE-RSA-AES256-GCM-SHA384": Suite("TLS_DHE_RSA_WITH_AES_256_GCM_SHA384", 256, FS, AEAD),
    "DHE-RSA-AES128-GCM-SHA256": Suite("TLS_DHE_RSA_WITH_AES_128_GCM_SHA256", 128, FS, AEAD),
    "ECDHE-RSA-CHACHA20-POLY1305": Suite("TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", 256, FS, AEAD),
    "ECDHE-ECDSA-CHACHA20-POLY1305": Suite("TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", 256, FS, AEAD),
    "DHE-DSS-AES256-GCM-SHA384": Suite("TLS_DHE_DSS_WITH_AES_256_GCM_SHA384", 256, FS, AEAD),
    "DHE-RSA-CHACHA20-POLY1305": Suite("TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256", 256, FS, AEAD),
    "DHE-RSA-AES256-CCM": Suite("TLS_DHE_RSA_WITH_AES_256_CCM", 256, FS, AEAD),
    "ECDHE-ECDSA-AES128-CCM": Suite("TLS_ECDHE_ECDSA_WITH_AES_128_CCM", 128, FS, AEAD),
    "ECDHE-ECDSA-AES256-CCM8": Suite("TLS_ECDHE_ECDSA_WITH_AES_256_CCM_8", 256, FS, AEAD),
    "ECDHE-ARIA256-GCM-SHA384": Suite("TLS_ECDHE_RSA_WITH_ARIA_256_GCM_SHA384", 256, FS, AEAD),
    # forward secrecy without AEAD
    "ECDHE-RSA-AES256-SHA384": Suite("TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384", 256, FS, CBC),
    "ECDHE-RSA-AES128-SHA256": Suite("TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256", 128, FS, CBC),
    "ECDHE-RSA-AES256-SHA": Suite("TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", 256, FS, CBC),
    "ECDHE-RSA-AES128-SHA": Suite("TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", 128, FS, CBC),
    "DHE-RSA-AES256-SHA256": Suite("TLS_DHE_RSA_WITH_AES_256_CBC_SHA256", 256, FS, CBC),
    "DHE-RSA-AES256-SHA": Suite("TLS_DHE_RSA_WITH_AES_256_CBC_SHA", 256, FS, CBC),
    "DHE-RSA-AES128-SHA": Suite("TLS_DHE_RSA_WITH_AES_128_CBC_SHA", 128, FS, CBC),
    "DHE-RSA-CAMELLIA256-SHA": Suite("TLS_DHE_RSA_WITH_CAMELLIA_256_CBC_SHA", 256, FS, CBC),
    # AEAD without forward secrecy
    "AES256-GCM-SHA384": Suite("TLS_RSA_WITH_AES_256_GCM_SHA384", 256, NO_FS, AEAD),
    "AES128-GCM-SHA256": Suite("TLS_RSA_WITH_AES_128_GCM_SHA256", 128, NO_FS, AEAD),
    "ECDH-RSA-AES128-GCM-SHA256": Suite("TLS_ECDH_RSA_WITH_AES_128_GCM_SHA256", 128, NO_FS, AEAD),
    "AES128-CCM": Suite("TLS_RSA_WITH_AES_128_CCM", 128, NO_FS, AEAD),
    # neither
    "AES256-SHA256": Suite("TLS_RSA_WITH_AES_256_CBC_SHA256", 256, NO_FS, CBC),
    "AES128-SHA256": Suite("TLS_RSA_WITH_AES_128_CBC_SHA256", 128, NO_FS, CBC),
    "AES256-SHA": Suite("TLS_RSA_WITH_AES_256_CBC_SHA", 256, NO_FS, CBC),
    "AES128-SHA": Suite("TLS_RSA_WITH_AES_128_CBC_SHA", 128, NO_FS, CBC),
    "CAMELLIA256-SHA": Suite("TLS_RSA_WITH_CAMELLIA_256_CBC_SHA", 256, NO_FS, CBC),
    "SEED-SHA": Suite("TLS_RSA_WITH_SEED_CBC_SHA", 128, NO_FS, CBC),
    "IDEA-CBC-SHA": Suite("TLS_RSA_WITH_IDEA_CBC_SHA", 128, NO_FS, CBC),
    # never to be used
    "RC4-SHA": Suite("TLS_RSA_WITH_RC4_128_SHA", 128, NO_FS, CBC, "RC4"),
    "RC4-MD5": Suite("TLS_RSA_WITH_RC4_128_MD5", 128, NO_FS, CBC, "RC4"),
    "ECDHE-RSA-RC4-SHA": Suite("TLS_ECDHE_RSA_WITH_RC4_128_SHA", 128, FS, CBC, "RC4"),
    "DES-CBC3-SHA": Suite("TLS_RSA_WITH_3DES_EDE_CBC_SHA", 168, NO_FS, CBC, "3DES"),
    "EDH-RSA-DES-CBC3-SHA": Suite("TLS_DHE_RSA_WITH_3DES_EDE_CBC_SHA", 168, FS, CBC, "3DES"),
    "ECDHE-RSA-DES-CBC3-SHA": Suite("TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA", 112, FS, CBC, "3DES"),
    "DES-CBC-SHA": Suite("TLS_RSA_WITH_DES_CBC_SHA", 56, NO_FS, CBC, "DES"),
    "EDH-RSA-DES-CBC-SHA": Suite("TLS_DHE_RSA_WITH_DES_CBC_SHA", 56, FS, CBC, "DES"),
    "EXP-RC4-MD5": Suite("TLS_RSA_EXPORT_WITH_RC4_40_MD5", 40, NO_FS, CBC, "export"),
    "EXP-DES-CBC-SHA": Suite("TLS_RSA_EXPORT_WITH_DES40_CBC_SHA", 40, NO_FS, CBC, "export"),
    "EXP-EDH-RSA-DES-CBC-SHA": Suite("TLS_DHE_RSA_EXPORT_WITH_DES40_CBC_SHA", 40, FS, CBC, "export"),
    "NULL-SHA": Suite("TLS_RSA_WITH_NULL_SHA", 0, NO_FS, CBC, "NULL"),
    "NULL-SHA256": Suite("TLS_RSA_WITH_NULL_SHA256", 0, NO_FS, CBC, "NULL"),
    "ECDHE-RSA-NULL-SHA": Suite("TLS_ECDHE_RSA_WITH_NULL_SHA", 0, FS, CBC, "NULL"),
    "ADH-AES256-SHA": Suite("TLS_DH_anon_WITH_AES_256_CBC_SHA", 256, FS, CBC, "anonymous"),
    "ADH-AES128-GCM-SHA256": Suite("TLS_DH_anon_WITH_AES_128_GCM_SHA256", 128, FS, AEAD, "anonymous"),
    "AECDH-AES256-SHA": Suite("TLS_ECDH_anon_WITH_AES_256_CBC_SHA", 256, FS, CBC, "anonymous"),
    "ADH-RC4-MD5": Suite("TLS_DH_anon_WITH_RC4_128_MD5", 128, FS, CBC, "anonymous"),
    # TLS 1.3
    "TLS_AES_256_GCM_SHA384": Suite("TLS_AES_256_GCM_SHA384", 256, FS, AEAD),
    "TLS_AES_128_GCM_SHA256": Suite("TLS_AES_128_GCM_SHA256", 128, FS, AEAD),
    "TLS_CHACHA20_POLY1305_SHA256": Suite("TLS_CHACHA20_POLY1305_SHA256", 256, FS, AEAD),
    "TLS_AES_128_CCM_SHA256": Suite("TLS_AES_128_CCM_SHA256", 128, FS, AEAD),
    # in no registry
    "VENDOR-CIPHER-256": Suite(None, 256),
    "VENDOR-CIPHER-56": Suite(None, 56),
    "TLS_VENDOR_512_SHA512": Suite(None, 512),
}

_TLS13_GCM = ("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384")

# policy -> version -> the suites it allows there. A version that does not stand here meets it with no suite.
POLICIES: dict[str, dict[str, frozenset[str]]] = {
    # Mozilla, Security/Server Side TLS, "intermediate", guideline 5.7 of 2023-05-15
    "mozilla-intermediate": {
        "1.2": frozenset(
            (
                "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
                "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
                "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
                "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
                "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
                "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
                "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256",
                "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384",
                "TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
            )
        ),
        "1.3": frozenset((*_TLS13_GCM, "TLS_CHACHA20_POLY1305_SHA256")),
    },
    # BSI TR-02102-2, versions 2024-01 and 2025-01: the suites with forward secrecy (3.3.1.1), and those of TLS 1.3
    # (3.4.4). Whether CBC came with encrypt-then-MAC is never logged.
    "bsi-tr-02102-2": {
        "1.2": frozenset(
            (
                "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256",
                "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384",
                "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
                "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
                "TLS_ECDHE_ECDSA_WITH_AES_128_CCM",
                "TLS_ECDHE_ECDSA_WITH_AES_256_CCM",
                "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256",
                "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384",
                "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
                "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
                "TLS_DHE_DSS_WITH_AES_128_CBC_SHA256",
                "TLS_DHE_DSS_WITH_AES_256_CBC_SHA256",
                "TLS_DHE_DSS_WITH_AES_128_GCM_SHA256",
                "TLS_DHE_DSS_WITH_AES_256_GCM_SHA384",
                "TLS_DHE_RSA_WITH_AES_128_CBC_SHA256",
                "TLS_DHE_RSA_WITH_AES_256_CBC_SHA256",
                "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256",
                "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384",
                "TLS_DHE_RSA_WITH_AES_128_CCM",
                "TLS_DHE_RSA_WITH_AES_256_CCM",
            )
        ),
        "1.3": frozenset((*_TLS13_GCM, "TLS_AES_128_CCM_SHA256")),
    },
    # NIST SP 800-52 Rev. 2 (August 2019), 3.3.1.1 by kind of certificate (ECDSA, RSA, DSA, DH, ECDH), and 3.3.1.2
    "nist-sp-800-52r2": {
        "1.2": frozenset(
            (
                "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
                "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
                "TLS_ECDHE_ECDSA_WITH_AES_128_CCM",
                "TLS_ECDHE_ECDSA_WITH_AES_256_CCM",
                "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8",
                "TLS_ECDHE_ECDSA_WITH_AES_256_CCM_8",
                "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256",
                "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384",
                "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
                "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
                "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
                "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
                "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256",
                "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384",
                "TLS_DHE_RSA_WITH_AES_128_CCM",
                "TLS_DHE_RSA_WITH_AES_256_CCM",
                "TLS_DHE_RSA_WITH_AES_128_CCM_8",
                "TLS_DHE_RSA_WITH_AES_256_CCM_8",
                "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256",
                "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384",
                "TLS_DHE_RSA_WITH_AES_128_CBC_SHA256",
                "TLS_DHE_RSA_WITH_AES_256_CBC_SHA256",
                "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
                "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
                "TLS_DHE_RSA_WITH_AES_128_CBC_SHA",
                "TLS_DHE_RSA_WITH_AES_256_CBC_SHA",
                "TLS_DHE_DSS_WITH_AES_128_GCM_SHA256",
                "TLS_DHE_DSS_WITH_AES_256_GCM_SHA384",
                "TLS_DHE_DSS_WITH_AES_128_CBC_SHA256",
                "TLS_DHE_DSS_WITH_AES_256_CBC_SHA256",
                "TLS_DHE_DSS_WITH_AES_128_CBC_SHA",
                "TLS_DHE_DSS_WITH_AES_256_CBC_SHA",
                "TLS_DH_DSS_WITH_AES_128_GCM_SHA256",
                "TLS_DH_DSS_WITH_AES_256_GCM_SHA384",
                "TLS_DH_DSS_WITH_AES_128_CBC_SHA256",
                "TLS_DH_DSS_WITH_AES_256_CBC_SHA256",
                "TLS_DH_DSS_WITH_AES_128_CBC_SHA",
                "TLS_DH_DSS_WITH_AES_256_CBC_SHA",
                "TLS_DH_RSA_WITH_AES_128_GCM_SHA256",
                "TLS_DH_RSA_WITH_AES_256_GCM_SHA384",
                "TLS_DH_RSA_WITH_AES_128_CBC_SHA256",
                "TLS_DH_RSA_WITH_AES_256_CBC_SHA256",
                "TLS_DH_RSA_WITH_AES_128_CBC_SHA",
                "TLS_DH_RSA_WITH_AES_256_CBC_SHA",
                "TLS_ECDH_ECDSA_WITH_AES_128_GCM_SHA256",
                "TLS_ECDH_ECDSA_WITH_AES_256_GCM_SHA384",
                "TLS_ECDH_ECDSA_WITH_AES_128_CBC_SHA256",
                "TLS_ECDH_ECDSA_WITH_AES_256_CBC_SHA384",
                "TLS_ECDH_ECDSA_WITH_AES_128_CBC_SHA",
                "TLS_ECDH_ECDSA_WITH_AES_256_CBC_SHA",
                "TLS_ECDH_RSA_WITH_AES_128_GCM_SHA256",
                "TLS_ECDH_RSA_WITH_AES_256_GCM_SHA384",
                "TLS_ECDH_RSA_WITH_AES_128_CBC_SHA256",
                "TLS_ECDH_RSA_WITH_AES_256_CBC_SHA384",
                "TLS_ECDH_RSA_WITH_AES_128_CBC_SHA",
                "TLS_ECDH_RSA_WITH_AES_256_CBC_SHA",
            )
        ),
        "1.3": frozenset((*_TLS13_GCM, "TLS_AES_128_CCM_SHA256", "TLS_AES_128_CCM_8_SHA256")),
    },
}
DEFAULT_POLICY = "mozilla-intermediate"
