"""Names of cipher suites: what OpenSSL and GnuTLS print becomes the name in IANA's registry.

No suite is listed here: a GnuTLS name is rearranged by rule and counts only when the registry knows the result.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import NamedTuple

from shipper.tls.registry import registered

_authentication = re.compile(r"(RSA|ECDSA|EDDSA|DSA)(_|$)", re.IGNORECASE)
_authentication_in_suite = {"RSA": "RSA", "ECDSA": "ECDSA", "EDDSA": "ECDSA", "DSA": "DSS"}
_ephemeral_group = re.compile(r"(ECDHE|DHE)_(?!RSA|DSS|ECDSA|PSK)")
_mode_with_own_hash = re.compile(r"_(GCM|CCM|CCM_8|POLY1305)$")
_hashes_of_aead = ("", "_SHA256", "_SHA384")
_spellings = [
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"^ANON_(DH|ECDH)_", r"\1_ANON_"),
        (r"ARCFOUR", "RC4"),
        (r"RC4_(?=SHA|MD5)", "RC4_128_"),
        (r"3DES_CBC", "3DES_EDE_CBC"),
        (r"_SHA$", "_SHA1"),
    )
]


class _Names(NamedTuple):
    """IANA names by OpenSSL's name, and by the words that IANA's and GnuTLS's spellings share."""

    by_openssl: dict[str, str]
    by_words: dict[str, str]


@lru_cache(maxsize=1024)
def iana_name(logged: str, *, tls13: bool = False) -> str | None:
    """IANA's name of a suite as OpenSSL or GnuTLS prints it; None where the registry has no such suite.

    Forms: `ECDHE-RSA-AES256-GCM-SHA384`, `TLS_AES_256_GCM_SHA384` (OpenSSL), `ECDHE_RSA_AES_256_GCM_SHA384` (Exim with
    GnuTLS to 4.92), `ECDHE_X25519__RSA_SHA256__AES_256_GCM` and `RSA__AES_256_CBC__SHA1` (4.93 on). `tls13` says that
    the session was TLS 1.3, which such a description alone does not show.
    """
    if "__" in logged:
        return _from_description(logged, tls13)
    if "-" in logged:
        return _from_openssl(logged)
    return _from_words(logged) or _from_openssl(logged)


def _from_openssl(name: str) -> str | None:
    """OpenSSL 1.1.0 renamed `EDH-` to `DHE-`; the registry knows some suites by the one and some by the other."""
    names = _names().by_openssl
    swapped = name.replace("EDH-", "DHE-") if "EDH-" in name else re.sub(r"(?<!C)DHE-", "EDH-", name)
    return names.get(name) or names.get(swapped)


def _from_words(name: str) -> str | None:
    known = _names().by_words
    words = _words(name)
    if not _mode_with_own_hash.search(words):
        return known.get(words)
    return next((known[words + suffix] for suffix in _hashes_of_aead if words + suffix in known), None)


def _from_description(name: str, tls13: bool) -> str | None:
    """GnuTLS's session description: key exchange, signature, cipher and, unless it is AEAD, MAC, joined by `__`.

    A TLS 1.3 suite has neither key exchange nor signature in its name. Before TLS 1.2 GnuTLS leaves the signature of an
    ephemeral exchange out, so whether it was RSA or ECDSA, and with it the suite, stays unknown.
    """
    exchange, *rest = name.split("__")
    if tls13:
        return _from_words(rest[-1])
    if _ephemeral_group.match(exchange) and len(rest) > 1:
        signature = _authentication.match(rest.pop(0))
        if not signature:
            return None
        exchange = f"{exchange.split('_')[0]}_{_authentication_in_suite[signature[1].upper()]}"
    return _from_words("_".join([exchange, *rest]))


def _words(name: str) -> str:
    """The spelling in which IANA's and GnuTLS's names agree.

    `TLS_RSA_WITH_RC4_128_SHA` and `RSA_ARCFOUR_128_SHA1` both become `RSA_RC4_128_SHA1`.
    """
    words = name.removeprefix("TLS_").replace("_WITH_", "_").upper()
    for gnutls, iana in _spellings:
        words = gnutls.sub(iana, words)
    return words


@cache
def _names() -> _Names:
    suites = registered().values()
    return _Names(
        by_openssl={suite.openssl: suite.name for suite in suites if suite.openssl},
        by_words={_words(suite.name): suite.name for suite in suites},
    )
