"""What a declaration of panels must hold beyond its form."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from shipper.dashboards.declaration import (
    Bars,
    Bucket,
    Chart,
    Distinct,
    Donut,
    Filters,
    Listing,
    Numbers,
    OverTime,
    Panels,
    Rows,
    Sum,
    Table,
    Text,
)
from shipper.dashboards.fields import Field, template_fields
from shipper.dashboards.trace import TRACE_FIELD

COLUMNS = 48
_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_COLOR = re.compile(r"#[0-9a-f]{6}")
_FIELD_IN_QUERY = re.compile(r"_exists_:([@\w.]+)|(?<![\w.@])(@?[A-Za-z_][\w.]*):")
_MOST_BUCKETS = {Bars: 3, Rows: 2, Donut: 2, Numbers: 1, Table: 5}


def faults(panels: Panels) -> Iterator[str]:
    """What is wrong, each as "key: what"."""
    fields = template_fields()
    yield from _ids(panels)
    yield from _layout(panels)
    yield from _colors(panels)
    for name in panels.formats:
        if name not in fields and name != TRACE_FIELD:
            yield f"formats: the templates have no field {name!r}"
    for panel in panels.panels:
        if isinstance(panel, Text):
            continue
        found = _of_listing(panel, fields) if isinstance(panel, Listing) else _of_chart(panel, fields)
        yield from (f"panels: {panel.id}: {fault}" for fault in found)


def _ids(panels: Panels) -> Iterator[str]:
    for key, ids in (
        ("panels", [panel.id for panel in panels.panels]),
        ("dashboards", [d.id for d in panels.dashboards]),
    ):
        yield from (f"{key}: {id!r} stands there twice" for id, times in Counter(ids).items() if times > 1)
        yield from (f"{key}: {id!r} is no id: lower-case words and hyphens" for id in ids if not _ID.fullmatch(id))
    if panels.trace_dashboard not in {dashboard.id for dashboard in panels.dashboards}:
        yield f"trace_dashboard: there is no dashboard {panels.trace_dashboard!r}"


def _layout(panels: Panels) -> Iterator[str]:
    known = {panel.id for panel in panels.panels}
    shown: Counter[str] = Counter()
    for dashboard in panels.dashboards:
        places = [place for row in dashboard.rows for place in row.panels]
        shown.update({place.panel for place in places})
        where = f"dashboards: {dashboard.id}"
        yield from (f"{where}: there is no panel {p.panel!r}" for p in places if p.panel not in known)
        yield from (f"{where}: {id!r} twice" for id, n in Counter(p.panel for p in places).items() if n > 1)
        for number, row in enumerate(dashboard.rows, 1):
            if (width := sum(place.width for place in row.panels)) != COLUMNS or min(p.width for p in row.panels) < 1:
                yield f"{where}: row {number} is {width} columns wide instead of {COLUMNS}"
            if row.height < 1:
                yield f"{where}: row {number} has no height"
    yield from (f"panels: no dashboard shows {id!r}" for id in sorted(known - shown.keys()))


def _colors(panels: Panels) -> Iterator[str]:
    for label, color in panels.colors.items():
        if not _COLOR.fullmatch(color):
            yield f"colors: {label}: {color!r} is no color such as #0072b2"


def _of_listing(panel: Listing, fields: dict[str, Field]) -> Iterator[str]:
    for name in panel.columns:
        if name not in fields and name != TRACE_FIELD:
            yield f"columns: the templates have no field {name!r}"
    for name, _ in panel.sort:
        yield from _not_countable("sort", name, fields)
    yield from _of_query("query", panel.query, fields)


def _of_chart(panel: Chart, fields: dict[str, Field]) -> Iterator[str]:
    if not panel.metrics:
        yield "metrics: there is none"
    if len(panel.buckets) > _MOST_BUCKETS[type(panel)]:
        yield f"buckets: at most {_MOST_BUCKETS[type(panel)]} in this kind of chart"
    if isinstance(panel, Bars | Rows | Donut | Table) and not panel.buckets:
        yield "buckets: there is none"
    if isinstance(panel, Donut | Rows) and len(panel.metrics) != 1:
        yield "metrics: this kind of chart has one"
    if isinstance(panel, Table) and panel.share and panel.share not in {metric.label for metric in panel.metrics}:
        yield f"share: there is no metric {panel.share!r}"
    for metric in panel.metrics:
        if isinstance(metric, Distinct | Sum):
            yield from _not_countable("metrics", metric.field, fields)
        if isinstance(metric, Sum) and metric.field in fields and fields[metric.field].type not in ("long", "float"):
            yield f"metrics: {metric.field} is no number"
    for bucket in panel.buckets:
        yield from _of_bucket(bucket, fields)
    yield from _of_query("query", panel.query, fields)


def _of_bucket(bucket: Bucket, fields: dict[str, Field]) -> Iterator[str]:
    if isinstance(bucket, Filters):
        labels = Counter(named.label for named in bucket.filters)
        yield from (f"filters: {label!r} stands there twice" for label, times in labels.items() if times > 1)
        for named in bucket.filters:
            yield from _of_query(f"filters: {named.label}", named.query, fields)
        return
    yield from _not_countable("buckets", bucket.field, fields)
    if isinstance(bucket, OverTime) or bucket.field not in fields or fields[bucket.field].type == "keyword":
        return
    # Both products send `missing` for strings only (terms.ts), and refuse `include` elsewhere.
    if bucket.missing is not None or bucket.include is not None:
        yield f"buckets: {bucket.field} is no keyword, so it can have neither missing nor include"


def _not_countable(key: str, name: str, fields: dict[str, Field]) -> Iterator[str]:
    if name not in fields:
        yield f"{key}: the templates have no field {name!r}"
    elif not fields[name].aggregatable:
        yield f"{key}: {name} cannot be counted or sorted by"
    elif fields[name].nested:
        yield f"{key}: {name} stands in {fields[name].nested}, which flat charts cannot see"


def _of_query(key: str, query: str, fields: dict[str, Field]) -> Iterator[str]:
    if any(" OR " in level and "NOT " in level for level in _levels(query)):
        yield f"{key}: NOT beside OR does not mean what it says; write (a AND NOT b) in parentheses"
    for name in fields_of_query(query):
        if name not in fields:
            yield f"{key}: the templates have no field {name!r}"
        elif not fields[name].searchable:
            yield f"{key}: {name} cannot be searched"


def _levels(query: str) -> Iterator[str]:
    """What stands inside each pair of parentheses, and outside of all, without what stands deeper."""
    rest = _unquoted(query)
    while pair := re.search(r"\(([^()]*)\)", rest):
        yield pair[1]
        rest = f"{rest[: pair.start()]}_{rest[pair.end() :]}"
    yield rest


def _unquoted(query: str) -> str:
    return re.sub(r'"(?:[^"\\]|\\.)*"', '""', query)


def fields_of_query(query: str) -> Iterable[str]:
    """The fields that a Lucene query string names; what stands in quotes names none."""
    for match in _FIELD_IN_QUERY.finditer(_unquoted(query)):
        yield match[1] or match[2]
