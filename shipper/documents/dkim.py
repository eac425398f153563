"""DKIM of a message: its signatures and the roll-ups over them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from shipper.documents.domains import domain_of, same_organization
from shipper.documents.shape import unique
from shipper.model import Fields, StageEvent

_DETAILS = ("domain", "selector", "canonicalization", "algorithm", "key_bits", "result", "detail")
_UNVERIFIED = ("fail", "invalid")
_GNUTLS_BEFORE_4_93 = re.compile(r"(?!TLS_)[A-Z0-9]+(?:_[A-Z0-9]+)+")

Signature = dict[str, Any]
"""The members of `_DETAILS` that are logged."""


def signatures(events: Sequence[StageEvent]) -> list[Signature]:
    """One object per signature, top signature first. `DKIM=d` without detail lines is one passing signature."""
    found = [
        {name: event.fields[path] for name in _DETAILS if (path := f"sophos.utm.dkim.{name}") in event.fields}
        for event in events
        if event.action == "dkim-checked"
    ]
    if found:
        return found
    verified = [event.fields["sophos.utm.dkim.verified_domain"] for event in events if _verified(event)]
    return [{"domain": domain, "result": "pass"} for domain in unique(verified)]


def _verified(event: StageEvent) -> bool:
    return "sophos.utm.dkim.verified_domain" in event.fields


def dkim_fields(events: Sequence[StageEvent], sender: str | None, *, details_logged: bool) -> Fields:
    """The fields `sophos.utm.dkim.*` of an accepted message.

    `details_logged` is the user's word that the gateway logs a line for each signature whatever its version.
    """
    signed = signatures(events)
    if not signed and not details_logged and _may_be_unlogged(events):
        return {"sophos.utm.dkim.result": "unknown"}
    results = [signature.get("result", "none") for signature in signed]
    return {
        "sophos.utm.dkim.result": _overall(results),
        "sophos.utm.dkim.count": len(signed),
        "sophos.utm.dkim.passed": results.count("pass"),
        "sophos.utm.dkim.failed": results.count("fail"),
        **(_roll_ups(signed, sender) if signed else {}),
    }


def _roll_ups(signed: Sequence[Signature], sender: str | None) -> Fields:
    named = [(signature.get("result"), *_names(signature)) for signature in signed]
    passed = unique([domain for result, domain, _ in named if result == "pass"])
    return {
        "sophos.utm.dkim.domains": unique([domain for _, domain, _ in named]),
        "sophos.utm.dkim.passed_domains": passed,
        "sophos.utm.dkim.unverified_domains": unique([domain for result, domain, _ in named if result in _UNVERIFIED]),
        "sophos.utm.dkim.selectors": unique([key for _, _, key in named]),
        "sophos.utm.dkim.passed_selectors": unique([key for result, _, key in named if result == "pass"]),
        "sophos.utm.dkim.unverified_selectors": unique([key for result, _, key in named if result in _UNVERIFIED]),
        "sophos.utm.dkim.algorithms": unique([signature.get("algorithm") for signature in signed]),
        "sophos.utm.dkim.failure_reasons": unique(
            [each.get("detail") for each in signed if each.get("result") in _UNVERIFIED]
        ),
        "sophos.utm.dkim.aligned": _aligned(passed, sender),
        "sophos.utm.dkim.signatures": signed,
    }


def _names(signature: Signature) -> tuple[str | None, str | None]:
    """The domain, and the DNS name of its public key (RFC 6376, section 3.6.2.1), as far as they are logged.

    Domain names are alike whatever their case; a signature keeps the spelling that was logged.
    """
    domain, selector = signature.get("domain"), signature.get("selector")
    if not domain:
        return None, None
    return domain.lower(), f"{selector}._domainkey.{domain}".lower() if selector else None


def _overall(results: list[str]) -> str:
    if not results:
        return "none"
    return next((result for result in ("pass", "fail") if result in results), "invalid")


def _aligned(passed: list[str], sender: str | None) -> bool | None:
    """None where there is nothing to compare: no signature, or the null sender."""
    domain = domain_of(sender) if sender else None
    return None if domain is None else any(same_organization(signer, domain) for signer in passed)


def _may_be_unlogged(events: Sequence[StageEvent]) -> bool:
    """Exim 4.91 or later logs no line per signature by default; a message shows by its spelling which Exim wrote it."""
    return any(event.action == "dkim-check-failed" or _is_newer(event) for event in events)


def _is_newer(event: StageEvent) -> bool:
    fields = event.fields
    if event.queue_id is not None and len(event.queue_id) > 16:
        return True
    if "sophos.utm.marks" in fields or "sophos.utm.tls.certificate_verified" in fields:
        return True
    version, suite = fields.get("sophos.utm.tls.logged_version", ""), fields.get("sophos.utm.tls.openssl_cipher", "")
    return version.startswith("TLS1") and not _GNUTLS_BEFORE_4_93.fullmatch(suite)
