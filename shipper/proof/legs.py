"""A message -> its legs to and from partners, each with its verdict."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Final, Literal

import msgspec

from shipper.documents.transport import is_loopback
from shipper.proof.partners import Partners
from shipper.retrieval import Document, host_of, queue_ids_of
from shipper.tls.grades import grade_of
from shipper.tls.policies import meets
from shipper.tls.policy_values import TlsPolicy

Direction = Literal["inbound", "outbound"]
Verdict = Literal["meets", "fails", "plaintext", "not provable"]

NOT_LOGGED = "(not logged)"
_OF_SSL = frozenset({"2.0", "3.0"})
PLAINTEXT: Final = "plaintext"
REFUSED = frozenset({"rejected", "temporarily_rejected", "abandoned"})
"""States of messages that nobody took over: their session brought no mail."""


class Session(msgspec.Struct, frozen=True):
    """What the log tells of a leg's TLS, and what that is worth. `bits` are those of the key.

    `version` is `TLS 1.2`, `SSL 3.0`, `plaintext` or what is not logged of it; `cipher` IANA's name of the suite,
    `openssl_cipher` the logged one; `reason` says why a leg does not meet the policy, or what the log does not tell.
    """

    version: str
    cipher: str | None
    openssl_cipher: str | None
    bits: int | None
    grade: str
    verdict: Verdict
    reason: str

    @property
    def suite(self) -> str:
        """Its IANA name, else the logged one; `plaintext` without TLS."""
        if self.version == PLAINTEXT:
            return PLAINTEXT
        if self.cipher is None and self.openssl_cipher is not None:
            return f"{self.openssl_cipher} (no IANA name)"
        return self.cipher or NOT_LOGGED


class Leg(msgspec.Struct, frozen=True):
    """A connection over which mail of a partner came, or went to one recipient of a partner.

    `address` is the envelope sender (inbound) or the recipient (outbound), `status` the state of the message or of the
    delivery. `received` is when the message's reception began, `time` of the leg itself; `attempts` are those at the
    recipient. `peer` is the verified name of the client or the name of the server. `document` is the message's `_id`.
    """

    partner: str
    direction: Direction
    address: str
    received: str
    time: str
    host: str
    queue_id: str | None
    queue_ids: tuple[str, ...]
    status: str
    attempts: int | None
    peer: str | None
    peer_ip: str | None
    peer_port: int | None
    session: Session
    document: str


class Legs(msgspec.Struct, frozen=True):
    """Those of a message, how many stayed on the gateway (`local`), and how many were left out as refused."""

    legs: tuple[Leg, ...]
    local: int = 0
    refused: int = 0


class Judge(msgspec.Struct, frozen=True):
    """By what legs are found and judged. `accepted_only` leaves out sessions whose mail was refused or abandoned."""

    partners: Partners
    policy: TlsPolicy
    accepted_only: bool = False

    def legs(self, message: Document) -> Legs:
        """All legs of the partners."""
        found, local, refused = list(self._outbound(message)), 0, 0
        inbound = self._inbound(message)
        if inbound and self.accepted_only and inbound.status in REFUSED:
            inbound, refused = None, 1
        if inbound and _came_from_here(message):
            inbound, local = None, 1
        crossed = [leg for leg in found if not is_loopback(leg.peer_ip)]
        return Legs((*([inbound] if inbound else ()), *crossed), local + len(found) - len(crossed), refused)

    def _inbound(self, message: Document) -> Leg | None:
        sender = message.get("email", {}).get("sender", {}).get("address", "")
        partner = self.partners.of(sender)
        if partner is None:
            return None
        utm, source, tls = message["sophos"]["utm"], message.get("source", {}), message.get("tls", {})
        return Leg(
            partner=partner,
            direction="inbound",
            address=sender,
            received=message["@timestamp"],
            time=message["@timestamp"],
            host=host_of(message),
            queue_id=message.get("email", {}).get("local_id"),
            queue_ids=tuple(queue_ids_of(message)),
            status=utm["status"],
            attempts=None,
            peer=source.get("domain"),
            peer_ip=source.get("ip") or source.get("address"),
            peer_port=source.get("port"),
            session=self._session(utm.get("tls", {}).get("inbound", {}) | tls, "received"),
            document=message["_id"],
        )

    def _outbound(self, message: Document) -> Iterator[Leg]:
        for delivery in message["sophos"]["utm"].get("deliveries", ()):
            partner = self.partners.of(delivery["recipient"])
            if partner is None:
                continue
            destination = delivery.get("destination", {})
            yield Leg(
                partner=partner,
                direction="outbound",
                address=delivery["recipient"],
                received=message["@timestamp"],
                time=delivery["time"],
                host=host_of(message),
                queue_id=delivery.get("queue_id"),
                queue_ids=tuple(queue_ids_of(message)),
                status=delivery["status"],
                attempts=delivery.get("attempts"),
                peer=destination.get("domain"),
                peer_ip=destination.get("ip") or destination.get("address"),
                peer_port=destination.get("port"),
                session=self._session(delivery.get("tls", {}), delivery["status"]),
                document=message["_id"],
            )

    def _session(self, tls: Document, state: str) -> Session:
        """The protocol is not promised of deliveries: their versions tell."""
        if (version := tls.get("version")) and "version_protocol" not in tls:
            tls = tls | {"version_protocol": "ssl" if version in _OF_SSL else "tls"}
        names = ("established", "version", "version_protocol", "cipher", "openssl_cipher", "bits")
        return _session(self.policy, state, *(tls.get(name) for name in names))


def _came_from_here(message: Document) -> bool:
    """Over the loopback, or handed over by a program (`P=local`)."""
    if "source" in message:
        return is_loopback(message["source"].get("ip"))
    protocol: str = message["sophos"]["utm"].get("protocol", "")
    return protocol.startswith("local")


@lru_cache(maxsize=4096)
def _session(
    policy: TlsPolicy,
    state: str,
    established: bool | None,
    version: str | None,
    protocol: str | None,
    cipher: str | None,
    logged: str | None,
    bits: int | None,
) -> Session:
    if established is None:
        return Session(NOT_LOGGED, None, None, None, NOT_LOGGED, "not provable", _SILENT.get(state, _UNDELIVERED))
    if not established:
        return Session(PLAINTEXT, None, None, None, PLAINTEXT, PLAINTEXT, "no TLS")
    grade = grade_of(version, protocol, cipher, bits)
    shown = f"{'SSL' if protocol == 'ssl' else 'TLS'} {version}" if version else "TLS, version not logged"
    if meets(policy, version, protocol, cipher):
        return Session(shown, cipher, logged, bits, grade, "meets", "")
    if grade == "unknown":
        return Session(shown, cipher, logged, bits, grade, "not provable", _unknown(version, logged))
    return Session(shown, cipher, logged, bits, grade, "fails", _failing(policy, shown, version, protocol))


_SILENT = {
    "received": "no line tells whether the session had TLS",
    "delivered": "delivered, but its line does not tell whether it had TLS",
}
_UNDELIVERED = "not delivered, and its line does not tell whether there was TLS"


def _unknown(version: str | None, logged: str | None) -> str:
    if version is None:
        return "the log does not name the version of TLS"
    return "no registry knows the suite" if logged else "the log does not name the suite"


def _failing(policy: TlsPolicy, shown: str, version: str | None, protocol: str | None) -> str:
    if version is None:
        return "the suite or its key is insecure with any version"
    if protocol != "tls" or not policy.criteria(version):
        return f"{shown} is not allowed"
    return f"the suite is not allowed with {shown}"
