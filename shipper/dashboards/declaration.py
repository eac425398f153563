"""Everything that the declaration of panels, `dashboards/panels.yaml`, can say, as frozen values."""

from __future__ import annotations

from typing import Literal

import msgspec

IndexName = Literal["messages", "events"]


class _Value(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Frozen, and strict about what it does not know."""


class Count(_Value, frozen=True, tag_field="type", tag="count"):
    """The number of documents."""

    label: str


class Distinct(_Value, frozen=True, tag_field="type", tag="distinct"):
    """The number of different values of a field; up to 40,000 it may be off by some in ten thousand."""

    field: str
    label: str


class Sum(_Value, frozen=True, tag_field="type", tag="sum"):
    """The sum of a number field."""

    field: str
    label: str


Metric = Count | Distinct | Sum


class OverTime(_Value, frozen=True, tag_field="type", tag="time"):
    """One bucket a period, which follows the time picker; its length stands on the axis."""

    field: str = "@timestamp"


class Terms(_Value, frozen=True, tag_field="type", tag="terms"):
    """One bucket for each of the `size` most frequent values of a field.

    `missing` names the bucket of the documents that lack the field (none without it), `other` the bucket of all further
    values, `include` is a regular expression (Lucene's) that the values must match.
    """

    field: str
    label: str
    size: int
    missing: str | None = None
    other: str | None = None
    include: str | None = None


class NamedQuery(_Value, frozen=True):
    """A bucket given by a Lucene query string."""

    label: str
    query: str


class Filters(_Value, frozen=True, tag_field="type", tag="filters"):
    """One bucket for each query, in this order."""

    filters: tuple[NamedQuery, ...]


Bucket = OverTime | Terms | Filters


class Panel(_Value, frozen=True):
    """Anything that stands on a dashboard. `id` is unique among all panels."""

    id: str
    title: str


class Chart(Panel, frozen=True):
    """Something counted: `metrics` for each combination of `buckets`, over the documents that `query` finds.

    `query` is a Lucene query string; empty for all documents.
    """

    question: str
    index: IndexName
    metrics: tuple[Metric, ...]
    buckets: tuple[Bucket, ...] = ()
    query: str = ""


class Bars(Chart, frozen=True, tag_field="draw", tag="bars"):
    """Upright bars along the first bucket, split by the others; `scale: share` makes each bar 100 %."""

    scale: Literal["count", "share"] = "count"


class Rows(Chart, frozen=True, tag_field="draw", tag="rows"):
    """Lying bars, one for each value of the first bucket, split by the others."""


class Donut(Chart, frozen=True, tag_field="draw", tag="donut"):
    """Parts of a whole."""


class Numbers(Chart, frozen=True, tag_field="draw", tag="numbers"):
    """Big figures in a row; `points` is their size."""

    points: int = 28


class Table(Chart, frozen=True, tag_field="draw", tag="table"):
    """A column for each bucket and metric; `share` names the metric that is also shown in per cent."""

    page: int = 10
    share: str = ""


class Text(Panel, frozen=True, tag_field="draw", tag="text"):
    """Markdown. `{dashboard:ID}` becomes the address of that dashboard, relative to the Dashboards application."""

    text: str


class Listing(Panel, frozen=True, tag_field="draw", tag="list"):
    """Documents, one a line. `sort` is a list of field and direction."""

    question: str
    index: IndexName
    columns: tuple[str, ...]
    sort: tuple[tuple[str, Literal["asc", "desc"]], ...] = (("@timestamp", "desc"),)
    query: str = ""


AnyPanel = Bars | Rows | Donut | Numbers | Table | Text | Listing
Drawn = (Bars, Rows, Donut, Numbers, Table)


class Place(_Value, frozen=True):
    """A panel on a dashboard, `width` of 48 columns wide."""

    panel: str
    width: int


class Row(_Value, frozen=True):
    """Panels side by side, `height` grid units (28 pixels) high."""

    height: int
    panels: tuple[Place, ...]


class Dashboard(_Value, frozen=True):
    """`about` says in one sentence what it answers."""

    id: str
    title: str
    about: str
    rows: tuple[Row, ...]


class Period(_Value, frozen=True, rename={"start": "from", "end": "to"}):
    """What the time picker is set to on opening, as date math."""

    start: str
    end: str


class Words(_Value, frozen=True, tag_field="kind", tag="words"):
    """Shows words in place of values."""

    words: dict[str, str]


class Bytes(_Value, frozen=True, tag_field="kind", tag="bytes"):
    """Shows a number of bytes as kB, MB."""


class Duration(_Value, frozen=True, tag_field="kind", tag="duration"):
    """Shows a number of `unit` in words."""

    unit: Literal["nanoseconds", "milliseconds", "seconds"]


class TraceLink(_Value, frozen=True, tag_field="kind", tag="trace"):
    """Shows the value as a link to the trace dashboard, which then shows what `query` finds.

    `{value}` in the query (Lucene) is the field's value, `label` what is shown (the value by default).
    """

    query: str = "{value}"
    label: str = "{value}"


Format = Words | Bytes | Duration | TraceLink


class Panels(_Value, frozen=True):
    """Everything that the declaration says.

    `colors` is value or label -> `#rrggbb`, `formats` field -> how it is shown.
    """

    period: Period
    trace_dashboard: str
    colors: dict[str, str]
    formats: dict[str, Format]
    panels: tuple[AnyPanel, ...]
    dashboards: tuple[Dashboard, ...]

    def panel(self, id: str) -> AnyPanel:
        """The panel of that id. Raises KeyError."""
        return {panel.id: panel for panel in self.panels}[id]
