"""Which TLS sessions each generation of the gateway comes to, and how often."""

from __future__ import annotations

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
