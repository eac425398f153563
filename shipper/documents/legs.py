"""Roll-ups over the legs of a message: of its deliveries, and of all legs that crossed a network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from shipper.documents.domains import domain_of
from shipper.documents.shape import unique
from shipper.documents.transport import PLAINTEXT, is_loopback, leg_version
from shipper.model import Fields
from shipper.tls.grades import weakest
from shipper.tls.policies import meets
from shipper.tls.policy_values import TlsPolicy

_ORDER = {PLAINTEXT: 0, "ssl 2.0": 1, "ssl 3.0": 2, "1.0": 3, "1.1": 4, "1.2": 5, "1.3": 6}

Leg = dict[str, Any]
"""The `tls` object of a delivery: `established`, `version`, `version_protocol`, `cipher`, `grade`, where known."""


def roll_ups(source_ip: str | None, inbound: Fields, deliveries: Sequence[dict[str, Any]], policy: TlsPolicy) -> Fields:
    """`sophos.utm.tls.outbound.*`, and over the legs that crossed a network `.encrypted` to `.policy`."""
    crossed = [_inbound_leg(inbound)] if "tls.established" in inbound and not is_loopback(source_ip) else []
    told = [delivery for delivery in deliveries if "tls" in delivery]
    partners: list[str | None] = []
    for delivery in told:
        leg = delivery["tls"]
        if not is_loopback(delivery.get("destination", {}).get("ip")):
            crossed.append(leg)
            partners.append(_partner(delivery["recipient"], leg))
    fields = _outbound(told, partners) if told else {}
    return fields | _over_all(crossed, policy) if crossed else fields


def _inbound_leg(inbound: Fields) -> Leg:
    return {
        "established": inbound["tls.established"],
        "version": inbound.get("tls.version"),
        "version_protocol": inbound.get("tls.version_protocol"),
        "cipher": inbound.get("tls.cipher"),
        "grade": inbound["sophos.utm.tls.inbound.grade"],
    }


def _partner(recipient: str, leg: Leg) -> str | None:
    """`DOMAIN VERSION`, so that one chart can count both together."""
    domain, version = domain_of(recipient), leg_version(leg)
    return f"{domain.lower()} {version}" if domain and version else None


def _outbound(told: Sequence[dict[str, Any]], partners: Sequence[str | None]) -> Fields:
    legs = [delivery["tls"] for delivery in told]
    return {
        "sophos.utm.tls.outbound.versions": unique([leg_version(leg) for leg in legs]),
        "sophos.utm.tls.outbound.ciphers": unique([leg.get("cipher") for leg in legs]),
        "sophos.utm.tls.outbound.grades": unique([leg["grade"] for leg in legs]),
        "sophos.utm.tls.outbound.domains": unique([each.get("destination", {}).get("domain") for each in told]),
        "sophos.utm.tls.outbound.partners": unique(partners),
    }


def _over_all(legs: Sequence[Leg], policy: TlsPolicy) -> Fields:
    encrypted = [leg["established"] for leg in legs]
    compliant = [_meets(leg, policy) for leg in legs]
    return {
        "sophos.utm.tls.encrypted": "all" if all(encrypted) else "some" if any(encrypted) else "none",
        "sophos.utm.tls.weakest_version": _weakest_version(legs),
        "sophos.utm.tls.weakest_grade": weakest([leg["grade"] for leg in legs]),
        "sophos.utm.tls.compliant": all(compliant),
        "sophos.utm.tls.policy": policy.name,
    }


def _meets(leg: Leg, policy: TlsPolicy) -> bool:
    """A leg without TLS has no version, and so meets nothing."""
    return meets(policy, leg.get("version"), leg.get("version_protocol"), leg.get("cipher"))


def _weakest_version(legs: Sequence[Leg]) -> str | None:
    known = [leg for leg in legs if leg_version(leg) is not None]
    return leg_version(min(known, key=_rank) if len(known) > 1 else known[0]) if known else None


def _rank(leg: Mapping[str, Any]) -> int:
    version = leg_version(leg) or ""
    return _ORDER.get(f"ssl {version}" if leg.get("version_protocol") == "ssl" else version, 99)
