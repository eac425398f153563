"""Versions of stored documents, for the one case in which a document with fewer events may replace one with more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from shipper.cluster.answers import describe, read_json, refusal
from shipper.cluster.interface import Cluster, UnavailableError

_NO_INDEX = "index_not_found_exception"
_ADVICE = "nothing is lost: run it again when the cluster is well"


def stored_versions(cluster: Cluster, documents: Sequence[tuple[str, str]]) -> list[int]:
    """The version of each (index, id); 0 where there is no such document.

    Raises UnavailableError while one of them cannot be told.
    """
    if not documents:
        return []
    body = {"docs": [{"_index": index, "_id": id, "_source": False} for index, id in documents]}
    answer = cluster.call("POST", "/_mget", body=msgspec.json.encode(body))
    if answer.status != 200:
        raise refusal(answer, "POST /_mget")
    docs = (read_json(answer) or {}).get("docs")
    if not isinstance(docs, list) or [_id(found) for found in docs] != [id for _, id in documents]:
        raise UnavailableError(f"{answer.url} sent an answer that does not tell of these documents", advice=_ADVICE)
    return [_version(cluster, found) for found in docs]


def _id(found: Any) -> str | None:
    return found.get("_id") if isinstance(found, dict) else None


def _version(cluster: Cluster, found: dict[str, Any]) -> int:
    error = found.get("error")
    if error and error.get("type") != _NO_INDEX:
        raise UnavailableError(
            f"{cluster.where} cannot look up a document of {found['_index']} now ({describe(error)})",
            advice=_ADVICE,
        )
    return int(found.get("_version", 0))
