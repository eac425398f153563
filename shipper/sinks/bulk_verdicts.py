"""What one item's result means: done, to be sent again, the cluster's trouble, or a document that can't be stored."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from shipper.cluster.answers import describe
from shipper.cluster.interface import Answer
from shipper.model import BulkItem

Done = Literal["created", "already_there", "indexed", "conflicts", "deleted"]
Verdict = Done | Literal["again", "forbidden", "refused"]

TRANSIENT_STATUSES = frozenset({429, 502, 503, 504})
CLUSTER_TROUBLE = frozenset(
    {
        "cluster_block_exception",
        "index_closed_exception",
        "index_create_block_exception",
        "index_not_found_exception",
        "validation_exception",
    }
)
"""Errors on items that say something about the cluster and nothing about the document."""

_LONGEST_ERROR = 16_384
_LONGEST_WORDS = 1000
_MOST_CAUSES = 8

_STORED: dict[str, Done] = {"create": "created", "index": "indexed", "delete": "deleted"}


class ItemResult(msgspec.Struct, frozen=True):
    """One entry of a `_bulk` answer."""

    status: int
    error: dict[str, Any] | str | None = None

    @property
    def error_type(self) -> str:
        """Such as `mapper_parsing_exception`; empty where none is stated."""
        return str(self.error.get("type", "")) if isinstance(self.error, dict) else ""

    @property
    def reason(self) -> str:
        """One line in the cluster's own words."""
        if isinstance(self.error, dict):
            return f"{describe(self.error)} (status {self.status})"
        return f"{self.error or 'no reason given'} (status {self.status})"


class _BulkAnswer(msgspec.Struct, frozen=True):
    items: list[dict[str, ItemResult]]


_decoder = msgspec.json.Decoder(_BulkAnswer)


def read_results(answer: Answer, expected: int) -> list[ItemResult] | None:
    """One result per item sent, in the order sent; None where the answer is not that."""
    try:
        entries = _decoder.decode(answer.body).items
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    results = [result for entry in entries for result in entry.values()]
    return results if len(entries) == len(results) == expected else None


def whole_error(error: Any) -> bytes:
    """The cluster's own error as JSON; of a very long one how its type and reason, and those of its causes, begin."""
    if error is None:
        return b""
    told = msgspec.json.encode(error)
    return told if len(told) <= _LONGEST_ERROR else msgspec.json.encode(_shortened(error))


def _shortened(error: Any, depth: int = 0) -> Any:
    if not isinstance(error, dict):
        return str(error)[:_LONGEST_WORDS]
    short = {name: str(error[name])[:_LONGEST_WORDS] for name in ("type", "reason") if name in error}
    if depth < _MOST_CAUSES and "caused_by" in error:
        short["caused_by"] = _shortened(error["caused_by"], depth + 1)
    return short


def judge(item: BulkItem, result: ItemResult) -> Verdict:
    """What the result says about the item."""
    status = result.status
    if 200 <= status < 300:
        return _STORED[item.operation]
    if status == 409:
        return "already_there" if item.operation == "create" else "conflicts"
    if item.operation == "delete" and status == 404:
        return "deleted"
    if status in TRANSIENT_STATUSES or result.error_type in CLUSTER_TROUBLE:
        return "again"
    return "forbidden" if status in {401, 403} else "refused"
