"""What landed in the indices: every number is one that the cluster counted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

Post = Callable[[str, bytes], Mapping[str, Any]]
"""Sends a JSON body to a path and gives the JSON answer."""

NOT_LOGGED = "(not logged)"
PLAINTEXT = "plaintext"

_MOST_VALUES = 50
_SSL = ("2.0", "3.0")


class Table(msgspec.Struct, frozen=True):
    """`rows` are (value, how many), most first."""

    title: str
    rows: tuple[tuple[str, int], ...]

    @property
    def total(self) -> int:
        """How many were counted."""
        return sum(count for _, count in self.rows)


class Summary(msgspec.Struct, frozen=True):
    """How many documents of each kind there are, and how the messages divide."""

    events: int
    messages: int
    tables: tuple[Table, ...]


def summarize(post: Post, prefix: str) -> Summary:
    """Counts what stands in `prefix-events-*` and `prefix-messages-*`, what was written last included."""
    post(f"/{prefix}-*/_refresh", b"")
    found = post(f"/{prefix}-messages-*/_search", msgspec.json.encode(_QUERY))
    counts, delivered = found["aggregations"], found["aggregations"]["deliveries"]
    return Summary(
        _count(post, f"{prefix}-events-*"),
        _count(post, f"{prefix}-messages-*"),
        (
            Table("Messages by status", _values(counts["status"])),
            Table("Messages by inbound TLS", _legs(counts)),
            Table("Deliveries by outbound TLS", _legs(delivered)),
            Table("Messages by DKIM result", _values(counts["dkim"])),
            Table("Messages by spam result", _values(counts["spam"])),
        ),
    )


def _count(post: Post, indices: str) -> int:
    return int(post(f"/{indices}/_count", b'{"query": {"match_all": {}}}')["count"])


def _terms(field: str) -> dict[str, Any]:
    return {"terms": {"field": field, "size": _MOST_VALUES, "missing": NOT_LOGGED}}


def _tls(path: str) -> dict[str, Any]:
    """Whether there was TLS, and where there was, the versions."""
    return {
        "established": {
            "terms": {"field": f"{path}.established"},
            "aggs": {"versions": _terms(f"{path}.version")},
        },
        "silent": {"missing": {"field": f"{path}.established"}},
    }


_DELIVERIES = "sophos.utm.deliveries"
_QUERY = {
    "size": 0,
    "aggs": {
        "status": _terms("sophos.utm.status"),
        "dkim": _terms("sophos.utm.dkim.result"),
        "spam": _terms("sophos.utm.spam.result"),
        **_tls("tls"),
        "deliveries": {"nested": {"path": _DELIVERIES}, "aggs": _tls(f"{_DELIVERIES}.tls")},
    },
}


def _values(answer: Mapping[str, Any]) -> tuple[tuple[str, int], ...]:
    return _most_first({bucket["key"]: bucket["doc_count"] for bucket in answer["buckets"]})


def _legs(answer: Mapping[str, Any]) -> tuple[tuple[str, int], ...]:
    """Versions of the legs with TLS, and the legs without."""
    counts = {NOT_LOGGED: answer["silent"]["doc_count"]}
    for bucket in answer["established"]["buckets"]:
        if bucket["key_as_string"] == "false":
            counts[PLAINTEXT] = bucket["doc_count"]
        else:
            counts |= {_version(version): count for version, count in _values(bucket["versions"])}
    return _most_first(counts)


def _version(version: str) -> str:
    if version == NOT_LOGGED:
        return "TLS, version not logged"
    return f"{'SSL' if version in _SSL else 'TLS'} {version}"


def _most_first(counts: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    """What nothing is known of comes last."""
    rows = [(value, count) for value, count in counts.items() if count]
    return tuple(sorted(rows, key=lambda row: (row[0] == NOT_LOGGED, -row[1], row[0])))
