"""One TLS session as each generation's `X=` writes it, and what it amounts to: version, grade, compliance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.generator.ciphers import POLICIES, SUITES, Suite

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
GRADES = ("plaintext", "insecure", "weak", "unknown", "acceptable", "recommended")
FEWEST_BITS = 112


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
        return f"{self.word}:{self.suite}:{SUITES[self.suite].bits}{'*' if self.resumed else ''}"

    @property
    def version(self) -> str | None:
        return PROTOCOLS[self.word][0] if self.word else None

    @property
    def row(self) -> Suite:
        return SUITES[self.suite] if self.suite else Suite(None, FEWEST_BITS)

    @property
    def grade(self) -> str:
        row = self.row
        if self.version == "3.0" or row.insecure or row.bits < FEWEST_BITS:
            return "insecure"
        if self.version is None or row.iana is None:
            return "unknown"
        if self.version == "1.2":
            return ("weak", "acceptable", "recommended")[row.forward_secrecy + row.aead]
        return "recommended" if self.version == "1.3" else "weak"

    def ecs(self) -> dict[str, Any]:
        fields: dict[str, Any] = {"established": True}
        if self.word:
            version, protocol = PROTOCOLS[self.word]
            if version:
                fields |= {"version": version, "version_protocol": protocol}
        if self.row.iana:
            fields["cipher"] = self.row.iana
        return fields

    def logged_fields(self) -> dict[str, Any]:
        return {"openssl_cipher": self.suite, "bits": self.row.bits} if self.suite else {}


def version_of(leg: Tls | None) -> str | None:
    """As `tls.version`; None is a plaintext leg: `none`."""
    return leg.version if leg else "none"


def grade_of(leg: Tls | None) -> str:
    return leg.grade if leg else "plaintext"


def meets(leg: Tls | None, policy: str) -> bool:
    """Plaintext, an unknown version and an unknown suite meet no policy."""
    return leg is not None and leg.row.iana in POLICIES[policy].get(leg.version or "", ())


def loopback(ip: str | None) -> bool:
    return ip is not None and (ip.startswith("127.") or ip == "::1")
