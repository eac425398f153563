"""What differs between the two products, as data."""

from __future__ import annotations

from typing import Any

import msgspec

type_of_version = tuple[int, ...]


class Product(msgspec.Struct, frozen=True):
    """One product. `oldest` is the first version with composable index templates and everything else we need.

    `field_types`: first version that has a field type which not every version has.
    """

    name: str
    title: str
    oldest: type_of_version
    field_types: dict[str, type_of_version]


PRODUCTS = {
    "opensearch": Product(
        name="opensearch",
        title="OpenSearch",
        oldest=(1, 0),
        field_types={"wildcard": (2, 15), "match_only_text": (2, 12)},
    ),
    "elasticsearch": Product(
        name="elasticsearch",
        title="Elasticsearch",
        oldest=(7, 10),
        field_types={"wildcard": (7, 9), "match_only_text": (7, 14)},
    ),
}

SUBSTITUTES: dict[str, dict[str, Any]] = {
    "wildcard": {"type": "keyword", "ignore_above": 8191},
    "match_only_text": {"type": "text", "norms": False, "index_options": "freqs"},
}
"""What stands in for a field type that a server does not have yet."""


def version_numbers(version: str) -> type_of_version:
    """`3.4.0-SNAPSHOT` -> (3, 4, 0); what is not a number ends it; empty for an unknown version."""
    numbers = []
    for part in version.partition("-")[0].split("."):
        if not part.isdecimal():
            break
        numbers.append(int(part))
    return tuple(numbers)


def has_field_type(product: str, version: str, field_type: str) -> bool:
    """Whether the server knows the mapping type. A server that hides its version is taken for a new one."""
    needed = PRODUCTS[product].field_types.get(field_type, ())
    return not version or version_numbers(version) >= needed
