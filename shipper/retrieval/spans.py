"""Our indices as stretches of time that follow each other."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import msgspec

from shipper.cluster.retention import Kind, read_name
from shipper.retrieval.scope import Scope


class Span(msgspec.Struct, frozen=True):
    """Indices whose periods overlap (usually one): days from `first` to before `end`."""

    first: date
    end: date
    names: tuple[str, ...]


def spans_of(names: Iterable[str], prefix: str, kind: Kind, scope: Scope) -> list[Span]:
    """Those of the indices that are ours and may hold what is wanted, in the order of time.

    They overlap only where somebody changed the granularity.
    """
    ours = [index for name in names if (index := read_name(name, prefix)) is not None and index.kind == kind]
    spans: list[Span] = []
    for index in sorted(ours, key=lambda index: (index.first, index.end)):
        if spans and index.first < spans[-1].end:
            before = spans.pop()
            spans.append(Span(before.first, max(before.end, index.end), (*before.names, index.name)))
        else:
            spans.append(Span(index.first, index.end, (index.name,)))
    return [span for span in spans if _may_hold(span, scope)]


def _may_hold(span: Span, scope: Scope) -> bool:
    return span.end.isoformat() > scope.first[:10] and (scope.end is None or f"{span.first.isoformat()}T" < scope.end)
