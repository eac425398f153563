"""What counts the truth and what makes the searches, each held against examples that were worked out by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.dashboards.intervals import DAY, HOUR, MINUTE, SECOND, WEEK, YEAR, auto_interval, interval_less_than
from tests.dashboards.intervals import interval_near as near
from tests.dashboards.requests import Filter, Period, View, chart_body, click, iso, opened
from tests.dashboards.results import REST, Row, differences, inexactness
from tests.dashboards.saved import Chart, Pattern
from tests.dashboards.test_lucene import FIELDS, document
from tests.dashboards.truth import Truth, bar_of, group, rows


@pytest.mark.parametrize(
    ("bars", "duration", "interval"),
    [
        (100, 1, 1),
        (100, 200, 2),
        (1000, 1000 * HOUR, HOUR),
        (100, HOUR, 30 * SECOND),
        (25, DAY, HOUR),
        (1000, YEAR, 12 * HOUR),
        (10_000, YEAR, HOUR),
        (100_000, YEAR, 5 * MINUTE),
    ],
)
def test_intervals_are_those_of_the_tests_of_dashboards(bars: int, duration: int, interval: int) -> None:
    """src/plugins/data/common/search/aggs/buckets/lib/time_buckets/calc_auto_interval.test.ts"""
    assert near(bars, duration) == interval


@pytest.mark.parametrize(
    ("bars", "duration", "interval"),
    [
        (100, 1, 1),
        (100, HOUR, 30 * SECOND),
        (25, DAY, 30 * MINUTE),
        (1000, YEAR, 3 * HOUR),
        (10_000, YEAR, 30 * MINUTE),
        (100_000, YEAR, 5 * MINUTE),
    ],
)
def test_the_longest_intervals_are_those_of_the_tests_of_dashboards(bars: int, duration: int, interval: int) -> None:
    assert interval_less_than(bars, duration) == interval


@pytest.mark.parametrize(
    ("duration", "parameter"),
    [
        (15 * YEAR, {"fixed_interval": "30d"}),
        (2 * YEAR, {"calendar_interval": "1w"}),
        (75 * DAY, {"calendar_interval": "1d"}),
        (30 * DAY, {"fixed_interval": "12h"}),
        (DAY, {"fixed_interval": "30m"}),
        (HOUR, {"calendar_interval": "1m"}),
    ],
)
def test_an_interval_is_sent_as_the_server_takes_it(duration: int, parameter: dict[str, str]) -> None:
    assert auto_interval(duration).parameter == parameter


def test_bars_begin_where_the_server_lets_them_begin() -> None:
    friday = 1560504605000  # 2019-06-14T09:30:05Z

    assert iso(bar_of(friday, auto_interval(2 * YEAR))) == "2019-06-10T00:00:00.000Z"
    assert iso(bar_of(friday, auto_interval(75 * DAY))) == "2019-06-14T00:00:00.000Z"
    assert bar_of(friday, auto_interval(15 * YEAR)) % (30 * DAY) == 0
    assert auto_interval(2 * YEAR).milliseconds == WEEK


PATTERN = Pattern(
    "utm-shipper-messages",
    "utm-smtp-messages-*",
    "@timestamp",
    {
        name: {"name": name, "type": kind, "scripted": False}
        for name, kind in (("word", "string"), ("ip", "ip"), ("yes", "boolean"), ("@timestamp", "date"))
    },
)
COUNT = {"id": "1", "type": "count", "params": {"customLabel": "Messages"}}
TERMS = {"orderBy": "1", "size": 2, "otherBucket": False, "missingBucket": True, "json": '{"shard_size": 9}'}
TIME = {"field": "@timestamp", "interval": "auto", "extended_bounds": {}, "drop_partials": False, "min_doc_count": 1}
PERIOD = Period.between(datetime(2019, 1, 1, tzinfo=UTC), datetime(2021, 1, 1, tzinfo=UTC))


def chart(*buckets: dict[str, Any]) -> Chart:
    numbered = tuple(bucket | {"id": str(number)} for number, bucket in enumerate(buckets, 2))
    return Chart("one", "One", "table", PATTERN, "_exists_:size", (COUNT,), numbered)


def shown(one: Chart, truth: Truth) -> list[Row]:
    return rows(one, group(one, truth, PERIOD))


def terms(**parameters: Any) -> dict[str, Any]:
    return {"type": "terms", "params": TERMS | parameters}


def test_values_are_ranked_as_the_server_ranks_them() -> None:
    words: list[Any] = ["b", "b", ["a", "c"], "a", ["c", "c"], None, "Z"]
    documents = [document(size=1, **({"word": word} if word else {})) for word in words]
    found = shown(chart(terms(field="word")), Truth(FIELDS, documents))

    assert found == [
        ((), {"documents": 7}),
        (("a",), {"documents": 2}),
        (("b",), {"documents": 2}),
        ((REST,), {"documents": 4, "error": 0}),
    ]


def test_addresses_are_ranked_by_their_sixteen_bytes_and_have_no_missing_bucket() -> None:
    documents = [document(size=1, ip=ip) for ip in ("2001:db8::1", "192.0.2.7", "::2")] + [document(size=1)]
    found = shown(chart(terms(field="ip")), Truth(FIELDS, documents))

    assert [path for path, _ in found] == [(), ("::2",), ("192.0.2.7",), (REST,)]
    assert found[-1] == ((REST,), {"documents": 1, "error": 0})


def test_buckets_stand_within_buckets() -> None:
    documents = [
        document("2019-06-14T09:30:05.000Z", size=1, word="a"),
        document("2019-06-15T09:30:05.000Z", size=1),
        document("2022-06-15T09:30:05.000Z", size=1),
        document("2019-07-15T09:30:05.000Z", word="a"),
        document("2019-07-15T09:30:05.000Z", size=2, word=["a", "b", "c"]),
    ]
    over_time = {"type": "date_histogram", "params": TIME}
    found = shown(chart(over_time, terms(field="word", otherBucket=True, size=1)), Truth(FIELDS, documents))

    assert found == [
        ((), {"documents": 3}),
        (("2019-06-10T00:00:00.000Z",), {"documents": 2}),
        (("2019-06-10T00:00:00.000Z", "__missing__"), {"documents": 1}),
        (("2019-06-10T00:00:00.000Z", "__other__"), {"documents": 1}),
        (("2019-06-10T00:00:00.000Z", REST), {"documents": 1, "error": 0}),
        (("2019-07-15T00:00:00.000Z",), {"documents": 1}),
        (("2019-07-15T00:00:00.000Z", "a"), {"documents": 1}),
        (("2019-07-15T00:00:00.000Z", REST), {"documents": 2, "error": 0}),
    ]


def test_the_search_of_a_chart_is_what_dashboards_sends() -> None:
    """Compared with what the sources make of it, part by part."""
    over_time = {"type": "date_histogram", "params": TIME}
    body = chart_body(chart(over_time, terms(field="word", include=".*")), View(PERIOD))

    assert body == {
        "size": 0,
        "stored_fields": ["*"],
        "script_fields": {},
        "docvalue_fields": [{"field": "@timestamp", "format": "date_time"}],
        "_source": {"excludes": []},
        "query": {
            "bool": {
                "must": [
                    {"query_string": {"query": "_exists_:size", "analyze_wildcard": True, "time_zone": "UTC"}},
                    {"match_all": {}},
                ],
                "filter": [
                    {
                        "range": {
                            "@timestamp": {
                                "gte": "2019-01-01T00:00:00.000Z",
                                "lte": "2021-01-01T00:00:00.000Z",
                                "format": "strict_date_optional_time",
                            }
                        }
                    }
                ],
                "should": [],
                "must_not": [],
            }
        },
        "aggs": {
            "2": {
                "date_histogram": {
                    "field": "@timestamp",
                    "calendar_interval": "1w",
                    "time_zone": "UTC",
                    "min_doc_count": 1,
                },
                "aggs": {
                    "3": {
                        "terms": {
                            "field": "word",
                            "order": {"_count": "desc"},
                            "size": 2,
                            "include": ".*",
                            "missing": "__missing__",
                            "shard_size": 9,
                        }
                    }
                },
            }
        },
    }


def test_a_click_makes_the_filter_that_dashboards_makes() -> None:
    words, flags = terms(field="word"), terms(field="yes")
    named = {"type": "filters", "params": {"filters": [{"label": "a", "input": {"query": "word:a"}}]}}
    over_time = {"type": "date_histogram", "params": TIME}
    one = chart(words)

    assert click(words, "a", one, PERIOD) == Filter({"match_phrase": {"word": "a"}})
    assert click(flags, 1, one, PERIOD) == Filter({"match_phrase": {"yes": True}})
    assert click(words, "__missing__", one, PERIOD) == Filter({"exists": {"field": "word"}}, negate=True)
    assert click(words, "__other__", one, PERIOD, ["a", "__other__"]) == Filter(
        {"bool": {"should": [{"match_phrase": {"word": "a"}}], "minimum_should_match": 1}}, negate=True
    )
    assert click(named, "a", one, PERIOD).query["bool"]["must"][0]["query_string"]["query"] == "word:a"
    assert click(over_time, 1560124800000, one, PERIOD).query["range"]["@timestamp"] == {
        "gte": "2019-06-10T00:00:00.000Z",
        "lt": "2019-06-17T00:00:00.000Z",
        "format": "strict_date_optional_time",
    }


@pytest.mark.parametrize(
    "bucket",
    [
        terms(field="word", colour="red"),
        {"type": "date_histogram", "params": TIME | {"interval": "d"}},
        {"type": "date_histogram", "params": TIME | {"drop_partials": True}},
    ],
)
def test_parameters_that_no_test_knows_are_refused(bucket: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="no test knows"):
        chart_body(chart(bucket), View(PERIOD))


def test_a_regular_expression_that_no_test_understands_is_refused() -> None:
    truth = Truth(FIELDS, [document(size=1, word="a")])
    with pytest.raises(ValueError, match="no test understands"):
        shown(chart(terms(field="word", include="a~b")), truth)
    assert len(shown(chart(terms(field="word", include="(a|b)[01].*")), truth)) == 2


def test_a_dashboard_is_opened_with_its_own_time() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)

    assert opened(("now-15y", "now"), now) == Period.between(datetime(2011, 1, 1, tzinfo=UTC), now)
    with pytest.raises(ValueError, match="no test knows the time"):
        opened(("now-15d", "now"), now)


def test_differences_name_the_bucket() -> None:
    wanted = [(("a",), {"documents": 1.0}), (("a", "b"), {"documents": 2.0})]

    assert differences(wanted, wanted) == []
    assert differences(wanted, wanted[:1]) == ["a > b: counted None, in truth {'documents': 2.0}"]
    assert differences(wanted, wanted[::-1])[0].startswith("order: drawn [('a', 'b'), ('a',)]")


def test_only_numbers_of_different_values_may_be_off_and_only_large_ones() -> None:
    senders = [((), {"documents": 9e4, "cardinality of email.sender.address": 10_535.0})]
    counted = [((), {"documents": 9e4, "cardinality of email.sender.address": 10_536.0})]

    assert differences(senders, counted) == []
    assert [inexactness(n) for n in (0, 2000, 4000, 10_000, 40_000)] == [0, 0, 1, 4, 19]
    assert differences([((), {"documents": 10_535})], [((), {"documents": 10_536})]) != []
    assert differences([((), {"sum of a": 10_535.0})], [((), {"sum of a": 10_536.0})]) != []
