"""DKIM of a message: its signatures and the roll-ups over them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from shipper.documents.domains import domain_of, same_organization
from shipper.documents.lines import Lines
from shipper.documents.shape import unique
from shipper.model import Fields

_DETAILS = [
    (name, f"sophos.utm.dkim.{name}")
    for name in ("domain", "selector", "canonicalization", "algorithm", "key_bits", "result", "detail")
]
_VERIFIED = "sophos.utm.dkim.verified_domain"
_LONG_ID = len("tttttt-pppppp-ss")
_UNVERIFIED = ("fail", "invalid")
_GNUTLS_BEFORE_4_93 = re.compile(r"(?!TLS_)[A-Z0-9]+(?:_[A-Z0-9]+)+")

Signature = dict[str, Any]
"""The members of `_DETAILS` that are logged."""


def signatures(lines: Lines) -> list[Signature]:
    """One object per signature, top signature first. `DKIM=d` without detail lines is one passing signature."""
    if lines.has("dkim-checked"):
        checked = _each_once([event.fields for event in lines.of("dkim-checked")])
        return [{name: fields[path] for name, path in _DETAILS if path in fields} for fields in checked]
    verified = [event.fields[_VERIFIED] for event in lines.all if _VERIFIED in event.fields]
    return [{"domain": domain, "result": "pass"} for domain in unique(verified)]


def _each_once(checked: list[Fields]) -> list[Fields]:
    """Where a DKIM ACL is configured, Exim 4.9x writes the line of each signature twice in a row."""
    halves = checked[::2], checked[1::2]
    return halves[0] if halves[0] == halves[1] else checked


def dkim_object(lines: Lines, sender: str | None, *, details_logged: bool) -> dict[str, Any]:
    """`sophos.utm.dkim` of an accepted message; None and empty lists in it are not known.

    `details_logged` is the user's word that the gateway logs a line for each signature whatever its version.
    """
    signed = signatures(lines)
    if not signed and not details_logged and _may_be_unlogged(lines):
        return {"result": "unknown"}
    results = [signature.get("result", "none") for signature in signed]
    return {
        "result": _overall(results),
        "count": len(signed),
        "passed": results.count("pass"),
        "failed": results.count("fail"),
        **(_roll_ups(signed, sender) if signed else {}),
    }


class _Told(NamedTuple):
    """What the roll-ups need of a signature."""

    result: str | None
    domain: str | None
    selector: str | None
    algorithm: str | None
    detail: str | None


def _roll_ups(signed: Sequence[Signature], sender: str | None) -> dict[str, Any]:
    summary = _summary(tuple([_Told._make(map(signature.get, _Told._fields)) for signature in signed]))
    return {**summary, "aligned": _aligned(summary["passed_domains"], sender), "signatures": signed}


@lru_cache(maxsize=2048)
def _summary(signed: tuple[_Told, ...]) -> dict[str, list[str]]:
    """The lists over all signatures; those of a sender are alike most of the time."""
    passed = [each for each in signed if each.result == "pass"]
    unverified = [each for each in signed if each.result in _UNVERIFIED]
    return {
        "domains": _domains(signed),
        "passed_domains": _domains(passed),
        "unverified_domains": _domains(unverified),
        "selectors": _keys(signed),
        "passed_selectors": _keys(passed),
        "unverified_selectors": _keys(unverified),
        "algorithms": unique([each.algorithm for each in signed]),
        "failure_reasons": unique([each.detail for each in unverified]),
    }


def _domains(signed: Sequence[_Told]) -> list[str]:
    """Domain names are alike whatever their case; a signature keeps the spelling that was logged."""
    return unique([each.domain.lower() for each in signed if each.domain])


def _keys(signed: Sequence[_Told]) -> list[str]:
    """The DNS names of their public keys (RFC 6376, section 3.6.2.1), as far as they are logged."""
    return unique(
        [f"{each.selector}._domainkey.{each.domain}".lower() for each in signed if each.domain and each.selector]
    )


def _overall(results: list[str]) -> str:
    if not results:
        return "none"
    return next((result for result in ("pass", "fail") if result in results), "invalid")


def _aligned(passed: list[str], sender: str | None) -> bool | None:
    """None where there is nothing to compare: no signature, or the null sender."""
    domain = domain_of(sender) if sender else None
    return None if domain is None else any(same_organization(signer, domain) for signer in passed)


def _may_be_unlogged(lines: Lines) -> bool:
    """Exim 4.91 or later logs no line per signature by default; a message shows by its spelling which Exim wrote it."""
    if lines.has("dkim-check-failed") or any(len(queue_id) > _LONG_ID for queue_id in lines.ids):
        return True
    for event in lines.all:
        fields = event.fields
        if "sophos.utm.marks" in fields or "sophos.utm.tls.certificate_verified" in fields:
            return True
        if "sophos.utm.tls.logged_version" in fields and _is_new_spelling(fields):
            return True
    return False


def _is_new_spelling(fields: Fields) -> bool:
    if not fields["sophos.utm.tls.logged_version"].startswith("TLS1"):
        return False
    return not _GNUTLS_BEFORE_4_93.fullmatch(fields.get("sophos.utm.tls.openssl_cipher", ""))
