"""The parts of a message's script: who connected, what was signed, refused and delivered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.generator.syslog import as_read, iso
from tests.generator.tls import Tls, grade_of, loopback


@dataclass(slots=True)
class Client:
    """Who connects. `name` is the verified reverse name, `helo` what the client called itself."""

    ip: str
    port: int
    name: str | None = None
    helo: str | None = None

    @property
    def shown_helo(self) -> str | None:
        """The HELO where the log prints it: not when it equals the name or the address."""
        return None if self.helo in (None, self.name, self.ip) else self.helo

    @property
    def text(self) -> str:
        names = [self.name] if self.name else []
        if self.shown_helo:
            names.append(f"({self.shown_helo})")
        return " ".join([*names, f"[{self.ip}]:{self.port}"])

    @property
    def loopback(self) -> bool:
        return loopback(self.ip)


UNSET = "<UNSET>"  # how newer Exims log a tag that the signature lacks


@dataclass(slots=True)
class Signature:
    domain: str
    selector: str = "dkim"
    canonicalization: str = "relaxed/relaxed"
    algorithm: str = "rsa-sha256"
    key_bits: int | None = None
    result: str = "pass"
    detail: str | None = "verification succeeded"
    tags: str = ""

    @property
    def reason(self) -> str:
        return (self.detail or "").partition(" - ")[2]

    @property
    def dns_name(self) -> str | None:
        """Where its public key is, when the line names both parts."""
        if not self.known_domain or self.selector in ("", UNSET):
            return None
        return f"{self.selector}._domainkey.{self.domain}".lower()

    @property
    def known_domain(self) -> str:
        return "" if self.domain == UNSET else self.domain

    def document(self) -> dict[str, Any]:
        fields = {
            "domain": self.known_domain,
            "selector": "" if self.selector == UNSET else self.selector,
            "canonicalization": self.canonicalization,
            "algorithm": self.algorithm,
            "key_bits": self.key_bits,
            "result": self.result,
            "detail": self.reason,
        }
        return {name: value for name, value in fields.items() if value}


@dataclass(slots=True)
class Refusal:
    reason: str | None
    temporary: bool
    utc: int


@dataclass(slots=True)
class Delivery:
    """One delivery line's content; the last of a recipient is its state."""

    recipient: str
    status: str
    queue_id: str
    utc: int
    host: str | None = None
    ip: str | None = None
    port: int | None = None
    tls: Tls | None = None
    plaintext: bool = False  # the line tells that there was no TLS
    router: str | None = None
    transport: str | None = None
    code: int | None = None
    reply: str | None = None
    reason: str | None = None
    addresses: tuple[str, ...] = ()

    def document(self, attempts: int) -> dict[str, Any]:
        destination = {"domain": self.host, "ip": self.ip, "port": self.port}
        tls: dict[str, Any] = {}
        if self.tls:
            tls = {key: value for key, value in self.tls.ecs().items() if key != "version_protocol"}
            tls |= self.tls.logged_fields()
        elif self.plaintext:
            tls = {"established": False}
        if tls:
            tls["grade"] = grade_of(self.tls)
        return present(
            recipient=self.recipient,
            status=self.status,
            queue_id=self.queue_id,
            destination=present(**destination),
            tls=tls,
            router=self.router,
            transport=self.transport,
            response=present(code=self.code, text=as_read(self.reply) if self.reply else None),
            attempts=attempts,
            time=iso(self.utc),
        )


def domain_of(address: str) -> str:
    """In lower case; "" when the address has none."""
    return address.rpartition("@")[2].lower() if "@" in address else ""


def present(**fields: Any) -> dict[str, Any]:
    """Without what is unknown: an absent value is an absent field."""
    return {name: value for name, value in fields.items() if value not in (None, "", {}, [])}
