"""TLS of a message: the inbound leg, the legs of its deliveries, and their grades."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from shipper.model import Fields, StageEvent
from shipper.tls.grades import Grade, grade_of

PLAINTEXT = "none"
_LOOPBACK = ("127.", "::ffff:127.")
_OUTBOUND = ("tls-failed", "tls-fallback", "delivered", "deferred", "failed", "host-failed")
_COPIED = ("tls.version", "tls.version_protocol", "tls.cipher", "tls.resumed", "tls.client.server_name")


def inbound_fields(events: Sequence[StageEvent]) -> Fields:
    """`tls.*` and `sophos.utm.tls.inbound.*` from the line that tells most: "<=", else any line of the session."""
    telling = [event for event in events if event.stage == "exim-in" and event.action not in _OUTBOUND]
    told = [event for event in telling if "tls.established" in event.fields]
    received = [event for event in told if event.action == "message-received"]
    if not told:
        return {}
    best = next((e for e in [*received, *told] if "sophos.utm.tls.openssl_cipher" in e.fields), (received or told)[0])
    stated = best.fields
    fields: Fields = {"tls.established": stated["tls.established"]}
    fields |= {path: stated[path] for path in _COPIED if path in stated}
    fields["sophos.utm.tls.inbound.version"] = stated.get("tls.version") if stated["tls.established"] else PLAINTEXT
    fields["sophos.utm.tls.inbound.openssl_cipher"] = stated.get("sophos.utm.tls.openssl_cipher")
    fields["sophos.utm.tls.inbound.bits"] = stated.get("sophos.utm.tls.bits")
    fields["sophos.utm.tls.inbound.grade"] = _grade(stated)
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
        "grade": _grade(fields),
    }
    return {name: value for name, value in tls.items() if value is not None}


def leg_version(leg: Mapping[str, Any]) -> str | None:
    """The version of a leg (`established`, `version`): `none` without TLS, None where it is not known."""
    return leg.get("version") if leg["established"] else PLAINTEXT


def _grade(stated: Fields) -> Grade:
    if not stated["tls.established"]:
        return "plaintext"
    return grade_of(
        stated.get("tls.version"),
        stated.get("tls.version_protocol"),
        stated.get("tls.cipher"),
        stated.get("sophos.utm.tls.bits"),
    )


def is_loopback(ip: str | None) -> bool:
    """Whether a leg stayed on the gateway itself."""
    return ip is not None and (ip == "::1" or ip.startswith(_LOOPBACK))
