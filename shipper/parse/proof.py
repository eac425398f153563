"""Proves declarations by their samples: every captured value is compared, not only that the pattern matched."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from shipper.formats.declarations import Declaration, Sample
from shipper.parse.head import read_head
from shipper.parse.lines import LineParser


class Disproof(msgspec.Struct, frozen=True):
    """A sample that does not give what its declaration says."""

    kind: str
    origin: str
    line: str
    what: str

    def __str__(self) -> str:
        return f"{self.origin}: kind {self.kind!r}: {self.what}\n    {self.line}"


def prove(declarations: Sequence[Declaration]) -> list[Disproof]:
    """Reads each sample with all declarations at work; compares kind, action, queue id and all fields."""
    parser = LineParser(declarations)
    return [
        Disproof(declaration.kind.name, declaration.origin, sample.line, what)
        for declaration in declarations
        for sample in declaration.kind.samples
        if (what := _difference(declaration, sample, parser))
    ]


def _difference(declaration: Declaration, sample: Sample, parser: LineParser) -> str:
    head = read_head(sample.line.encode())
    if head is None:
        return "the sample has no readable head"
    statement = parser.parse(head)
    kind = declaration.kind
    expected = (kind.name, sample.action or kind.action, sample.queue_id, dict(sorted(sample.fields.items())))
    found = (statement.kind, statement.action, statement.queue_id, dict(sorted(statement.fields.items())))
    for name, want, got in zip(("kind", "action", "queue id", "fields"), expected, found, strict=True):
        if want != got:
            return f"{name} should be {want}, found {got}"
    return ""
