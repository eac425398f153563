"""A TLS policy as a value."""

from __future__ import annotations

from msgspec import Struct

from shipper.tls.registry import Suite

VERSIONS = ("1.3", "1.2", "1.1", "1.0")


class Criteria(Struct, frozen=True):
    """One alternative: a suite is selected when each of its parts is listed.

    The words are those of `shipper.tls.registry`. Without `exchanges` and `authentications` the suite must have
    neither, as those of TLS 1.3. `macs` are asked only of a suite whose cipher does not authenticate.
    """

    ciphers: tuple[str, ...]
    exchanges: tuple[str, ...] = ()
    authentications: tuple[str, ...] = ()
    macs: tuple[str, ...] = ()

    def select(self, suite: Suite) -> bool:
        """Whether these criteria allow the suite."""
        return (
            suite.cipher in self.ciphers
            and (suite.mac is None or suite.mac in self.macs)
            and _is_listed(suite.exchange, self.exchanges)
            and _is_listed(suite.authentication, self.authentications)
        )


class TlsPolicy(Struct, frozen=True, cache_hash=True):
    """What a leg must be: `versions` are those of TLS that are allowed, newest first, each with its alternatives.

    `source` cites where the criteria come from, `edition` and `date` say which state of it; `about` says what they
    leave out.
    """

    name: str
    title: str
    source: str
    url: str
    edition: str
    date: str
    versions: tuple[tuple[str, tuple[Criteria, ...]], ...]
    about: str = ""

    def criteria(self, version: str) -> tuple[Criteria, ...]:
        """The alternatives of one version; none for a version that the policy does not allow."""
        return next((alternatives for allowed, alternatives in self.versions if allowed == version), ())


def _is_listed(part: str | None, words: tuple[str, ...]) -> bool:
    return part in words if part is not None else not words
