"""What each panel must show, counted from the generator's truth; it knows nothing of the searches that panels run.

A document counts once for each distinct value of a list. Of equally frequent values the smaller one comes first, as the
servers sort them (https://docs.opensearch.org/latest/aggregations/bucket/terms/). Bars over time are in UTC.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import Any

from tests.comparison import BEYOND_THE_CONTRACT, flatten
from tests.dashboards.intervals import DAY, WEEK, Interval, auto_interval
from tests.dashboards.lucene import Indexing, Values, condition
from tests.dashboards.requests import MISSING, OTHER, Period, iso
from tests.dashboards.results import REST, Row, of
from tests.dashboards.saved import Aggregation, Chart, Listing
from tests.generator.model import Traffic

TEMPLATES = Path(__file__).parents[2] / "index_templates" / "component_templates"
FALLBACK = "sophos.utm.tls.fallback"
EVENT_FIELDS = ("@timestamp", "event.action", "host.name", "process.name", "sophos.utm.stage")


@dataclass(frozen=True)
class Document:
    """`original` is the whole message; of a line only the values are known."""

    values: Values
    original: Mapping[str, Any]


@dataclass(frozen=True)
class Truth:
    """What the indices of one index pattern hold."""

    fields: Mapping[str, Indexing]
    documents: Sequence[Document]

    def found(self, panel: Chart | Listing, period: Period, search: str = "") -> list[Document]:
        """The documents that a panel is about."""
        wanted = [condition(query, self.fields) for query in (panel.query, search)]
        return [
            document
            for document in self.documents
            if period.start <= document.values[panel.pattern.time_field][0] <= period.end
            and all(each(document.values) for each in wanted)
        ]


@dataclass
class Group:
    """A bucket: its documents, the buckets inside, and how many `rest` were too rare to be shown among these."""

    key: Any
    documents: list[Document]
    inside: list[Group] = field(default_factory=list)
    rest: int | None = None


def truths(traffic: Traffic) -> dict[str, Truth]:
    """Id of an index pattern -> what its indices hold."""
    fields = dict(_mapped())
    known = {name: kept for name, kept in fields.items() if name == FALLBACK or name not in BEYOND_THE_CONTRACT}
    lines = {name: fields[name] for name in EVENT_FIELDS}
    return {
        "utm-shipper-messages": Truth(known, list(_messages(traffic, known))),
        "utm-shipper-events": Truth(lines, list(_events(traffic))),
    }


def _mapped() -> Iterator[tuple[str, Indexing]]:
    """Fields that flat charts can see."""
    for file in sorted(TEMPLATES.iterdir()):
        template = json.loads(file.read_text("utf-8"))["template"]
        yield from _leaves(template.get("mappings", {}).get("properties", {}), "")


def _leaves(properties: Mapping[str, Any], above: str) -> Iterator[tuple[str, Indexing]]:
    for key, mapping in properties.items():
        if "properties" in mapping and mapping.get("type") != "nested":
            yield from _leaves(mapping["properties"], f"{above}{key}.")
        elif "properties" not in mapping and mapping.get("index", True):
            yield f"{above}{key}", Indexing(mapping)


def _messages(traffic: Traffic, fields: Mapping[str, Indexing]) -> Iterator[Document]:
    fallen = {key for line in traffic.lines if line.action == "tls-fallback" for key in line.message}
    for key, document in zip(traffic.keys, traffic.messages, strict=True):
        told = flatten(document) | ({FALLBACK: True} if key in fallen else {})
        values = {name: fields[name].values(found) for name, found in told.items() if name in fields}
        yield Document({name: found for name, found in values.items() if found}, document)


def _events(traffic: Traffic) -> Iterator[Document]:
    """In the order of `EVENT_FIELDS`, none of which is changed on its way into the index."""
    for line in traffic.events:
        told = (line.utc * 1000, line.action, line.host, line.process, line.stage)
        yield Document({name: (value,) for name, value in zip(EVENT_FIELDS, told, strict=True) if value}, {})


def rows(chart: Chart, whole: Group) -> list[Row]:
    """What the chart shows, in its order."""
    return list(_rows(whole, chart.metrics, ()))


def group(chart: Chart, truth: Truth, period: Period) -> Group:
    """The documents of a chart with all its buckets."""
    whole = Group("", truth.found(chart, period))
    _divide(whole, list(chart.buckets), truth, period)
    return whole


def paths(whole: Group) -> Iterator[list[Group]]:
    """The ways from the outermost to each innermost bucket."""
    for each in whole.inside:
        if each.inside:
            yield from ([each, *deeper] for deeper in paths(each))
        else:
            yield [each]


def _divide(outer: Group, buckets: list[Aggregation], truth: Truth, period: Period) -> None:
    if not buckets:
        return
    _INSIDE[buckets[0]["type"]](outer, buckets[0]["params"], truth, period)
    for each in outer.inside:
        _divide(each, buckets[1:], truth, period)


def _by_query(outer: Group, params: Mapping[str, Any], truth: Truth, period: Period) -> None:
    for named in params["filters"]:
        wanted = condition(named["input"]["query"], truth.fields)
        outer.inside.append(Group(named["label"], [d for d in outer.documents if wanted(d.values)]))


def _over_time(outer: Group, params: Mapping[str, Any], truth: Truth, period: Period) -> None:
    interval = auto_interval(period.end - period.start)
    bars: dict[Any, list[Document]] = {}
    for document in outer.documents:
        bars.setdefault(bar_of(document.values[params["field"]][0], interval), []).append(document)
    outer.inside = [Group(start, bars[start]) for start in sorted(bars)]


def bar_of(moment: int, interval: Interval) -> int:
    """When the bar begins that holds this moment; weeks begin on Monday, and 1970 on a Thursday."""
    shift = 3 * DAY if interval.milliseconds == WEEK else 0
    return (moment + shift) // interval.milliseconds * interval.milliseconds - shift


def _by_value(outer: Group, params: Mapping[str, Any], truth: Truth, period: Period) -> None:
    name, indexing = params["field"], truth.fields[params["field"]]
    if params.get("order", "desc") != "desc" or params.get("exclude"):
        raise ValueError(f"no test knows how to count {params}")
    wanted = _included(params.get("include"))
    having: dict[Any, list[Document]] = {}
    for document in outer.documents:
        for value in filter(wanted, document.values.get(name, ())):
            having.setdefault(value, []).append(document)
    lacking = [document for document in outer.documents if name not in document.values]
    if params["missingBucket"] and indexing.is_text and lacking:
        having[MISSING] = lacking
    ranked = sorted(having.items(), key=lambda item: (-len(item[1]), _rank(item[0])))
    shown, left = ranked[: params["size"]], ranked[params["size"] :]
    outer.inside = [Group(_shown(value), documents) for value, documents in shown]
    outer.rest = sum(len(documents) for _, documents in left)
    if params["otherBucket"]:
        _add_other(outer, name, {value for value, _ in shown})


def _add_other(outer: Group, name: str, shown: set[Any]) -> None:
    rare = [d for d in outer.documents if name in d.values and not shown & set(d.values[name])]
    if outer.inside and rare:
        outer.inside.append(Group(OTHER, rare))


_INSIDE: dict[str, Callable[[Group, Mapping[str, Any], Truth, Period], None]] = {
    "filters": _by_query,
    "date_histogram": _over_time,
    "terms": _by_value,
}


def _included(pattern: str | None) -> Callable[[str], bool]:
    """Of Lucene's regular expressions what means the same in Python."""
    if pattern is None:
        return lambda value: True
    if not re.fullmatch(r"(?:[\w ]|\\\.|\.\*|\[\d+\]|[()|])*", pattern):
        raise ValueError(f"no test understands the regular expression {pattern!r}")
    compiled = re.compile(pattern)
    return lambda value: bool(compiled.fullmatch(value))


def _rank(value: Any) -> Any:
    """Addresses are sorted as 16 bytes, of which those of IPv4 begin with ten zeros and ffff."""
    if isinstance(value, IPv4Address):
        return IPv6Address(b"\0" * 10 + b"\xff\xff" + value.packed)
    return value


def _shown(value: Any) -> Any:
    return str(value) if isinstance(value, IPv4Address | IPv6Address) else value


def _rows(found: Group, metrics: Iterable[Aggregation], path: tuple[str, ...]) -> Iterator[Row]:
    measured = {} if found.inside else {of(m): _measured(m, found) for m in metrics if m["type"] != "count"}
    yield path, {"documents": len(found.documents), **measured}
    for each in found.inside:
        yield from _rows(each, metrics, (*path, iso(each.key) if isinstance(each.key, int) else each.key))
    if found.rest is not None:
        yield (*path, REST), {"documents": found.rest, "error": 0}


def _measured(metric: Aggregation, found: Group) -> float:
    name = metric["params"]["field"]
    values = [value for document in found.documents for value in document.values.get(name, ())]
    return len(set(values)) if metric["type"] == "cardinality" else sum(values)
