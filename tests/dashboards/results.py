"""What a server's answer to a chart's search says, row by row, so that it can be held against the truth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tests.dashboards.requests import OTHER, iso
from tests.dashboards.saved import Aggregation, Chart

Row = tuple[tuple[str, ...], dict[str, float]]
"""Keys from the outermost bucket on, and what was counted there: documents, and other metrics by name (`of`)."""

REST = "(values too rare to be shown)"

SHOWN = 8

Answer = Mapping[str, Any]


def rows_of(chart: Chart, answer: Answer) -> list[Row]:
    """In the order in which the chart draws them."""
    if answer["_shards"]["failed"] or answer["timed_out"] or answer["hits"]["total"]["relation"] != "eq":
        raise AssertionError(f"{chart.id}: {answer['_shards']}, timed out: {answer['timed_out']}")
    outermost = answer.get("aggregations", {}) | {"doc_count": answer["hits"]["total"]["value"]}
    return list(_rows(outermost, chart.buckets, chart.metrics, ()))


def of(metric: Aggregation) -> str:
    """A metric's name: `cardinality of source.ip`."""
    return f"{metric['type']} of {metric['params']['field']}"


def _rows(
    found: Answer, buckets: Sequence[Aggregation], metrics: Sequence[Aggregation], path: tuple[str, ...]
) -> Iterator[Row]:
    measured = {of(metric): found[metric["id"]]["value"] for metric in metrics if metric["type"] != "count"}
    yield path, {"documents": found["doc_count"], **({} if buckets else measured)}
    if not buckets:
        return
    inside = found[buckets[0]["id"]]
    for key, each in _buckets(buckets[0], inside):
        yield from _rows(each, () if key == OTHER else buckets[1:], metrics, (*path, key))
    if buckets[0]["type"] == "terms":
        error = inside["doc_count_error_upper_bound"]
        yield (*path, REST), {"documents": inside["sum_other_doc_count"], "error": error}


def _buckets(aggregation: Aggregation, inside: Answer) -> Iterator[tuple[str, Answer]]:
    """Dashboards draws filters in the order of the declaration (search/tabify/buckets.ts)."""
    if aggregation["type"] == "filters":
        labels = [named["label"] for named in aggregation["params"]["filters"]]
        assert sorted(labels) == sorted(inside["buckets"])
        yield from ((label, inside["buckets"][label]) for label in labels)
        return
    for each in inside["buckets"]:
        yield iso(each["key"]) if isinstance(each["key"], int) else each["key"], each


def with_other(chart: Chart, answer: Answer, other: Answer) -> Answer:
    """The answer to the second search put into the first one, as `mergeOtherBucketAggResponse` does."""
    *above, last = chart.buckets
    for key, found in other["aggregations"]["other-filter"]["buckets"].items():
        if not found["doc_count"]:
            continue
        place = answer["aggregations"]
        for bucket, wanted in zip(above, key.split("-")[1:], strict=True):
            place = next(each for each in place[bucket["id"]]["buckets"] if str(each["key"]) == wanted)
        place[last["id"]]["buckets"].append({"key": OTHER, "doc_count": found["doc_count"]})
    return answer


def differences(wanted: Sequence[Row], found: Sequence[Row]) -> list[str]:
    """Buckets that are counted otherwise than in truth, and whether the order alone differs."""
    truth, counted = dict(wanted), dict(found)
    texts = [
        f"{' > '.join(path) or 'all'}: counted {counted.get(path)}, in truth {truth.get(path)}"
        for path in dict.fromkeys([*truth, *counted])
        if not _is_same(truth.get(path, {}), counted.get(path, {}))
    ]
    if not texts and list(truth) != list(counted):
        texts = [f"order: drawn {list(counted)}, in truth {list(truth)}"]
    return texts[:SHOWN] + ([f"and {len(texts) - SHOWN} more"] if len(texts) > SHOWN else [])


def _is_same(wanted: Mapping[str, float], found: Mapping[str, float]) -> bool:
    return wanted.keys() == found.keys() and all(
        abs(found[name] - value) <= (inexactness(value) if name.startswith("cardinality of ") else 0)
        for name, value in wanted.items()
    )


def inexactness(distinct: float) -> int:
    """How far a server's number of so many different values may be off: nothing below two thousand.

    Up to the threshold it counts hashes cut to 25 bits and adds the collisions that are to be expected among them
    (HyperLogLogPlusPlus, LinearCounting), whose standard deviation is n / sqrt(2 * 2^25); this is four of them.
    """
    return int(4 * distinct / 2**13)
