"""A document as its index sees it: which values each field has, in the spelling in which they are counted."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv6Address, ip_address
from typing import Any

from shipper.retrieval import Document
from shipper.retrieval.fields import Field, field_named, values_at
from shipper.retrieval.words import lowered


class Facts:
    """The values of one document; each field is looked up once."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._known: dict[str, tuple[str, ...]] = {}

    def values(self, field: str) -> tuple[str, ...]:
        """Different values of a field, without those that are too long to be indexed."""
        known = self._known.get(field)
        if known is None:
            known = tuple(dict.fromkeys(_spelled(self._document, field_named(field))))
            self._known[field] = known
        return known

    def sum(self, field: str) -> int:
        """The sum of a number field's values."""
        return sum(values_at(self._document, field))

    @property
    def time(self) -> str:
        """`@timestamp`, as documents have it."""
        return str(self._document["@timestamp"])


def _spelled(document: Document, field: Field) -> Iterator[str]:
    for value in values_at(document, field.name):
        if not _is_too_long(value, field):
            yield spelled(value, field)


def spelled(value: Any, field: Field) -> str:
    """A value in the spelling in which a server counts it. Raises ValueError for an address that is none."""
    if field.type == "ip":
        address = ip_address(value)
        mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
        return str(mapped or address)
    if isinstance(value, bool):
        return "true" if value else "false"
    return lowered(str(value)) if field.lowers else str(value)


def rank(value: str, field: Field) -> Any:
    """What values that are equally frequent are sorted by: text as UTF-8, numbers, addresses as 16 bytes."""
    if field.type == "ip":
        address = ip_address(value)
        return address.packed if isinstance(address, IPv6Address) else b"\0" * 10 + b"\xff\xff" + address.packed
    return float(value) if field.type in ("long", "float") else value


def _is_too_long(value: Any, field: Field) -> bool:
    """`ignore_above` counts UTF-16 units."""
    if field.longest is None or not isinstance(value, str) or len(value) * 2 <= field.longest:
        return False
    return len(value.encode("utf-16-le", "surrogatepass")) // 2 > field.longest
