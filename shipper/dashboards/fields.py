"""The fields of the index templates, as a search server describes them once indices are made from them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from shipper.cluster.templates import TemplateOptions, load_templates

WITHOUT_VALUES = frozenset({"text", "match_only_text"})
"""Types that can be searched by words and not counted."""


class Field(msgspec.Struct, frozen=True):
    """`type` is the mapping's; `multi_of` the field that this one is another view of, `nested` the array of objects
    that it stands in (both empty otherwise).
    """

    name: str
    type: str
    searchable: bool
    aggregatable: bool
    multi_of: str = ""
    nested: str = ""


def template_fields() -> dict[str, Field]:
    """Name -> field, of events and messages alike: both are made from the same component templates."""
    found = [
        field
        for template in load_templates(TemplateOptions())
        for field in _leaves(template.body.get("template", {}).get("mappings", {}).get("properties", {}))
    ]
    return {field.name: field for field in sorted(found, key=lambda field: field.name)}


def _leaves(properties: Mapping[str, Any], above: str = "", nested: str = "") -> Iterator[Field]:
    for key, mapping in properties.items():
        name = f"{above}{key}"
        if "properties" in mapping:
            yield from _leaves(mapping["properties"], f"{name}.", name if mapping.get("type") == "nested" else nested)
            continue
        yield _field(name, mapping, nested)
        for view, of_view in mapping.get("fields", {}).items():
            yield msgspec.structs.replace(_field(f"{name}.{view}", of_view, nested), multi_of=name)


def _field(name: str, mapping: Mapping[str, Any], nested: str) -> Field:
    kind = mapping["type"]
    has_values = mapping.get("doc_values", kind not in WITHOUT_VALUES)
    return Field(name, kind, mapping.get("index", True), has_values, nested=nested)
