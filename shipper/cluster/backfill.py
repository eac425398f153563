"""Indices of a backfill, relaxed while it writes: refreshed once a minute, and without copies if it made them itself.

What an index had before is written into its own mapping (`_meta`, a place for applications that nothing else reads)
before anything is changed. So whoever comes next, from whatever machine, finds what a crash left behind, and it is
gone with the index. An index that was there before keeps its copies: they hold what no log may give again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

import msgspec

from shipper.cluster.answers import ask, error_type, refusal
from shipper.cluster.interface import Cluster
from shipper.cluster.retention import KINDS, read_name
from shipper.cluster.setup import Call
from shipper.errors import AuthenticationError, ClusterError

MARK = "utm_shipper_relaxed"
SLOWLY: Mapping[str, str] = {"refresh_interval": "60s"}
"""Not -1: what a crash leaves behind can still be searched, a minute late."""
WITHOUT_COPIES: Mapping[str, str] = {"number_of_replicas": "0", "auto_expand_replicas": "false"}
_NAMES = (*SLOWLY, *WITHOUT_COPIES)


class Relaxed(msgspec.Struct, frozen=True):
    """An index that is relaxed. `before`: the settings that it had, None where one was not set.

    `since` (a date) and `by` (a machine and a process) tell which backfill did it; `meta` is what else its mapping's
    `_meta` holds.
    """

    index: str
    since: str
    by: str
    before: Mapping[str, str | None]
    meta: Mapping[str, Any] = {}


class _Mark(msgspec.Struct, frozen=True):
    since: str
    by: str
    before: dict[str, str | None]


class Relaxing:
    """Relaxes each index that a run is about to write to. Trouble is told and never ends the run.

    `since` and `by` are for whoever finds the index relaxed. `is_refused`: the rights are missing, none is relaxed.
    """

    def __init__(self, cluster: Cluster, prefix: str, *, since: str, by: str, on_notice: Callable[[str], None]) -> None:
        self._cluster = cluster
        self._prefix = prefix
        self._since, self._by = since, by
        self._on_notice = on_notice
        self.is_refused = False

    def relax(self, index: str) -> None:
        """Relaxes this index, which is made if it is not there; a data stream or an alias is left alone."""
        if self.is_refused or read_name(index, self._prefix) is None:
            return
        try:
            self._relax(index)
        except AuthenticationError as error:
            self.is_refused = True
            self._on_notice(f"warning: indices are not relaxed, the run goes on without: {error.what}")
        except ClusterError as error:
            self._on_notice(f"warning: {index} is not relaxed, the run goes on without: {error.what}")

    def _relax(self, index: str) -> None:
        found = _look(self._cluster, index)
        is_new = found is None and self._make(index)
        found = found or _look(self._cluster, index) or {}
        if index not in found:
            self._on_notice(f"{index} is not relaxed: it is no index of its own")
            return
        meta = _meta(found[index])
        if MARK in meta:
            return
        settings = found[index]["settings"]
        before = {name: settings.get(f"index.{name}") for name in _NAMES}
        mark = _Mark(self._since, self._by, before)
        relaxed = {**SLOWLY, **WITHOUT_COPIES} if is_new else SLOWLY
        noted = {**meta, MARK: msgspec.to_builtins(mark)}
        for call in (_meta_call(index, noted), _settings_call(index, relaxed)):
            ask(self._cluster, call.method, call.path, body=call.body)

    def _make(self, index: str) -> bool:
        """Makes the index as its templates say; False when somebody else has done so."""
        path = f"/{quote(index)}"
        answer = self._cluster.call("PUT", path)
        if answer.status != 200 and error_type(answer) != "resource_already_exists_exception":
            raise refusal(answer, f"PUT {path}")
        return answer.status == 200


def find_relaxed(cluster: Cluster, prefix: str) -> list[Relaxed]:
    """Our indices that a backfill has relaxed, one that is running included. Raises ClusterError."""
    pattern = quote(",".join(f"{prefix}-{kind}-*" for kind in KINDS))
    options = "filter_path=*.mappings._meta&expand_wildcards=open,hidden&ignore_unavailable=true"
    answer = ask(cluster, "GET", f"/{pattern}/_mapping?{options}", also=(404,)) or {}
    return [
        relaxed
        for index, told in sorted(answer.items())
        if read_name(index, prefix) and (relaxed := _relaxed(index, _meta(told))) is not None
    ]


def _relaxed(index: str, meta: Mapping[str, Any]) -> Relaxed | None:
    if MARK not in meta:
        return None
    rest = {name: value for name, value in meta.items() if name != MARK}
    try:
        mark = msgspec.convert(meta[MARK], _Mark)
    except msgspec.ValidationError as error:
        raise ClusterError(
            f"{index} holds a note of a backfill that cannot be read: {error}",
            advice=f"look at its settings, then take {MARK} out of its mapping's _meta",
        ) from error
    return Relaxed(index, mark.since, mark.by, mark.before, rest)


def restore(cluster: Cluster, relaxed: Relaxed) -> None:
    """Puts back what the index had; what a person has changed meanwhile stays. Raises ClusterError.

    What was written can be searched then. Doing it twice, or after having been cut off in between, does no harm.
    """
    for call in way_back(cluster, relaxed):
        ask(cluster, call.method, call.path, body=call.body or None)


def way_back(cluster: Cluster, relaxed: Relaxed) -> list[Call]:
    """The calls that `restore` makes: the note of what there was goes last. Raises ClusterError."""
    found = _look(cluster, relaxed.index)
    if found is None or relaxed.index not in found:
        return []
    back = _changes(found[relaxed.index]["settings"], relaxed.before)
    refresh = Call("POST", f"/{quote(relaxed.index)}/_refresh", b"")
    settings = [_settings_call(relaxed.index, back), refresh] if back else []
    return [*settings, _meta_call(relaxed.index, relaxed.meta)]


def _changes(settings: Mapping[str, str], before: Mapping[str, str | None]) -> dict[str, str | None]:
    """What is still as a backfill sets it goes back to what it was."""
    ours = [group for group in (SLOWLY, WITHOUT_COPIES) if all(settings.get(f"index.{n}") == group[n] for n in group)]
    return {name: before.get(name) for group in ours for name in group if before.get(name) != group[name]}


def _look(cluster: Cluster, index: str) -> dict[str, Any] | None:
    """Settings (flat) and mappings by index; None where there is nothing of that name."""
    return ask(cluster, "GET", f"/{quote(index)}?flat_settings=true", also=(404,))


def _meta(told: Mapping[str, Any]) -> Mapping[str, Any]:
    meta: Mapping[str, Any] = told.get("mappings", {}).get("_meta", {})
    return meta


def _meta_call(index: str, meta: Mapping[str, Any]) -> Call:
    """All of it: a mapping's `_meta` is replaced as a whole."""
    return Call("PUT", f"/{quote(index)}/_mapping", msgspec.json.encode({"_meta": meta}))


def _settings_call(index: str, settings: Mapping[str, str | None]) -> Call:
    return Call("PUT", f"/{quote(index)}/_settings", msgspec.json.encode({"index": settings}))
