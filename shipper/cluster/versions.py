"""Versions of stored documents, for the one case in which a document with fewer events may replace one with more."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from shipper.cluster.answers import ask
from shipper.cluster.interface import Cluster


def stored_versions(cluster: Cluster, documents: Sequence[tuple[str, str]]) -> list[int]:
    """The version of each (index, id); 0 where there is no such document."""
    if not documents:
        return []
    body = {"docs": [{"_index": index, "_id": id, "_source": False} for index, id in documents]}
    answer = ask(cluster, "POST", "/_mget", body=msgspec.json.encode(body))
    return [int(found.get("_version", 0)) for found in (answer or {})["docs"]]
