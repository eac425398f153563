"""How many lines of late fit no known shape, and what they have in common."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

import msgspec

from shipper.report.shapes import Shape, shapes_of

Post = Callable[[str, bytes], Mapping[str, Any]]
"""Sends a JSON body to a path and gives the JSON answer."""

MOST_LOOKED_AT = 2000


class Unrecognized(msgspec.Struct, frozen=True):
    """`events` in that time, `count` of them unrecognized; `shapes` are those of the newest `looked_at` of these."""

    events: int
    count: int
    looked_at: int
    shapes: tuple[Shape, ...]

    @property
    def share(self) -> float:
        """From 0 to 1."""
        return self.count / self.events if self.events else 0.0


def unrecognized(
    post: Post, prefix: str, since: str, vocabulary: Collection[str], text_of: Callable[[str], str]
) -> Unrecognized:
    """Asks `prefix-events-*` for the events since an ISO date. Nothing that a mail says of people is in the answer.

    `text_of` leaves out of a line what all lines have, such as its time.
    """
    in_time = {"range": {"@timestamp": {"gte": since}}}
    every = _search(post, prefix, {"size": 0, "query": in_time})
    query = {"bool": {"filter": [in_time, {"term": {"event.action": "unrecognized"}}]}}
    newest = [{"@timestamp": {"order": "desc", "unmapped_type": "date"}}]
    found = _search(
        post, prefix, {"size": MOST_LOOKED_AT, "query": query, "_source": ["event.original"], "sort": newest}
    )
    lines = [str(hit["_source"].get("event", {}).get("original", "")) for hit in found["hits"]["hits"]]
    shapes = shapes_of(map(text_of, lines), vocabulary)
    return Unrecognized(_total(every), _total(found), len(lines), shapes)


def _search(post: Post, prefix: str, body: dict[str, Any]) -> Mapping[str, Any]:
    return post(f"/{prefix}-events-*/_search", msgspec.json.encode(body | {"track_total_hits": True}))


def _total(answer: Mapping[str, Any]) -> int:
    return int(answer["hits"]["total"]["value"])
