"""The part of Lucene's query strings that the truth is counted with, held against examples worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest

from tests.dashboards.lucene import Indexing, condition
from tests.dashboards.truth import Document

FIELDS = {
    "word": Indexing({"type": "keyword", "ignore_above": 10}),
    "mail": Indexing({"type": "keyword", "normalizer": "lowercase"}),
    "yes": Indexing({"type": "boolean"}),
    "size": Indexing({"type": "long"}),
    "ip": Indexing({"type": "ip"}),
    "@timestamp": Indexing({"type": "date"}),
}


def document(when: str = "2020-01-01T00:00:00.000Z", **told: Any) -> Document:
    values = {name: FIELDS[name].values(found) for name, found in (told | {"@timestamp": when}).items()}
    return Document({name: found for name, found in values.items() if found}, told)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", [0, 1, 2, 3]),
        ("word:a", [0, 1]),
        ("NOT word:a", [2, 3]),
        ("word:(a OR b)", [0, 1, 2]),
        ("NOT word:(a OR b)", [3]),
        ("word:(a AND b)", [1]),
        ("_exists_:word", [0, 1, 2]),
        ("NOT _exists_:word AND yes:false", [3]),
        ('mail:"x@Y.z" AND size:5', [0]),
        ("size:[2 TO 7]", [0, 1]),
        ("yes:true OR (word:b AND NOT word:a)", [0, 2]),
        ("mail:x@*", [0, 1]),
        ("ip:192.0.2.1", [2]),
        ("@timestamp:[2020-01-02T00:00:00Z TO 2020-01-03T00:00:00Z]", [3]),
    ],
)
def test_queries_find_what_lucene_finds(query: str, found: list[int]) -> None:
    documents = [
        document(word="a", mail="X@y.Z", yes=True, size=5),
        document(word=["a", "b", "a"], mail="x@b", size=7),
        document(word="b", ip="192.0.2.1", size=8),
        document("2020-01-02T10:00:00.000Z", word="longer than ten", yes=False),
    ]
    wanted = condition(query, FIELDS)

    assert [number for number, each in enumerate(documents) if wanted(each.values)] == found


@pytest.mark.parametrize(
    "query",
    [
        *("word:a word:b", "a", "word:a AND", "word:(a", "word:a)", "other:a", "_exists_:other"),
        *("word:a AND word:b OR word:c", "NOT word:a OR word:b", "NOT NOT word:a", "!word:a", "word:a && word:b"),
        *("word:/a+/", "word:a~1", "word:a^2", "+word:a", "-word:a", "size:-1", "size:>5", "size:1*", "word:{a TO b}"),
        'word:"a\\"b"',
    ],
)
def test_queries_that_are_not_understood_are_refused(query: str) -> None:
    with pytest.raises(ValueError, match="no test understands"):
        condition(query, FIELDS)
