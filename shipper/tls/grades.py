"""The grade of a TLS leg: how good its version and suite are, whatever the policy."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Literal

from shipper.tls.registry import Suite, registered

Grade = Literal["plaintext", "insecure", "weak", "unknown", "acceptable", "recommended"]

_GRADES: tuple[Grade, ...] = ("plaintext", "insecure", "weak", "unknown", "acceptable", "recommended")
_RANKS = {grade: rank for rank, grade in enumerate(_GRADES)}
_FEWEST_BITS = 112
_EPHEMERAL = frozenset(("ECDHE", "DHE", "SRP", "CECPQ1", "SM9DHE"))
_BROKEN_CIPHERS = ("RC4", "DES", "3DES", "FORTEZZA")
"""Beginnings. Fortezza's cipher, Skipjack, has keys of 80 bits."""


@lru_cache(maxsize=4096)
def grade_of(version: str | None, protocol: str | None, cipher: str | None, bits: int | None) -> Grade:
    """The grade of a leg that has TLS (or SSL); one without has `plaintext`.

    `version` and `protocol` as in ECS (`1.2` of `tls`, `3.0` of `ssl`), `cipher` IANA's name of the suite, `bits` the
    size of the key; each None where it is not known.

    `recommended`: TLS 1.3, or 1.2 with forward secrecy and AEAD. `acceptable`: 1.2 with one of the two. `weak`: 1.2
    with neither, 1.1, 1.0. `insecure`: SSL, or fewer than 112 bits, or a suite that is anonymous, for export, without
    encryption, or with RC4, DES or 3DES. Else `unknown`, when version or suite is.
    """
    suite = registered().get(cipher) if cipher else None
    if protocol == "ssl" or (bits is not None and bits < _FEWEST_BITS) or (suite and _is_broken(suite)):
        return "insecure"
    if suite is None or version is None:
        return "unknown"
    if version == "1.2":
        strengths = (suite.exchange in _EPHEMERAL) + suite.is_aead
        return ("weak", "acceptable", "recommended")[strengths]
    return _BY_VERSION.get(version, "unknown")


_BY_VERSION: dict[str, Grade] = {"1.0": "weak", "1.1": "weak", "1.3": "recommended"}


def weakest(grades: Iterable[Grade]) -> Grade | None:
    """The weakest one; None of none.

    `unknown` stands between `weak` and `acceptable`: a leg that surely fails shows, and nothing good is said while
    another leg is unknown.
    """
    return min(grades, key=_RANKS.__getitem__, default=None)


def _is_broken(suite: Suite) -> bool:
    if suite.is_export or suite.authentication == "ANONYMOUS" or suite.cipher is None:
        return True
    return suite.cipher.startswith(_BROKEN_CIPHERS)
