"""Parts of documents in few words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from shipper.retrieval import Document
from shipper.tls.grades import grade_of


def address_list(addresses: Sequence[str]) -> str:
    """Several mail addresses on a line."""
    return ", ".join(addresses)


def client(message: Document) -> str:
    """Who brought it: `mx.example.net [192.0.2.10]:53500, HELO mail`; empty where no line tells."""
    source = message.get("source", {})
    helo = message["sophos"]["utm"].get("helo")
    return ", ".join(filter(None, (_endpoint(source), helo and f"HELO {helo}")))


def relay(line: Document) -> str:
    """The server that a line names."""
    return _endpoint(line.get("destination", {}))


def _endpoint(end: dict[str, Any]) -> str:
    address = end.get("ip") or end.get("address")
    port = f":{end['port']}" if "port" in end else ""
    return " ".join(filter(None, (end.get("domain"), address and f"[{address}]{port}")))


def leg_of_message(message: Document) -> str:
    """TLS of the way in; empty where no line tells."""
    inbound = message["sophos"]["utm"].get("tls", {}).get("inbound", {})
    tls = message.get("tls", {})
    return _leg(tls, inbound.get("openssl_cipher"), inbound.get("bits"), inbound.get("grade"))


def leg_of_line(line: Document) -> str:
    """TLS of a delivery; empty where its line does not tell."""
    tls, logged = line.get("tls", {}), line["sophos"]["utm"].get("tls", {})
    bits = logged.get("bits")
    grade = grade_of(tls.get("version"), tls.get("version_protocol"), tls.get("cipher"), bits)
    return _leg(tls, logged.get("openssl_cipher"), bits, grade)


def _leg(tls: dict[str, Any], cipher: str | None, bits: int | None, grade: str | None) -> str:
    if "established" not in tls:
        return ""
    if not tls["established"]:
        return "plaintext"
    version = f"{tls.get('version_protocol', 'tls').upper()} {tls['version']}" if "version" in tls else "TLS"
    strength = None if bits is None else f"{bits} bits"
    return " ".join(filter(None, (version, cipher or tls.get("cipher"), strength, grade and f"({grade})")))


def verdict(line: Document) -> str:
    """What became of a part of the message: SecureMail's words, or those of the line that kept or dropped it."""
    mail = line["sophos"]["utm"].get("securemail", {})
    reason = mail.get("reason") or line["event"].get("reason")
    who = address_list(line.get("email", {}).get("to", {}).get("address", ()))
    return ", ".join(filter(None, (mail.get("name"), reason, mail.get("extra"), who and f"for {who}")))


def told(found: dict[str, Any], *names: str) -> str:
    """The values of these names, as far as they are known."""
    return ", ".join(str(found[name]) for name in names if name in found)


def size(count: int | None) -> str:
    """Bytes, readable."""
    return "" if count is None else f"{count:,} bytes"


def path_of(message: Document) -> str:
    """From hop to hop: the client, the gateway, each server that took or refused it."""
    source = message.get("source", {})
    first = _endpoint({name: value for name, value in source.items() if name != "port"})
    servers = [
        _endpoint({name: value for name, value in delivery["destination"].items() if name != "port"})
        for delivery in message["sophos"]["utm"].get("deliveries", ())
        if "destination" in delivery
    ]
    gateway = message.get("host", {}).get("name", "gateway")
    return " -> ".join(filter(None, (first, gateway, ", ".join(dict.fromkeys(servers)))))
