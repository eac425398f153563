"""Charts counted over documents one by one. What is kept grows with the different values, not with the documents."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import datetime

from shipper.dashboards.declaration import Bucket, Chart, Distinct, Filters, OverTime, Sum, Terms
from shipper.errors import PanelsError
from shipper.figures.facts import Facts, rank
from shipper.figures.group import MISSING, OTHER, Group
from shipper.figures.lucene import predicate
from shipper.figures.periods import Unit, key_of, start_of
from shipper.retrieval import Coverage, FileArchive, Scope
from shipper.retrieval.fields import field_named

_NOT_ALIKE = re.compile(r'[~&@#"<>^$]|\(\?|\\[A-Za-z]')
"""What means something else in Lucene's regular expressions than in Python's."""


class FileSource:
    """Counts the documents of an archive that was read from logs."""

    def __init__(self, archive: FileArchive, where: str) -> None:
        self._archive = archive
        self.where = where

    @property
    def notices(self) -> tuple[str, ...]:
        """Nothing: all was read."""
        return ()

    def coverage(self, scope: Scope) -> Coverage:
        """See `Source`."""
        return self._archive.coverage(scope)

    def count(self, charts: tuple[Chart, ...], scope: Scope, unit: Unit) -> list[Group]:
        """See `Source`."""
        tallies = [Tally(chart, unit) for chart in charts]
        for kind, documents in (("messages", self._archive.messages), ("events", self._archive.events)):
            wanted = [tally for tally in tallies if tally.chart.index == kind]
            for document in documents(scope) if wanted else ():
                facts = Facts(document)
                for tally in wanted:
                    tally.add(facts)
        return [tally.group() for tally in tallies]


class _Node:
    __slots__ = ("count", "inside")

    def __init__(self) -> None:
        self.count = 0
        self.inside: dict[str, _Node] = {}


class Tally:
    """One chart's counters."""

    def __init__(self, chart: Chart, unit: Unit) -> None:
        self.chart = chart
        self._is_wanted = predicate(chart.query)
        self._keys = [_keys(bucket, unit) for bucket in chart.buckets]
        self._whole = _Node()
        self._values = {metric.field: set[str]() for metric in chart.metrics if isinstance(metric, Distinct)}
        self._sums = {metric.field: 0 for metric in chart.metrics if isinstance(metric, Sum)}

    def add(self, facts: Facts) -> None:
        """Counts a document, where the chart is about it."""
        if not self._is_wanted(facts):
            return
        nodes = [self._whole]
        self._whole.count += 1
        for keys in self._keys:
            found = keys(facts)
            nodes = [_counted(node, key) for node in nodes for key in found]
        for field, values in self._values.items():
            values.update(facts.values(field))
        for field in self._sums:
            self._sums[field] += facts.sum(field)

    def group(self) -> Group:
        """What was counted."""
        whole = _shown(self._whole, self.chart.buckets)
        if not self.chart.buckets:
            whole.measured = tuple(
                len(self._values[metric.field]) if isinstance(metric, Distinct) else self._sums[metric.field]
                for metric in self.chart.metrics
                if isinstance(metric, Distinct | Sum)
            )
        return whole


def _counted(above: _Node, key: str) -> _Node:
    node = above.inside.get(key)
    if node is None:
        node = above.inside[key] = _Node()
    node.count += 1
    return node


def _keys(bucket: Bucket, unit: Unit) -> Callable[[Facts], list[str] | tuple[str, ...]]:
    """Which buckets a document lies in."""
    if isinstance(bucket, OverTime):
        return lambda facts: (key_of(start_of(datetime.fromisoformat(facts.time), unit)),)
    if isinstance(bucket, Filters):
        queries = [(named.label, predicate(named.query)) for named in bucket.filters]
        return lambda facts: [label for label, is_wanted in queries if is_wanted(facts)]
    field, without = field_named(bucket.field).name, () if bucket.missing is None else (MISSING,)
    if bucket.include is None:
        return lambda facts: facts.values(field) or without
    included = _pattern(bucket.include)
    return lambda facts: [value for value in facts.values(field) or without if included(value)]


def _pattern(expression: str | None) -> Callable[[str], object]:
    if expression is None:
        return lambda value: True
    if _NOT_ALIKE.search(expression):
        raise PanelsError(f"the expression {expression!r} cannot be matched without a cluster")
    return re.compile(expression, re.DOTALL).fullmatch


def _shown(node: _Node, buckets: tuple[Bucket, ...]) -> Group:
    """The buckets of a level that the chart shows, in its order."""
    if not buckets:
        return Group(node.count)
    bucket = buckets[0]
    if isinstance(bucket, Terms):
        return _most_frequent(node, bucket, buckets[1:])
    if isinstance(bucket, OverTime):
        found = {key: node.inside[key] for key in sorted(node.inside)}
    else:
        found = {named.label: node.inside.get(named.label, _Node()) for named in bucket.filters}
    return Group(node.count, inside={key: _shown(inner, buckets[1:]) for key, inner in found.items()})


def most_frequent(counts: Iterable[tuple[str, int]], bucket: Terms) -> tuple[list[tuple[str, int]], int]:
    """The values that a bucket shows, in its order, and the sum of what all others count."""
    field, included = field_named(bucket.field), _pattern(bucket.include)
    wanted = (count for count in counts if included(count[0]))
    ranked = sorted(wanted, key=lambda count: (-count[1], rank(count[0], field)))
    return ranked[: bucket.size], sum(count for _, count in ranked[bucket.size :])


def _most_frequent(node: _Node, bucket: Terms, below: tuple[Bucket, ...]) -> Group:
    shown, rest = most_frequent(((key, inner.count) for key, inner in node.inside.items()), bucket)
    inside = {key: _shown(node.inside[key], below) for key, _ in shown}
    if bucket.other is not None and rest:
        inside[OTHER] = Group(rest)
        rest = 0
    return Group(node.count, inside=inside, rest=rest)
