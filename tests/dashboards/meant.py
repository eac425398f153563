"""What each chart means, in the words of its title: under which labels a message or a line has to be counted.

Written from titles and questions alone, over the parts of a truth document (deliveries, signatures, the inbound leg)
and not over the roll-ups that the panels use; labels are those that a reader sees.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

Path = tuple[str, ...]
"""Labels from the outermost on, without that of a bar over time."""

FROM_WEAK = ("plaintext", "insecure", "weak", "not graded", "acceptable", "recommended")
VERSIONS = {"1.3": "TLS 1.3", "1.2": "TLS 1.2", "1.1": "TLS 1.1", "1.0": "TLS 1.0", "3.0": "SSL 3.0", "2.0": "SSL 2.0"}
OLD = ("1.1", "1.0", "3.0", "2.0")
SPAM = {"confirmed": "confirmed spam", "error": "check failed", "not_checked": "not checked"}
UNWANTED = ("suspect", "bulk", "confirmed spam")
WHY = {
    "exception": "an exception skipped it",
    "internal": "mail of the gateway itself",
    "error": "the check failed",
    "unknown": "not logged",
}


@dataclass(frozen=True)
class Message:
    """A truth document; `fell_back` says whether a line of it tells of a fallback to plaintext."""

    document: dict[str, Any]
    fell_back: bool

    def told(self, path: str, default: Any = None) -> Any:
        found: Any = self.document
        for name in path.split("."):
            found = found.get(name, {}) if isinstance(found, dict) else {}
        return default if found == {} else found

    @property
    def status(self) -> str:
        return str(self.told("sophos.utm.status")).replace("_", " ")

    @property
    def reason(self) -> str:
        return str(self.told("event.reason", "not logged"))

    @property
    def client(self) -> str | None:
        ip = self.told("source.ip")
        return None if ip is None else str(ip_address(ip))

    @property
    def sender_domain(self) -> str:
        address = self.told("email.sender.address", "")
        return address.rpartition("@")[2].lower() if "@" in address else "no domain"

    @property
    def spam(self) -> str | None:
        result = self.told("sophos.utm.spam.result")
        return SPAM.get(result, result)

    @property
    def signatures(self) -> list[dict[str, Any]]:
        return list(self.told("sophos.utm.dkim.signatures", []))

    def signed(self, *results: str) -> list[dict[str, Any]]:
        return [signature for signature in self.signatures if not results or signature["result"] in results]

    @property
    def dkim(self) -> str | None:
        results = {signature["result"] for signature in self.signatures}
        if results:
            return next((result for result in ("pass", "fail") if result in results), "invalid")
        return {"none": "not signed", "unknown": "not logged", None: None}[self.told("sophos.utm.dkim.result")]

    @property
    def inbound(self) -> dict[str, Any]:
        """The leg on which it came in, empty where no line tells of TLS."""
        leg = self.told("tls", {})
        return leg | {"grade": self.told("sophos.utm.tls.inbound.grade")} if leg else {}

    @property
    def outbound(self) -> list[dict[str, Any]]:
        """Deliveries whose lines tell of TLS."""
        return [delivery for delivery in self.told("sophos.utm.deliveries", []) if "tls" in delivery]

    @property
    def distant(self) -> list[dict[str, Any]]:
        """Those of them that crossed a network."""
        return [d for d in self.outbound if not _is_loopback(d.get("destination", {}).get("ip"))]

    @property
    def legs(self) -> list[dict[str, Any]]:
        inbound = [self.inbound] if self.inbound and not _is_loopback(self.client) else []
        return inbound + [delivery["tls"] for delivery in self.distant]

    @property
    def encrypted(self) -> str:
        found = {leg["established"] for leg in self.legs}
        return {frozenset({True}): "all legs", frozenset({False}): "no leg", frozenset(): "not logged"}.get(
            frozenset(found), "some legs"
        )

    @property
    def weakest(self) -> str:
        return min((grade(leg) for leg in self.legs), key=FROM_WEAK.index)

    def partners(self, *versions: str) -> Iterator[str]:
        for delivery in self.distant:
            leg, recipient = delivery["tls"], delivery["recipient"]
            version = leg.get("version") if leg["established"] else "none"
            if version in versions and "@" in recipient:
                yield f"{recipient.rpartition('@')[2].lower()} {version}"


def _is_loopback(ip: str | None) -> bool:
    return ip is not None and ip_address(ip).is_loopback


def grade(leg: dict[str, Any]) -> str:
    return "not graded" if leg["grade"] == "unknown" else str(leg["grade"])


def version(leg: dict[str, Any]) -> str | None:
    if not leg:
        return None
    return VERSIONS.get(leg.get("version", "")) if leg["established"] else "plaintext"


def key_name(signature: dict[str, Any]) -> str | None:
    if not {"selector", "domain"} <= signature.keys():
        return None
    return f"{signature['selector']}._domainkey.{signature['domain']}".lower()


def policy(message: Message) -> str:
    word = {True: "meets the policy", False: "breaks the policy", None: "not logged"}
    return word[message.told("sophos.utm.tls.compliant")]


def each(*values: str | None) -> list[Path]:
    """One label deep, without what is not known; a message counts once for each label."""
    return [(value,) for value in dict.fromkeys(values) if value is not None]


def when(condition: object, *path: str | None) -> list[Path]:
    """This path where the condition holds and all of it is known."""
    known = tuple(label for label in path if label is not None)
    return [known] if condition and len(known) == len(path) else []


def at_a_glance(m: Message) -> Iterable[Path]:
    yield from when(m.encrypted == "all legs", "All legs encrypted")
    yield from when(m.encrypted in ("some legs", "no leg"), "A leg in plaintext")
    yield from when(policy(m) == "breaks the policy", "Breaking the policy")
    yield from when(m.fell_back, "Fallen back to plaintext")


def alignment(m: Message) -> str:
    words = {True: "aligned", False: "not aligned", None: "no sender to compare"}
    return words[m.told("sophos.utm.dkim.aligned")]


ACCEPTANCE = {"rejected": "refused", "temporarily rejected": "refused for now", "abandoned": "abandoned"}
UNVERIFIED = ("fail", "invalid")

MESSAGES: dict[str, Callable[[Message], Iterable[Path]]] = {
    "status-over-time": lambda m: each(m.status),
    "acceptance": lambda m: each(ACCEPTANCE.get(m.status, "accepted")),
    "refusal-reasons": lambda m: when(m.status not in ("delivered", "in progress"), m.status, m.reason),
    "top-senders": lambda m: each(m.told("email.sender.address", "").lower() or None),
    "top-recipients": lambda m: each(*(address.lower() for address in m.told("email.to.address", []))),
    "top-clients": lambda m: each(m.client),
    "tls-totals": at_a_glance,
    "tls-encrypted": lambda m: each(m.encrypted),
    "tls-compliance": lambda m: each(policy(m)),
    "tls-inbound-grades": lambda m: each(grade(m.inbound) if m.inbound else None),
    "tls-outbound-grades": lambda m: each(*(grade(delivery["tls"]) for delivery in m.outbound)),
    "tls-inbound-versions": lambda m: each(version(m.inbound)),
    "tls-outbound-versions": lambda m: each(*(version(delivery["tls"]) for delivery in m.outbound)),
    "tls-inbound-suites": lambda m: when(
        m.inbound.get("cipher"), m.inbound.get("cipher"), m.inbound and grade(m.inbound)
    ),
    "tls-outbound-suites": lambda m: each(*(delivery["tls"].get("cipher") for delivery in m.outbound)),
    "tls-plaintext-partners": lambda m: each(*m.partners("none")),
    "tls-old-partners": lambda m: each(*m.partners(*OLD)),
    "tls-weak-senders": lambda m: when(
        version(m.inbound) in ("plaintext", *map(VERSIONS.get, OLD)) and m.sender_domain != "no domain",
        m.sender_domain,
        version(m.inbound),
    ),
    "tls-fallbacks": lambda m: [(*server, "fell back") for server in servers(m)] if m.fell_back else [],
    "tls-policy-breakers": lambda m: when(
        policy(m) == "breaks the policy", m.sender_domain, m.weakest if m.legs else None
    ),
    "dkim-signed": lambda m: each("signed" if m.signatures else m.dkim),
    "dkim-aligned": lambda m: when(m.signatures, alignment(m)),
    "dkim-over-time": lambda m: each(m.dkim),
    "dkim-passed-domains": lambda m: each(*domains(m.signed("pass"))),
    "dkim-unverified-domains": lambda m: each(*domains(m.signed(*UNVERIFIED))),
    "dkim-selectors": lambda m: each(*map(key_name, m.signed())),
    "dkim-passed-selectors": lambda m: each(*map(key_name, m.signed("pass"))),
    "dkim-unverified-selectors": lambda m: each(*map(key_name, m.signed(*UNVERIFIED))),
    "dkim-algorithms": lambda m: each(*(signature.get("algorithm") for signature in m.signatures)),
    "dkim-failure-reasons": lambda m: each(*(signature.get("detail") for signature in m.signed(*UNVERIFIED))),
    "spam-results": lambda m: each(m.spam),
    "spam-not-checked": lambda m: when(
        m.spam in ("check failed", "not checked"), m.spam, WHY[m.told("sophos.utm.spam.not_checked_reason", "unknown")]
    ),
    "spam-over-time": lambda m: each(m.spam),
    "spam-sender-domains": lambda m: when(m.spam in UNWANTED, m.sender_domain, m.spam),
    "spam-clients": lambda m: when(m.spam in UNWANTED, m.client, m.spam),
    "spam-dispositions": lambda m: when(m.spam, m.spam, m.told("sophos.utm.disposition.name", "not logged"), m.status),
}


def domains(signatures: Iterable[dict[str, Any]]) -> list[str | None]:
    return [signature["domain"].lower() if "domain" in signature else None for signature in signatures]


def servers(m: Message) -> list[Path]:
    names = [delivery.get("destination", {}).get("domain") for delivery in m.outbound]
    return each(*(name.lower() for name in names if name)) or [("not logged",)]
