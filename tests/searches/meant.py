"""What each ready search means: which messages, or which lines, it has to find. Written from the questions alone."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address, ip_network
from typing import Any

from tests.dashboards.meant import OLD, Message
from tests.generator.model import Line

Values = dict[str, str]


def domain_of(address: str) -> str:
    return address.rpartition("@")[2].lower() if "@" in address else ""


def sent_by(m: Message, v: Values) -> bool:
    return m.sender_domain == v["domain"]


def to_domain(m: Message, v: Values) -> bool:
    return any(domain_of(address) == v["domain"] for address in m.told("email.to.address", []))


def refused_for_good(m: Message, v: Values) -> bool:
    return m.status == "rejected"


def in_network(m: Message, v: Values) -> bool:
    return m.client is not None and ip_address(m.client) in ip_network(v["network"])


def arrived(m: Message, v: Values) -> list[dict[str, Any]]:
    return [d for d in m.told("sophos.utm.deliveries", []) if d["status"] == "delivered"]


def unverified(m: Message, v: Values) -> bool:
    return any(s.get("domain", "").lower() == v["domain"] for s in m.signed("fail", "invalid"))


MESSAGES: dict[str, Callable[[Message, Values], object]] = {
    "weak-tls-to-partner": lambda m, v: any(
        p.split()[0] == v["domain"] for p in m.partners("none", "1.0", "1.1", "3.0")
    ),
    "weak-tls-from-partner": lambda m, v: sent_by(m, v) and m.inbound.get("grade") in ("plaintext", "insecure", "weak"),
    "plaintext-legs": lambda m, v: any(not leg["established"] for leg in m.legs),
    "plaintext-to-recipient": lambda m, v: any(
        domain_of(d["recipient"]) == v["domain"] and d.get("tls", {}).get("established") is False for d in arrived(m, v)
    ),
    "tls-policy-broken": lambda m, v: sent_by(m, v) and m.told("sophos.utm.tls.compliant") is False,
    "dkim-failing-for-domain": unverified,
    "sender-not-aligned": lambda m, v: m.signed("pass") and m.told("sophos.utm.dkim.aligned") is False,
    "refusals-from-network": lambda m, v: in_network(m, v) and m.status in ("rejected", "temporarily rejected"),
    "clients-refused-often": refused_for_good,
    "who-wrote-to-whom": lambda m, v: (
        m.told("email.sender.address") == v["sender"] and v["recipient"] in m.told("email.to.address", [])
    ),
    "everything-about-one-message": lambda m, v: (
        v["id"] in (*m.told("sophos.utm.queue_ids", []), m.told("sophos.utm.bounce_of"))
    ),
    "message-id": lambda m, v: m.told("email.message_id") == v["id"],
    "subject-words": lambda m, v: {"your", "order"} <= set(str(m.told("email.subject", "")).lower().split()),
    "spam-let-through": lambda m, v: (
        m.spam in ("suspect", "bulk", "confirmed spam") and m.status in ("delivered", "partially delivered")
    ),
    "quarantined-but-reached-someone": lambda m, v: m.status == "quarantined" and arrived(m, v),
    "quarantined-from-domain": lambda m, v: sent_by(m, v) and m.status in ("quarantined", "discarded"),
    "spam-not-checked": lambda m, v: m.told("sophos.utm.spam.not_checked_reason") == "exception",
    "domain-not-delivered": lambda m, v: to_domain(m, v) and m.status in ("deferred", "failed", "partially delivered"),
    "in-progress": lambda m, v: not m.told("sophos.utm.complete") and m.status != "delivered",
    "bounces": lambda m, v: m.told("sophos.utm.bounce_of"),
    "new-senders": lambda m, v: m.sender_domain != "no domain",
}
LINES: dict[str, Callable[[Line, Values], object]] = {
    "fell-back-to-plaintext": lambda line, v: line.action == "tls-fallback",
    "wrong-passwords": lambda line, v: line.action == "authentication-failed",
    "lines-of-queue-id": lambda line, v: line.queue_id == v["id"],
}

assert set(OLD) == {"1.1", "1.0", "3.0", "2.0"}
