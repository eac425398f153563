"""Reading saved objects, many at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from shipper.cluster.dashboards.answers import read_answer, refusal
from shipper.cluster.dashboards.server import DashboardsServer

SavedObject = dict[str, Any]

# A request may have 1 MB (`server.maxPayloadBytes`), its answer as much as it takes.
_BATCH = 100
_PATH = "/api/saved_objects/_bulk_get"


class Found(msgspec.Struct, frozen=True):
    """What a server holds under a type and id: the object, or None and the server's reason."""

    stored: SavedObject | None
    reason: str = ""


def read_objects(server: DashboardsServer, keys: Sequence[tuple[str, str]]) -> tuple[Found, ...]:
    """One for each (type, id), in their order. Raises `ClusterError` when the server does not answer or refuses."""
    return tuple(
        found for start in range(0, len(keys), _BATCH) for found in _read(server, keys[start : start + _BATCH])
    )


def _read(server: DashboardsServer, keys: Sequence[tuple[str, str]]) -> Iterator[Found]:
    body = msgspec.json.encode([{"type": type, "id": id} for type, id in keys])
    answer = server.call("POST", _PATH, body=body)
    listed = read_answer(answer, f"POST {_PATH}").get("saved_objects")
    if not isinstance(listed, list):
        raise refusal(answer, f"POST {_PATH}")
    by_key = {(stored.get("type"), stored.get("id")): stored for stored in listed if isinstance(stored, dict)}
    for key in keys:
        yield _found(by_key.get(key))


def _found(stored: SavedObject | None) -> Found:
    """Entries have an `error` of their own, 404 where there is nothing."""
    if stored is None:
        return Found(None, "not in the answer")
    error = stored.get("error")
    if not isinstance(error, dict):
        return Found(stored)
    if error.get("statusCode") == 404:
        return Found(None, "not stored")
    return Found(None, str(error.get("message") or error.get("error") or error))
