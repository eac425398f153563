"""What was counted for a chart, as rows of labels and numbers for people."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec

from shipper.dashboards.declaration import Bucket, Chart, Filters, OverTime, Panels, Terms, Words
from shipper.figures.group import MISSING, OTHER, Group
from shipper.figures.periods import Unit, name_of

NO_LABEL = ""
_OF_QUERIES = "Part"


class Row(msgspec.Struct, frozen=True):
    """One combination of buckets: `labels` from the outermost on, a number for each of the chart's metrics."""

    labels: tuple[str, ...]
    numbers: tuple[int, ...]


class Figure(msgspec.Struct, frozen=True):
    """`header` names the labels' columns. `left_out` counts what the values tell that are too rare to be shown.

    `error`: so much a number may be too small by, 0 where all are exact. `periods` are all bars over time, those in
    which nothing came included; empty for any other chart.
    """

    chart: Chart
    header: tuple[str, ...]
    rows: tuple[Row, ...]
    left_out: int = 0
    error: int = 0
    periods: tuple[str, ...] = ()

    @property
    def total(self) -> int:
        """The sum over all rows of the first metric; a message with several values counts for each."""
        return sum(row.numbers[0] for row in self.rows)


def figure(chart: Chart, whole: Group, panels: Panels, unit: Unit, periods: tuple[str, ...]) -> Figure:
    """The rows of a chart, in its order; `periods` are all bars over time."""
    header = tuple(_column(bucket, unit) for bucket in chart.buckets)
    rows = tuple(_rows(whole, chart.buckets, panels, unit, ())) if chart.buckets else (_only_row(whole),)
    over_time = bool(chart.buckets) and isinstance(chart.buckets[0], OverTime)
    return Figure(chart, header, rows, _summed(whole, "rest"), _summed(whole, "error"), periods if over_time else ())


def _only_row(whole: Group) -> Row:
    return Row((), (whole.count, *whole.measured))


def _rows(
    group: Group, buckets: tuple[Bucket, ...], panels: Panels, unit: Unit, above: tuple[str, ...]
) -> Iterator[Row]:
    for key, inner in group.inside.items():
        labels = (*above, _label(key, buckets[0], panels, unit))
        if inner.inside:
            yield from _rows(inner, buckets[1:], panels, unit, labels)
        elif key == OTHER or not buckets[1:]:
            yield Row((*labels, *(NO_LABEL for _ in buckets[1:])), (inner.count,))


def _label(key: str, bucket: Bucket, panels: Panels, unit: Unit) -> str:
    if isinstance(bucket, OverTime):
        return name_of(_start(key), unit)
    if isinstance(bucket, Filters):
        return key
    special = {MISSING: bucket.missing, OTHER: bucket.other}.get(key)
    words = panels.formats.get(bucket.field)
    known = words.words if isinstance(words, Words) else {}
    return special or known.get(key, key)


def _column(bucket: Bucket, unit: Unit) -> str:
    if isinstance(bucket, Terms):
        return bucket.label
    return ("Week from" if unit == "week" else unit.capitalize()) if isinstance(bucket, OverTime) else _OF_QUERIES


def _start(key: str) -> datetime:
    return datetime.strptime(key, "%Y-%m-%dT%H").replace(tzinfo=UTC)


def _summed(group: Group, name: str) -> int:
    own: int = getattr(group, name)
    return own + sum(_summed(inner, name) for inner in group.inside.values())
