"""Who may send: addresses, and names in the certificates that TLS clients show."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import msgspec

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network


@lru_cache(maxsize=4096)
def address_of(host: str) -> IPAddress:
    """A socket's peer: without a zone (`%eth0`), and an IPv4 sender as such where an IPv6 socket met it."""
    address = ipaddress.ip_address(host.partition("%")[0])
    return getattr(address, "ipv4_mapped", None) or address


class Allowed(msgspec.Struct, frozen=True):
    """`networks` that may send; where `names` are given, a TLS client's certificate must hold one of them as well."""

    networks: tuple[IPNetwork, ...]
    names: frozenset[str] = frozenset()

    def admits(self, address: IPAddress) -> bool:
        """Whether this address may send."""
        return any(address in network for network in self.networks)

    def admits_certificate(self, certificate: Mapping[str, Any] | None) -> bool:
        """Whether a client with this (verified) certificate, as `ssl` gives it, may send."""
        return not self.names or any(name.lower() in self.names for name in names_in(certificate or {}))


def names_in(certificate: Mapping[str, Any]) -> Iterator[str]:
    """The subject's common names and all alternative names, as RFC 5425 (5.2) has them compared."""
    for part in certificate.get("subject", ()):
        yield from (value for key, value in part if key == "commonName")
    yield from (value for _, value in certificate.get("subjectAltName", ()))
