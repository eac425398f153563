"""TLS of a message: the inbound leg, the legs of its deliveries, and their grades."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import msgspec

from shipper.documents.lines import Lines
from shipper.documents.shape import known
from shipper.model import Fields
from shipper.tls.grades import Grade, grade_of

PLAINTEXT = "none"
_LOOPBACK = ("127.", "::ffff:127.")
_OUTBOUND = ("tls-failed", "tls-fallback", "delivered", "deferred", "failed", "host-failed")


class Leg(msgspec.Struct, frozen=True, eq=False):
    """What a line states of its connection; all legs of the same properties are the same value.

    `version` and `protocol` as in ECS, `cipher` IANA's name of the suite, each None where it is not known;
    `shown_version` is `none` without TLS. `of_delivery` and `of_message` are the `tls` object of a delivery and
    `sophos.utm.tls.inbound`, shared by all documents of such a leg.
    """

    established: bool
    version: str | None
    protocol: str | None
    cipher: str | None
    shown_version: str | None
    grade: Grade
    of_delivery: dict[str, Any]
    of_message: dict[str, Any]


def leg_of(stated: Fields) -> Leg | None:
    """The leg that a line tells of; None where it tells nothing."""
    if "tls.established" not in stated:
        return None
    return _leg(
        stated["tls.established"],
        stated.get("tls.version"),
        stated.get("tls.version_protocol"),
        stated.get("tls.cipher"),
        stated.get("sophos.utm.tls.openssl_cipher"),
        stated.get("sophos.utm.tls.bits"),
    )


@lru_cache(maxsize=4096)
def _leg(
    established: bool,
    version: str | None,
    protocol: str | None,
    cipher: str | None,
    logged_cipher: str | None,
    bits: int | None,
) -> Leg:
    shown_version = version if established else PLAINTEXT
    key = {"openssl_cipher": logged_cipher, "bits": bits}
    grade = grade_of(version, protocol, cipher, bits) if established else "plaintext"
    delivery = {"established": established, "version": version, "version_protocol": protocol, "cipher": cipher}
    of_delivery = known({**delivery, **key, "grade": grade})
    of_message = known({"version": shown_version, **key, "grade": grade})
    return Leg(established, version, protocol, cipher, shown_version, grade, of_delivery, of_message)


def inbound_line(lines: Lines) -> Fields:
    """What the line states that tells most of the inbound leg: "<=", else any line of the session; {} without any."""
    told = [event for event in lines.reception if "tls.established" in event.fields and event.action not in _OUTBOUND]
    if not told:
        return {}
    ordered = [event.fields for event in told if event.action == "message-received"]
    ordered += [event.fields for event in told]
    return next((fields for fields in ordered if "sophos.utm.tls.openssl_cipher" in fields), ordered[0])


def message_tls(stated: Fields) -> dict[str, Any]:
    """`tls` of a message, from its `inbound_line`."""
    if not stated:
        return {}
    server_name = stated.get("tls.client.server_name")
    return known(
        {
            "established": stated["tls.established"],
            "version": stated.get("tls.version"),
            "version_protocol": stated.get("tls.version_protocol"),
            "cipher": stated.get("tls.cipher"),
            "resumed": stated.get("tls.resumed"),
            "client": None if server_name is None else {"server_name": server_name},
        }
    )


def is_loopback(ip: str | None) -> bool:
    """Whether a leg stayed on the gateway itself."""
    return ip is not None and (ip == "::1" or ip.startswith(_LOOPBACK))
