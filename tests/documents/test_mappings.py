"""The index templates know every field that the documents hold, with a type that takes its values."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

from shipper.cluster.templates import DEFAULT_OPTIONS, load_templates
from shipper.formats.declarations import load
from shipper.parse.head import read_head
from shipper.parse.lines import LineParser
from tests.generator import generate
from tests.generator.dialects import DIALECTS
from tests.pipeline.running import run, write_log

Field = tuple[str, Any]
"""Dotted path and value; a list's members are fields of their own."""

_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def _is_address(value: object) -> bool:
    try:
        return isinstance(value, str) and bool(ip_address(value))
    except ValueError:
        return False


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


TAKES: dict[str, Callable[[object], bool]] = {
    "boolean": lambda value: isinstance(value, bool),
    "date": lambda value: isinstance(value, str) and _DATE.fullmatch(value) is not None,
    "float": _is_number,
    "ip": _is_address,
    "keyword": lambda value: isinstance(value, str),
    "long": lambda value: isinstance(value, int) and _is_number(value) and -(2**63) <= value < 2**63,
    "wildcard": lambda value: isinstance(value, str),
}
"""What a field of each type takes on both products; a document that does not fit is refused as a whole."""


@cache
def mapped() -> dict[str, str]:
    """Dotted path -> type, over all component templates."""
    mappings = [template.body.get("template", {}).get("mappings", {}) for template in load_templates(DEFAULT_OPTIONS)]
    return {path: kind for mapping in mappings for path, kind in _types(mapping)}


def _types(mapping: dict[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    for name, field in mapping.get("properties", {}).items():
        if "type" in field:
            yield f"{path}{name}", field["type"]
        yield from _types(field, f"{path}{name}.")


def fields_of(document: dict[str, Any], path: str = "") -> Iterator[Field]:
    for name, value in document.items():
        for member in value if isinstance(value, list) else [value]:
            if isinstance(member, dict):
                yield from fields_of(member, f"{path}{name}.")
            else:
                yield f"{path}{name}", member


def surprises(fields: Iterator[Field]) -> dict[str, str]:
    """Fields that no template knows, and values that their type refuses, each with an example."""
    found: dict[str, str] = {}
    for path, value in fields:
        kind = mapped().get(path)
        if kind is None:
            found.setdefault(path, f"is not mapped: {value!r:.80}")
        elif not TAKES[kind](value):
            found.setdefault(path, f"is no {kind}: {value!r:.80}")
    return found


@pytest.mark.parametrize("dialect", sorted(DIALECTS))
def test_every_field_of_generated_traffic(tmp_path: Path, dialect: str) -> None:
    traffic = generate(11, messages=400, start=datetime(2019, 6, 10, 8, tzinfo=UTC), dialect=dialect)
    result = run(write_log(tmp_path / "smtp.log", [line.text for line in traffic.lines]))

    assert len(result.messages) == len(traffic.messages)
    assert surprises(field for document in result.events + result.messages for field in fields_of(document)) == {}


def test_every_field_of_every_sample() -> None:
    declarations = load()
    parser = LineParser(declarations)
    heads = [read_head(sample.line.encode()) for each in declarations for sample in each.kind.samples]
    statements = [parser.parse(head) for head in heads if head is not None]

    assert len(statements) == len(heads)
    assert surprises(field for statement in statements for field in fields_of(statement.fields)) == {}


def test_every_field_that_a_declaration_can_set() -> None:
    """No sample need show it: a capture may be there for what was never seen."""
    declarations = load()
    captured = {capture.field for each in declarations for capture in each.captures.values() if capture.field}
    constant = {path for each in declarations for path in each.kind.sets}
    addresses = {path for path in captured if f"{path}.ip" in mapped() and f"{path}.address" in mapped()}

    assert (captured | constant) - addresses - mapped().keys() == set()


def test_the_types_of_deliveries_and_signatures_keep_their_members_together() -> None:
    nested = {path for path, kind in mapped().items() if kind == "nested"}

    assert nested == {"sophos.utm.deliveries", "sophos.utm.dkim.signatures"}


@pytest.mark.parametrize(
    ("field", "surprise"),
    [
        (("sophos.utm.surprise", 1), "is not mapped: 1"),
        (("source.ip", "10.0.0.x"), "is no ip: '10.0.0.x'"),
        (("sophos.utm.complete", "no"), "is no boolean: 'no'"),
        (("source.port", "25"), "is no long: '25'"),
        (("source.port", 2**63), f"is no long: {2**63}"),
        (("sophos.utm.event_count", True), "is no long: True"),
        (("event.start", "2019-06-10"), "is no date: '2019-06-10'"),
    ],
)
def test_what_counts_as_a_surprise(field: Field, surprise: str) -> None:
    assert surprises(iter([field])) == {field[0]: surprise}
