"""What the index templates say of a field, as far as a search for it depends on that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import msgspec

from shipper.cluster.templates import DEFAULT_OPTIONS, load_templates
from shipper.errors import SettingsError


class Field(msgspec.Struct, frozen=True):
    """`type` is the mapping's. `lowers`: case does not count; `longest`: longer values are not found; `nested`: the
    array of objects that it stands in, empty otherwise. `has_words`: it can be searched by words."""

    name: str
    type: str
    lowers: bool = False
    longest: int | None = None
    nested: str = ""
    has_words: bool = False


@cache
def searchable_fields() -> dict[str, Field]:
    """Name -> field, of messages and events alike. Views of fields (`email.subject.text`) are not among them."""
    return {
        field.name: field
        for template in load_templates(DEFAULT_OPTIONS)
        for field in _leaves(template.body.get("template", {}).get("mappings", {}).get("properties", {}))
    }


def field_named(name: str) -> Field:
    """Raises SettingsError for a name that the templates do not know or that cannot be searched."""
    field = searchable_fields().get(name)
    if field is None:
        raise SettingsError(
            f"{name} is no field that can be searched", advice="the templates in index_templates/ list them"
        )
    return field


def _leaves(properties: Mapping[str, Any], above: str = "", nested: str = "") -> Iterator[Field]:
    for key, mapping in properties.items():
        name = f"{above}{key}"
        if "properties" in mapping:
            yield from _leaves(mapping["properties"], f"{name}.", name if mapping.get("type") == "nested" else nested)
        elif mapping.get("index", True):
            lowers = mapping.get("normalizer") == "lowercase"
            yield Field(
                name, mapping["type"], lowers, mapping.get("ignore_above"), nested, "text" in mapping.get("fields", {})
            )


def values_at(document: Any, path: str) -> Iterator[Any]:
    """Every value that stands under a dotted path; what stands in lists comes one by one."""
    if isinstance(document, list):
        for item in document:
            yield from values_at(item, path)
    elif not path:
        if document is not None:
            yield document
    elif isinstance(document, dict):
        name, _, rest = path.partition(".")
        if name in document:
            yield from values_at(document[name], rest)
