"""The roll-ups of a message document over its TLS legs and over its DKIM signatures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.generator.facts import Delivery, Signature, domain_of, present
from tests.generator.pools import organizational_domain
from tests.generator.tls import GRADES, STRENGTH, Tls, grade_of, loopback, meets, version_of

UNVERIFIED = ("fail", "invalid")


def tls_roll_ups(inbound: Tls | None, told: bool, local: bool, last: Sequence[Delivery], policy: str) -> dict[str, Any]:
    """`inbound` None is plaintext where the log `told`; `local` says that it came over loopback."""
    outbound = [delivery for delivery in last if delivery.tls or delivery.plaintext]
    distant = [delivery for delivery in outbound if not loopback(delivery.ip)]
    legs = [delivery.tls for delivery in distant] + ([inbound] if told and not local else [])
    return present(
        inbound=_inbound(inbound) if told else None,
        outbound=present(
            versions=_sorted(version_of(delivery.tls) for delivery in outbound),
            ciphers=_sorted(delivery.tls.row.iana for delivery in outbound if delivery.tls),
            grades=_sorted(grade_of(delivery.tls) for delivery in outbound),
            domains=_sorted(delivery.host for delivery in outbound),
            partners=_sorted(map(_partner, distant)),
        ),
        **(_overall(legs, policy) if legs else {}),
    )


def _inbound(leg: Tls | None) -> dict[str, Any]:
    logged = leg.logged_fields() if leg else {}
    return logged | present(version=version_of(leg), grade=grade_of(leg))


def _partner(delivery: Delivery) -> str | None:
    domain, version = domain_of(delivery.recipient), version_of(delivery.tls)
    return f"{domain} {version}" if domain and version else None


def _overall(legs: Sequence[Tls | None], policy: str) -> dict[str, Any]:
    encrypted = sum(leg is not None for leg in legs)
    versions = [version for leg in legs if (version := version_of(leg))]
    return {
        "encrypted": "all" if encrypted == len(legs) else "some" if encrypted else "none",
        "weakest_version": min(versions, key=STRENGTH.index) if versions else None,
        "weakest_grade": min(map(grade_of, legs), key=GRADES.index),
        "compliant": all(meets(leg, policy) for leg in legs),
        "policy": policy,
    }


def dkim_roll_ups(signatures: Sequence[Signature], sender: str | None) -> dict[str, Any]:
    """`sender` without SRS, "" for the null sender; at least one signature."""
    passed = [signature for signature in signatures if signature.result == "pass"]
    unverified = [signature for signature in signatures if signature.result in UNVERIFIED]
    results = [signature.result for signature in signatures]
    roll_up: dict[str, Any] = {
        "result": next((r for r in ("pass", "fail") if r in results), "invalid"),
        "count": len(results),
        "passed": len(passed),
        "failed": results.count("fail"),
    }
    if sender:
        domain = organizational_domain(sender.rpartition("@")[2])
        roll_up["aligned"] = any(organizational_domain(signature.domain) == domain for signature in passed)
    return roll_up | present(
        domains=_sorted(s.known_domain.lower() for s in signatures),
        passed_domains=_sorted(s.known_domain.lower() for s in passed),
        unverified_domains=_sorted(s.known_domain.lower() for s in unverified),
        selectors=_sorted(s.dns_name for s in signatures),
        passed_selectors=_sorted(s.dns_name for s in passed),
        unverified_selectors=_sorted(s.dns_name for s in unverified),
        algorithms=_sorted(s.algorithm for s in signatures),
        failure_reasons=_sorted(s.reason for s in unverified),
        signatures=[signature.document() for signature in signatures],
    )


def _sorted(values: Any) -> list[str]:
    """Distinct and known."""
    return sorted({value for value in values if value})
