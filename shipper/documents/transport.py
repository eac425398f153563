"""TLS of a message: the inbound leg, and the roll-ups over all legs that crossed a network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from shipper.documents.shape import unique
from shipper.model import Fields, StageEvent

PLAINTEXT = "none"
_OUTBOUND = ("tls-failed", "tls-fallback", "delivered", "deferred", "failed", "host-failed")
_LOOPBACK = ("127.", "::ffff:127.")
_COPIED = ("tls.version", "tls.version_protocol", "tls.cipher", "tls.resumed", "tls.client.server_name")
_ORDER = {PLAINTEXT: 0, "ssl 2.0": 1, "ssl 3.0": 2, "1.0": 3, "1.1": 4, "1.2": 5, "1.3": 6}


def inbound_fields(events: Sequence[StageEvent]) -> Fields:
    """`tls.*` and `sophos.utm.tls.inbound.*` from the line that tells most: "<=", else any line of the session."""
    telling = [event for event in events if event.stage == "exim-in" and event.action not in _OUTBOUND]
    told = [event for event in telling if "tls.established" in event.fields]
    received = [event for event in told if event.action == "message-received"]
    if not told:
        return {}
    best = next((e for e in [*received, *told] if "sophos.utm.tls.openssl_cipher" in e.fields), (received or told)[0])
    fields = {"tls.established": best.fields["tls.established"]}
    fields |= {path: best.fields[path] for path in _COPIED if path in best.fields}
    for name in ("openssl_cipher", "bits"):
        if f"sophos.utm.tls.{name}" in best.fields:
            fields[f"sophos.utm.tls.inbound.{name}"] = best.fields[f"sophos.utm.tls.{name}"]
    return fields


def outbound_tls(event: StageEvent) -> dict[str, Any] | None:
    """The `tls` object of a delivery; None where the line tells nothing."""
    fields = event.fields
    if "tls.established" not in fields:
        return None
    tls = {
        "established": fields["tls.established"],
        "version": fields.get("tls.version"),
        "version_protocol": fields.get("tls.version_protocol"),
        "cipher": fields.get("tls.cipher"),
        "openssl_cipher": fields.get("sophos.utm.tls.openssl_cipher"),
        "bits": fields.get("sophos.utm.tls.bits"),
    }
    return {name: value for name, value in tls.items() if value is not None}


def roll_ups(source_ip: str | None, inbound: Fields, deliveries: Sequence[dict[str, Any]]) -> Fields:
    """`sophos.utm.tls.outbound.*`, `.encrypted` and `.weakest_version`."""
    told = [delivery for delivery in deliveries if "tls" in delivery]
    legs = [leg for leg in _legs(source_ip, inbound, told) if leg is not None]
    encrypted = [leg["established"] for leg in legs]
    return {
        "sophos.utm.tls.outbound.versions": unique(_version(delivery["tls"]) for delivery in told),
        "sophos.utm.tls.outbound.ciphers": unique(delivery["tls"].get("cipher") for delivery in told),
        "sophos.utm.tls.outbound.domains": unique(_domain(delivery) for delivery in told),
        "sophos.utm.tls.encrypted": _share(encrypted),
        "sophos.utm.tls.weakest_version": _weakest(legs),
    }


def _legs(source_ip: str | None, inbound: Fields, told: Sequence[dict[str, Any]]) -> list[dict[str, Any] | None]:
    legs: list[dict[str, Any] | None] = []
    if "tls.established" in inbound and not is_loopback(source_ip):
        legs.append(
            {
                "established": inbound["tls.established"],
                "version": inbound.get("tls.version"),
                "version_protocol": inbound.get("tls.version_protocol"),
            }
        )
    legs += [d["tls"] for d in told if not is_loopback(d.get("destination", {}).get("ip"))]
    return legs


def _version(leg: dict[str, Any]) -> str | None:
    version: str | None = leg.get("version")
    return version if leg["established"] else PLAINTEXT


def _domain(delivery: dict[str, Any]) -> str | None:
    domain: str | None = delivery.get("destination", {}).get("domain")
    return domain


def _share(encrypted: Sequence[bool]) -> str | None:
    if not encrypted:
        return None
    return "all" if all(encrypted) else "some" if any(encrypted) else "none"


def _weakest(legs: Sequence[dict[str, Any]]) -> str | None:
    def rank(leg: dict[str, Any]) -> int:
        version = _version(leg) or ""
        return _ORDER.get(f"ssl {version}" if leg.get("version_protocol") == "ssl" else version, 99)

    known = [leg for leg in legs if _version(leg) is not None]
    return _version(min(known, key=rank)) if known else None


def is_loopback(ip: str | None) -> bool:
    """Whether a leg stayed on the gateway itself."""
    return ip is not None and (ip == "::1" or ip.startswith(_LOOPBACK))
