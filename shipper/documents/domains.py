"""Organizational domains (RFC 7489, section 3.2), from the public suffix list that the library brings along."""

from __future__ import annotations

from functools import cache, lru_cache

from publicsuffixlist import PublicSuffixList


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList(only_icann=False)


@lru_cache(maxsize=1 << 13)
def organizational_domain(domain: str) -> str | None:
    """`mail.example.co.uk` -> `example.co.uk`; None for a public suffix or no domain at all."""
    name = domain.strip(".").lower()
    return _suffixes().privatesuffix(name) if name and " " not in name else None


def domain_of(address: str) -> str | None:
    """What stands after the last @ of an address."""
    _, at, domain = address.rpartition("@")
    return domain if at and domain else None


def same_organization(one: str, other: str) -> bool:
    """Whether two domains have the same organizational domain."""
    organization = organizational_domain(one)
    return organization is not None and organization == organizational_domain(other)
