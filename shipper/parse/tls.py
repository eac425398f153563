"""The value of Exim's `X=`: version, cipher suite, key bits and whether the session was resumed."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

import msgspec

from shipper.tls.suites import iana_name

type_of_protocol = Literal["tls", "ssl"]
_version = re.compile(r"(TLS|SSL)-?v?([0-9])(?:\.([0-9]))?")
_group = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_bits = re.compile(r"[0-9]{1,5}")


class Cipher(msgspec.Struct, frozen=True, gc=False):
    """What `X=` states, in the words of ECS `tls.*`.

    `version` is `1.2` of `protocol` `tls`, or `3.0` of `ssl`; both are None for `UNKNOWN`, which Exim 4.82 writes for
    every version that it has no name for. `cipher` is IANA's name of the suite, None when the registry has none for it;
    `logged_cipher` is the name as logged. `bits` is the size of the key.
    """

    version: str | None
    protocol: type_of_protocol | None
    cipher: str | None
    logged_cipher: str
    bits: int | None
    resumed: bool


@lru_cache(maxsize=4096)
def parse_cipher(text: str) -> Cipher:
    """Reads `version:suite:bits`, cut at the first and the last colon; a `*` at the end means a resumed session.

    Any text gives a value: what cannot be read is None. Forms: Exim with OpenSSL or GnuTLS, 4.82 to 4.100, the last of
    which adds `:group` behind the bits.
    """
    resumed = text.endswith("*")
    logged_version, _, suite_and_bits = text.removesuffix("*").partition(":")
    suite, bits = _cut_bits(suite_and_bits)
    version, protocol = _parse_version(logged_version)
    return Cipher(version, protocol, _registered_name(suite, version), suite, bits, resumed)


def _cut_bits(suite_and_bits: str) -> tuple[str, int | None]:
    suite, colon, bits = suite_and_bits.rpartition(":")
    if colon and _group.fullmatch(bits):
        suite, colon, bits = suite.rpartition(":")
    return (suite, int(bits)) if colon and _bits.fullmatch(bits) else (suite_and_bits, None)


def _parse_version(text: str) -> tuple[str | None, type_of_protocol | None]:
    match = _version.fullmatch(text)
    if not match:
        return None, None
    return f"{match[2]}.{match[3] or 0}", "tls" if match[1] == "TLS" else "ssl"


def _registered_name(suite: str, version: str | None) -> str | None:
    """SSL 2.0 had suites of its own, which IANA never registered, under names that later suites took over."""
    return None if version == "2.0" else iana_name(suite, tls13=version == "1.3")
