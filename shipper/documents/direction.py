"""Which way a message went, seen from the configured local domains."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Literal

from shipper.documents.domains import domain_of

Direction = Literal["inbound", "outbound", "internal"]


def direction(sender: str | None, recipients: Sequence[str], local_domains: Collection[str]) -> Direction | None:
    """`email.direction` (ECS); None without local domains, and without an address on either side.

    `recipients` are accepted and refused ones. A sender with a local domain writes outbound, or internal when every
    recipient is local as well. Any other sender writes inbound. For the null sender the recipients tell.
    """
    if not local_domains or sender is None or not recipients:
        return None
    to_local = [_is_local(recipient, local_domains) for recipient in recipients]
    if domain_of(sender) is None:
        return "inbound" if any(to_local) else "outbound"
    if _is_local(sender, local_domains):
        return "internal" if all(to_local) else "outbound"
    return "inbound"


def _is_local(address: str, local_domains: Collection[str]) -> bool:
    domain = domain_of(address)
    return domain is not None and domain.lower() in local_domains
