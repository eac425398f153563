"""Message documents in a cluster that hold certain queue ids."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import msgspec

from shipper.cluster.answers import ask
from shipper.cluster.interface import Cluster

_MOST = 10_000
_SOURCE = ["host.name", "sophos.utm.queue_ids", "sophos.utm.event_count"]


class StoredMessage(msgspec.Struct, frozen=True):
    """What is stored of a message: its document's id, its host (empty when unknown), its queue ids, how many lines."""

    id: str
    host: str
    queue_ids: tuple[str, ...]
    events: int


def messages_with(cluster: Cluster, prefix: str, queue_ids: Collection[str]) -> list[StoredMessage]:
    """The messages of any host that hold one of these ids (a few thousand at most), as far as searches see them."""
    if not queue_ids:
        return []
    body = {"size": _MOST, "_source": _SOURCE, "query": {"terms": {"sophos.utm.queue_ids": sorted(queue_ids)}}}
    path = f"/{prefix}-messages-*/_search?ignore_unavailable=true&allow_no_indices=true"
    answer = ask(cluster, "POST", path, body=msgspec.json.encode(body))
    return [_read(hit["_id"], hit["_source"]) for hit in (answer or {})["hits"]["hits"]]


def _read(id: str, source: dict[str, Any]) -> StoredMessage:
    utm = source["sophos"]["utm"]
    host = source.get("host", {}).get("name", "")
    return StoredMessage(id, host, tuple(utm["queue_ids"]), int(utm["event_count"]))
