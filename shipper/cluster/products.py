"""What differs between the two products, as data."""

from __future__ import annotations

from typing import Any

import msgspec

Version = tuple[int, ...]


class Product(msgspec.Struct, frozen=True):
    """One product. `oldest` is the first version with composable index templates and everything else we need."""

    name: str
    title: str
    oldest: Version


PRODUCTS = {
    "opensearch": Product(name="opensearch", title="OpenSearch", oldest=(1, 0)),
    "elasticsearch": Product(name="elasticsearch", title="Elasticsearch", oldest=(7, 10)),
}

SUBSTITUTES: dict[str, dict[str, Any]] = {
    "wildcard": {"type": "keyword", "ignore_above": 8191},
    "match_only_text": {"type": "text", "norms": False},
}
"""What stands in for a field type that a server does not have. Which it has is no matter of its version alone but of
its modules and licence, so the server is asked."""


def version_numbers(version: str) -> Version:
    """`3.4.0-SNAPSHOT` -> (3, 4, 0); what is not a number ends it; empty for an unknown version."""
    numbers = []
    for part in version.partition("-")[0].split("."):
        if not part.isdecimal():
            break
        numbers.append(int(part))
    return tuple(numbers)
