"""What a TLS session looks like in each generation's `X=`, and what it means. A row: logged name, IANA name, bits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

SUITES: dict[str, tuple[str, int]] = {
    "DHE-RSA-AES256-GCM-SHA384": ("TLS_DHE_RSA_WITH_AES_256_GCM_SHA384", 256),
    "ECDHE-RSA-AES256-GCM-SHA384": ("TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", 256),
    "ECDHE-RSA-AES128-GCM-SHA256": ("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", 128),
    "ECDHE-ECDSA-AES256-GCM-SHA384": ("TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", 256),
    "ECDHE-RSA-CHACHA20-POLY1305": ("TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", 256),
    "ECDHE-RSA-AES256-SHA384": ("TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384", 256),
    "ECDHE-RSA-AES256-SHA": ("TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", 256),
    "DHE-RSA-AES256-SHA": ("TLS_DHE_RSA_WITH_AES_256_CBC_SHA", 256),
    "AES128-SHA256": ("TLS_RSA_WITH_AES_128_CBC_SHA256", 128),
    "AES256-GCM-SHA384": ("TLS_RSA_WITH_AES_256_GCM_SHA384", 256),
    "AES256-SHA": ("TLS_RSA_WITH_AES_256_CBC_SHA", 256),
    "AES128-SHA": ("TLS_RSA_WITH_AES_128_CBC_SHA", 128),
    "CAMELLIA256-SHA": ("TLS_RSA_WITH_CAMELLIA_256_CBC_SHA", 256),
    "RC4-SHA": ("TLS_RSA_WITH_RC4_128_SHA", 128),
    "RC4-MD5": ("TLS_RSA_WITH_RC4_128_MD5", 128),
    "DES-CBC3-SHA": ("TLS_RSA_WITH_3DES_EDE_CBC_SHA", 168),
    "ADH-AES256-SHA": ("TLS_DH_anon_WITH_AES_256_CBC_SHA", 256),
    "TLS_AES_256_GCM_SHA384": ("TLS_AES_256_GCM_SHA384", 256),
    "TLS_AES_128_GCM_SHA256": ("TLS_AES_128_GCM_SHA256", 128),
    "TLS_CHACHA20_POLY1305_SHA256": ("TLS_CHACHA20_POLY1305_SHA256", 256),
}

# logged protocol word -> (version, protocol)
PROTOCOLS: dict[str, tuple[str | None, str | None]] = {
    "SSLv3": ("3.0", "ssl"),
    "TLSv1": ("1.0", "tls"),
    "TLSv1.1": ("1.1", "tls"),
    "TLSv1.2": ("1.2", "tls"),
    "TLS1": ("1.0", "tls"),
    "TLS1.1": ("1.1", "tls"),
    "TLS1.2": ("1.2", "tls"),
    "TLS1.3": ("1.3", "tls"),
    "UNKNOWN": (None, None),
}
# From weak to strong; `none` is plaintext.
STRENGTH = ("none", "3.0", "1.0", "1.1", "1.2", "1.3")

_TLS1_OLD = ("AES256-SHA", "DHE-RSA-AES256-SHA", "AES128-SHA", "DES-CBC3-SHA", "RC4-SHA", "CAMELLIA256-SHA")
_TLS12 = (
    "ECDHE-RSA-AES256-GCM-SHA384",
    "DHE-RSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES256-SHA384",
    "AES128-SHA256",
    "AES256-GCM-SHA384",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
)
_TLS13 = ("TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256", "TLS_CHACHA20_POLY1305_SHA256")

# dialect -> (weight, protocol word, suites)
OFFERS: dict[str, tuple[tuple[int, str, tuple[str, ...]], ...]] = {
    "asg7": ((90, "TLSv1", _TLS1_OLD), (10, "SSLv3", ("RC4-SHA", "RC4-MD5", "DES-CBC3-SHA"))),
    "4.82": (
        (75, "TLSv1.2", _TLS12),
        (15, "TLSv1", _TLS1_OLD),
        (4, "TLSv1.1", ("ECDHE-RSA-AES256-SHA", "AES128-SHA")),
        (2, "SSLv3", ("RC4-SHA", "DES-CBC3-SHA")),
        (2, "UNKNOWN", _TLS13),
        (2, "TLSv1.2", ("ADH-AES256-SHA",)),
    ),
    "4.94": (
        (55, "TLS1.2", (*_TLS12, "ECDHE-RSA-CHACHA20-POLY1305")),
        (35, "TLS1.3", _TLS13),
        (7, "TLS1", ("ECDHE-RSA-AES256-SHA", "AES256-SHA")),
        (3, "TLS1.1", ("AES128-SHA",)),
    ),
    "4.97": (
        (30, "TLS1.2", (*_TLS12, "ECDHE-RSA-CHACHA20-POLY1305")),
        (67, "TLS1.3", _TLS13),
        (3, "TLS1", ("ECDHE-RSA-AES256-SHA",)),
    ),
}


@dataclass(frozen=True, slots=True)
class Tls:
    """One TLS session; `word` and `suite` are None where the log does not name them (`P=esmtps` without `X=`)."""

    word: str | None
    suite: str | None
    resumed: bool = False

    @property
    def logged(self) -> str:
        if self.word is None or self.suite is None:
            return ""
        return f"{self.word}:{self.suite}:{SUITES[self.suite][1]}{'*' if self.resumed else ''}"

    @property
    def version(self) -> str | None:
        return PROTOCOLS[self.word][0] if self.word else None

    def ecs(self) -> dict[str, Any]:
        fields: dict[str, Any] = {"established": True}
        if self.word:
            version, protocol = PROTOCOLS[self.word]
            if version:
                fields |= {"version": version, "version_protocol": protocol}
        if self.suite:
            fields["cipher"] = SUITES[self.suite][0]
        return fields

    def logged_fields(self) -> dict[str, Any]:
        return {"openssl_cipher": self.suite, "bits": SUITES[self.suite][1]} if self.suite else {}
