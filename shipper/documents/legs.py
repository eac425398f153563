"""Roll-ups over the legs of a message: of its deliveries, and of all legs that crossed a network."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from shipper.documents.delivery import Delivery
from shipper.documents.domains import domain_of
from shipper.documents.shape import known, unique
from shipper.documents.transport import PLAINTEXT, Leg, is_loopback
from shipper.tls.grades import weakest
from shipper.tls.policies import meets
from shipper.tls.policy_values import TlsPolicy

_ORDER = {PLAINTEXT: 0, "ssl 2.0": 1, "ssl 3.0": 2, "1.0": 3, "1.1": 4, "1.2": 5, "1.3": 6}


def message_legs(
    inbound: Leg | None, source_ip: str | None, deliveries: Sequence[Delivery], policy: TlsPolicy
) -> dict[str, Any]:
    """`sophos.utm.tls.inbound` and `.outbound`, and over the legs that crossed a network `.encrypted` to `.policy`."""
    found: dict[str, Any] = {}
    crossed: list[Leg] = []
    if inbound is not None:
        found["inbound"] = inbound.of_message
        if not is_loopback(source_ip):
            crossed.append(inbound)
    told = [(delivery, delivery.leg) for delivery in deliveries if delivery.leg is not None]
    if told:
        partners = [(each.recipient, leg) for each, leg in told if not is_loopback(each.destination.get("ip"))]
        found["outbound"] = _outbound([each.destination.get("domain") for each, _ in told], told, partners)
        crossed += [leg for _, leg in partners]
    return found | _over_all(tuple(crossed), policy) if crossed else found


def _outbound(
    domains: Sequence[str | None], told: Sequence[tuple[Delivery, Leg]], partners: Sequence[tuple[str, Leg]]
) -> dict[str, list[str]]:
    return known(
        {
            "versions": unique([leg.shown_version for _, leg in told]),
            "ciphers": unique([leg.cipher for _, leg in told]),
            "grades": unique([leg.grade for _, leg in told]),
            "domains": unique(domains),
            "partners": unique([_partner(recipient, leg) for recipient, leg in partners]),
        }
    )


def _partner(recipient: str, leg: Leg) -> str | None:
    """`DOMAIN VERSION`, so that one chart can count both together."""
    domain, version = domain_of(recipient), leg.shown_version
    return f"{domain.lower()} {version}" if domain and version else None


@lru_cache(maxsize=4096)
def _over_all(legs: tuple[Leg, ...], policy: TlsPolicy) -> dict[str, Any]:
    """A leg without TLS has no version, and so meets nothing."""
    encrypted = [leg.established for leg in legs]
    return known(
        {
            "encrypted": "all" if all(encrypted) else "some" if any(encrypted) else "none",
            "weakest_version": _weakest_version(legs),
            "weakest_grade": weakest([leg.grade for leg in legs]),
            "compliant": all(meets(policy, leg.version, leg.protocol, leg.cipher) for leg in legs),
            "policy": policy.name,
        }
    )


def _weakest_version(legs: Sequence[Leg]) -> str | None:
    known_ones = [leg for leg in legs if leg.shown_version is not None]
    return min(known_ones, key=_rank).shown_version if known_ones else None


def _rank(leg: Leg) -> int:
    version = leg.shown_version or ""
    return _ORDER.get(f"ssl {version}" if leg.protocol == "ssl" else version, 99)
