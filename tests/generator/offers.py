"""Which TLS sessions each generation of the gateway comes to, and how often."""

from __future__ import annotations

from functools import cache
from itertools import accumulate
from random import Random

from tests.generator.tls import Tls

_GCM = (
    "ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "DHE-RSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "DHE-RSA-AES128-GCM-SHA256",
)
_CHACHA = ("ECDHE-RSA-CHACHA20-POLY1305", "ECDHE-ECDSA-CHACHA20-POLY1305", "DHE-RSA-CHACHA20-POLY1305")
_CCM = ("DHE-RSA-AES256-CCM", "ECDHE-ECDSA-AES128-CCM", "ECDHE-ECDSA-AES256-CCM8", "ECDHE-ARIA256-GCM-SHA384")
_FS_CBC = (
    "ECDHE-RSA-AES256-SHA384",
    "ECDHE-RSA-AES128-SHA256",
    "ECDHE-RSA-AES256-SHA",
    "ECDHE-RSA-AES128-SHA",
    "DHE-RSA-AES256-SHA256",
    "DHE-RSA-AES256-SHA",
)
_RSA_GCM = ("AES256-GCM-SHA384", "AES128-GCM-SHA256")
_UNUSUAL = ("ECDH-RSA-AES128-GCM-SHA256", "DHE-DSS-AES256-GCM-SHA384")
_RSA_CBC = ("AES256-SHA256", "AES128-SHA256", "AES256-SHA", "AES128-SHA", "CAMELLIA256-SHA")
_TLS1 = ("AES256-SHA", "DHE-RSA-AES256-SHA", "AES128-SHA", "DHE-RSA-AES128-SHA", "CAMELLIA256-SHA")
_TLS1_ODD = ("SEED-SHA", "IDEA-CBC-SHA", "DHE-RSA-CAMELLIA256-SHA")
_BROKEN = ("RC4-SHA", "RC4-MD5", "DES-CBC3-SHA", "EDH-RSA-DES-CBC3-SHA")
_RUINS = (
    "DES-CBC-SHA",
    "EDH-RSA-DES-CBC-SHA",
    "EXP-RC4-MD5",
    "EXP-DES-CBC-SHA",
    "EXP-EDH-RSA-DES-CBC-SHA",
    "NULL-SHA",
    "ADH-AES256-SHA",
    "ADH-RC4-MD5",
)
_RUINS12 = ("NULL-SHA256", "ECDHE-RSA-NULL-SHA", "AECDH-AES256-SHA", "ADH-AES128-GCM-SHA256", "ECDHE-RSA-RC4-SHA")
_TLS13 = ("TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256", "TLS_CHACHA20_POLY1305_SHA256")
_VENDOR = ("VENDOR-CIPHER-256", "VENDOR-CIPHER-56")

# dialect -> (weight, protocol word, suites); a weight is shared by the suites of its row
OFFERS: dict[str, tuple[tuple[float, str, tuple[str, ...]], ...]] = {
    "asg7": (
        (75, "TLSv1", _TLS1),
        (3, "TLSv1", _TLS1_ODD),
        (10, "TLSv1", _BROKEN),
        (8, "SSLv3", (*_BROKEN, "AES256-SHA")),
        (2, "TLSv1", _RUINS),
        (1, "SSLv3", (*_RUINS, *_VENDOR)),
        (1, "TLSv1", _VENDOR),
    ),
    "4.82": (
        (50, "TLSv1.2", _GCM),
        (13, "TLSv1.2", _FS_CBC),
        (6, "TLSv1.2", _RSA_GCM),
        (5, "TLSv1.2", _RSA_CBC),
        (13, "TLSv1", (*_TLS1, *_BROKEN)),
        (4, "TLSv1.1", ("ECDHE-RSA-AES256-SHA", "AES128-SHA", "ECDHE-RSA-DES-CBC3-SHA")),
        (2, "SSLv3", (*_BROKEN, "AES256-SHA", "VENDOR-CIPHER-256")),
        (3, "UNKNOWN", (*_TLS13, "RC4-SHA")),
        (2, "TLSv1.2", (*_RUINS, *_RUINS12, "DHE-RSA-CAMELLIA256-SHA", "ECDHE-RSA-DES-CBC3-SHA")),
        (2, "TLSv1.2", (*_UNUSUAL, *_VENDOR)),
    ),
    "4.94": (
        (35, "TLS1.2", _GCM),
        (6, "TLS1.2", _CHACHA),
        (8, "TLS1.2", _FS_CBC),
        (3, "TLS1.2", (*_RSA_GCM, "AES128-CCM")),
        (3, "TLS1.2", _RSA_CBC),
        (2, "TLS1.2", _CCM),
        (33, "TLS1.3", _TLS13),
        (1, "TLS1.3", ("TLS_AES_128_CCM_SHA256", "TLS_VENDOR_512_SHA512")),
        (5, "TLS1", ("ECDHE-RSA-AES256-SHA", "AES256-SHA", "VENDOR-CIPHER-256")),
        (2, "TLS1.1", ("AES128-SHA",)),
        (2, "TLS1.2", ("ECDHE-RSA-DES-CBC3-SHA", *_RUINS12, *_VENDOR)),
    ),
    "4.97": (
        (20, "TLS1.2", _GCM),
        (4, "TLS1.2", _CHACHA),
        (3, "TLS1.2", _FS_CBC),
        (2, "TLS1.2", (*_RSA_GCM, *_RSA_CBC)),
        (2, "TLS1.2", _CCM),
        (64, "TLS1.3", _TLS13),
        (1, "TLS1.3", ("TLS_AES_128_CCM_SHA256", "TLS_VENDOR_512_SHA512")),
        (3, "TLS1", ("ECDHE-RSA-AES256-SHA", "AES256-SHA")),
        (1, "TLS1.2", ("AECDH-AES256-SHA", "NULL-SHA256", *_VENDOR)),
    ),
}

# What a partner's servers are like -> the grades that its sessions come to; without a row: all of them.
CHARACTERS: dict[str, tuple[str, ...]] = {
    "modern": ("recommended",),
    "dated": ("acceptable", "weak"),
    "old": ("weak", "insecure"),
}


@cache
def _sessions(dialect: str, character: str) -> tuple[list[Tls], list[float]]:
    """The sessions of a generation with such a partner, and their running weights."""
    rows = [(weight / len(suites), Tls(word, suite)) for weight, word, suites in OFFERS[dialect] for suite in suites]
    wanted = CHARACTERS.get(character)
    chosen = [row for row in rows if wanted is None or row[1].grade in wanted] or rows
    return [tls for _, tls in chosen], list(accumulate(weight for weight, _ in chosen))


def usual_session(rng: Random, dialect: str, character: str = "") -> Tls:
    sessions, weights = _sessions(dialect, character)
    return rng.choices(sessions, cum_weights=weights)[0]


def possible_sessions(dialect: str) -> list[Tls]:
    """Each kind of session that this generation comes to, always the same list."""
    return _sessions(dialect, "")[0]
