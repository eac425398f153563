"""What IANA's registry says of each cipher suite, as `cryptodatahub` brings it along.

Importing it takes a quarter of a second, so it waits for the first question. Its properties are put into the words that
the names of suites have: `AES_128_GCM`, `3DES_EDE_CBC`, `CHACHA20_POLY1305`, `SHA256`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

from msgspec import Struct

_AUTHENTICATING_MODES = frozenset(("GCM", "CCM", "CCM_8", "MGM"))
_WORDS = {"TRIPLE_DES_EDE": "3DES_EDE", "CHACHA20": "CHACHA20_POLY1305"}


class Suite(Struct, frozen=True):
    """A registered suite.

    `exchange` and `authentication` are None for a suite of TLS 1.3, which settles both apart from it. `cipher` is the
    bulk cipher with its mode, None where nothing is encrypted. `mac` is None where the cipher itself authenticates
    (`is_aead`). `is_export` is a suite made weak for export.
    """

    name: str
    openssl: str | None
    exchange: str | None
    authentication: str | None
    cipher: str | None
    mac: str | None
    is_aead: bool
    is_export: bool


@cache
def registered() -> Mapping[str, Suite]:
    """Every suite that IANA has a name for, by that name, in the order of the registry."""
    from cryptodatahub.tls.algorithm import TlsCipherSuite

    suites = [_suite(member.value) for member in TlsCipherSuite if member.value.iana_name]
    return MappingProxyType({suite.name: suite for suite in suites})


def _suite(entry: Any) -> Suite:
    """The entry's own flag for authenticated encryption is wrong for some suites (CBC with ARIA): the mode tells."""
    cipher, mode, mac = _name(entry.bulk_cipher), _name(entry.block_cipher_mode), _name(entry.mac)
    is_aead = mode in _AUTHENTICATING_MODES or cipher == "CHACHA20"
    return Suite(
        name=entry.iana_name,
        openssl=entry.openssl_name,
        exchange=_name(entry.key_exchange),
        authentication=_name(entry.authentication),
        cipher=_cipher(cipher, mode) if cipher else None,
        mac=None if is_aead or mac is None else mac.replace("SHA2_", "SHA"),
        is_aead=is_aead,
        is_export=bool(entry.export_grade),
    )


def _cipher(cipher: str, mode: str | None) -> str:
    """RC4 is a stream cipher; one of its entries has a mode all the same."""
    word = _WORDS.get(cipher, cipher)
    return word if mode is None or cipher.startswith("RC4") else f"{word}_{mode}"


def _name(member: Any) -> str | None:
    name: str | None = getattr(member, "name", None)
    return name
