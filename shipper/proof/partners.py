"""Whose mail a statement is about, and how a leg is known to be theirs."""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from shipper.documents.domains import domain_of
from shipper.errors import SettingsError
from shipper.retrieval import AnyOf, Condition, Ending, Terms, Within
from shipper.retrieval.words import lowered

DELIVERIES = "sophos.utm.deliveries"
_SENDER_DOMAIN = "sophos.utm.sender.domain"
_RECIPIENT = f"{DELIVERIES}.recipient"
_DOMAIN = re.compile(r"[^\s@.]+(\.[^\s@.]+)*")


class Partners(msgspec.Struct, frozen=True):
    """`domains` in lower case, each once, in the order in which they were asked for; `subdomains`: those count too."""

    domains: tuple[str, ...]
    subdomains: bool = False

    def of(self, address: str) -> str | None:
        """The partner whose mail an address's is: the closest one, where one is a subdomain of another; None for
        nobody's. Case does not matter."""
        domain = domain_in(address)
        if domain in self.domains:
            return domain
        if not self.subdomains:
            return None
        above = [partner for partner in self.domains if domain.endswith(f".{partner}")]
        return max(above, key=len, default=None)

    def condition(self) -> Condition:
        """What messages with such an address meet. Some others may meet it as well: `of` decides."""
        ends = [Ending(_RECIPIENT, f"@{domain}") for domain in self.domains]
        senders: list[Condition] = [Terms(_SENDER_DOMAIN, self.domains)]
        if self.subdomains:
            ends += [Ending(_RECIPIENT, f".{domain}") for domain in self.domains]
            senders += [Ending(_SENDER_DOMAIN, f".{domain}") for domain in self.domains]
        return AnyOf((*senders, Within(DELIVERIES, (AnyOf(tuple(ends)),))))


def domain_in(address: str) -> str:
    """The domain of an address in lower case; empty where it has none."""
    return lowered(domain_of(address) or "")


def partners(given: Sequence[str], *, subdomains: bool) -> Partners:
    """Raises SettingsError for what is no domain."""
    for domain in given:
        if not _DOMAIN.fullmatch(domain):
            raise SettingsError(f"{domain!r} is no domain", advice="name a partner by its domain, such as example.net")
    return Partners(tuple(dict.fromkeys(map(lowered, given))), subdomains)
