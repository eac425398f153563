"""The hosts of a small world, and the DNS server that answers for their names."""

from __future__ import annotations

from collections.abc import Mapping

from dnslib import MX, PTR, QTYPE, RCODE, RD, RR, TXT, A, DNSRecord
from dnslib.server import BaseResolver, DNSLogger, DNSServer

GATEWAY, GATEWAY_6 = "192.0.2.1", "2001:db8::1"

SENDER, OTHER, STRANGER, LISTED, SENDER_6 = "192.0.2.10", "192.0.2.11", "192.0.2.12", "192.0.2.66", "2001:db8::10"
"""Clients. The gateway relays for all but the stranger, and refuses the listed one's connections."""

CLIENT_NAMES = {SENDER: "mail.sender.example", OTHER: "other.sender.example"}
"""Verified names; the other clients have none."""

SERVERS = {
    "good.example": "203.0.113.5",
    "tls12.example": "203.0.113.6",
    "plain.example": "203.0.113.7",
    "sender.example": "203.0.113.8",
    "down.example": "203.0.113.9",
    "badtls.example": "203.0.113.10",
    "silent.example": "203.0.113.11",
    "ban.example": "203.0.113.12",
}
"""Domains with a mail server. Of the others the sending domains have only an address, `tempfail.example` has a broken
zone, and all that are not named do not exist."""

ADDRESSES = (GATEWAY, GATEWAY_6, SENDER, OTHER, STRANGER, LISTED, SENDER_6, *SERVERS.values())

_ONLY_ADDRESSES = ("list.example", "gw.example.com", "in.example.com")
_BROKEN_ZONE = "tempfail.example"
_TTL = 5


def serve(texts: Mapping[str, str]) -> None:
    """Answers on loopback until the program ends. `texts` are TXT records by name: the public keys."""
    for tcp in (False, True):
        quiet = DNSLogger("-request,-reply,-truncated,-error")
        DNSServer(_World(texts), address="127.0.0.1", port=53, tcp=tcp, logger=quiet).start_thread()


class _World(BaseResolver):  # type: ignore[misc]
    def __init__(self, texts: Mapping[str, str]) -> None:
        self._records: dict[tuple[str, str], RD] = {}
        for domain, address in SERVERS.items():
            self._records[domain, "MX"] = MX(f"mx.{domain}", 10)
            self._records[f"mx.{domain}", "A"] = A(address)
        for address, name in CLIENT_NAMES.items():
            self._records[name, "A"] = A(address)
            self._records[".".join(reversed(address.split("."))) + ".in-addr.arpa", "PTR"] = PTR(name)
        for name in _ONLY_ADDRESSES:
            self._records[name, "A"] = A(SENDER)
        for name, text in texts.items():
            self._records[name, "TXT"] = TXT([text[at : at + 200] for at in range(0, len(text), 200)])
        self._names = {name for name, _ in self._records}

    def resolve(self, request: DNSRecord, handler: object) -> DNSRecord:
        reply = request.reply()
        name, kind = str(request.q.qname).rstrip(".").lower(), QTYPE[request.q.qtype]
        if record := self._records.get((name, kind)):
            reply.add_answer(RR(request.q.qname, request.q.qtype, rdata=record, ttl=_TTL))
        elif name.endswith(_BROKEN_ZONE):
            reply.header.rcode = RCODE.SERVFAIL
        elif name not in self._names:
            reply.header.rcode = RCODE.NXDOMAIN
        return reply
