"""Our indices by the time in their names, and deleting those whose whole time is over."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal, get_args
from urllib.parse import quote

import msgspec

from shipper.cluster.answers import ask, read_json, refusal
from shipper.cluster.interface import Cluster

Kind = Literal["events", "messages"]
KINDS: tuple[Kind, ...] = get_args(Kind)

_TIME = r"(?P<year>[0-9]{4})(?:\.(?P<month>[0-9]{2})(?:\.(?P<day>[0-9]{2}))?)?"
# Closed and hidden ones as well. A search sees open ones only.
_ALL, _OPEN = "expand_wildcards=all", "expand_wildcards=open,hidden&ignore_unavailable=true"


class OurIndex(msgspec.Struct, frozen=True):
    """One index of ours: documents of the UTC days from `first` to before `end`.

    `documents` is None for a closed index, which cannot be asked; `bytes` (of all copies) where the cluster does not
    tell. `aliases` are other names that lead to it.
    """

    name: str
    kind: Kind
    first: datetime.date
    end: datetime.date
    documents: int | None = None
    bytes: int | None = None
    is_closed: bool = False
    aliases: tuple[str, ...] = ()

    @property
    def last(self) -> datetime.date:
        """The last day of its period."""
        return self.end - datetime.timedelta(days=1)

    def is_older(self, age: float, now: datetime.datetime) -> bool:
        """Whether the end of its period is at least so many seconds ago."""
        over = datetime.datetime.combine(self.end, datetime.time(), datetime.UTC)
        return over <= now - datetime.timedelta(seconds=age)


def read_name(name: str, prefix: str) -> OurIndex | None:
    """What an index's name tells; None for any name that we would not give: `<prefix>-events-2019.06` and the like."""
    match = re.fullmatch(rf"{re.escape(prefix)}-(?P<kind>{'|'.join(KINDS)})-{_TIME}", name)
    if match is None:
        return None
    year, month, day = (int(match[part]) if match[part] else None for part in ("year", "month", "day"))
    assert year is not None
    try:
        first = datetime.date(year, month or 1, day or 1)
        end = _next(first, has_month=month is not None, has_day=day is not None)
    except (ValueError, OverflowError):
        return None
    kind: Kind = "events" if match["kind"] == "events" else "messages"
    return OurIndex(name, kind, first, end)


def _next(first: datetime.date, *, has_month: bool, has_day: bool) -> datetime.date:
    if has_day:
        return first + datetime.timedelta(days=1)
    if has_month:
        return datetime.date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return datetime.date(first.year + 1, 1, 1)


def older_indices(cluster: Cluster, prefix: str, keep: Mapping[Kind, float], now: datetime.datetime) -> list[OurIndex]:
    """Our indices whose whole period is older than what is kept of their kind (seconds), oldest first. Only reads.

    Names that lead to an index (aliases) are no indices; those of other prefixes that begin alike are not ours.
    """
    pattern = ",".join(f"{prefix}-{kind}-*" for kind in KINDS)
    rows = _listed(cluster, f"/_cat/indices/{quote(pattern)}?format=json&bytes=b&h=index,status,store.size&{_ALL}")
    found = [(read_name(row["index"], prefix), row) for row in rows]
    old = [(index, row) for index, row in found if index is not None and index.is_older(keep[index.kind], now)]
    if not old:
        return []
    counts, aliases = _counts(cluster, pattern), _aliases(cluster, pattern)
    told = [
        msgspec.structs.replace(
            index,
            documents=None if row["status"] == "close" else counts.get(index.name, 0),
            bytes=None if row["store.size"] is None else int(row["store.size"]),
            is_closed=row["status"] == "close",
            aliases=aliases.get(index.name, ()),
        )
        for index, row in old
    ]
    return sorted(told, key=lambda index: (index.end, index.name))


def _listed(cluster: Cluster, path: str) -> Sequence[dict[str, Any]]:
    answer = cluster.call("GET", path)
    if answer.status == 404:
        return []
    try:
        decoded = msgspec.json.decode(answer.body, type=list[dict[str, Any]])
    except (msgspec.MsgspecError, UnicodeDecodeError):
        decoded = None
    if answer.status != 200 or decoded is None:
        raise refusal(answer, f"GET {path}")
    return decoded


def _counts(cluster: Cluster, pattern: str) -> dict[str, int]:
    """Documents by index, as somebody who searches counts them (not what a mapping makes of them inside)."""
    body = {"size": 0, "aggs": {"indices": {"terms": {"field": "_index", "size": 10_000}}}}
    answer = ask(cluster, "POST", f"/{quote(pattern)}/_search?{_OPEN}", body=msgspec.json.encode(body)) or {}
    buckets = answer.get("aggregations", {}).get("indices", {}).get("buckets", ())
    return {bucket["key"]: bucket["doc_count"] for bucket in buckets}


def _aliases(cluster: Cluster, pattern: str) -> dict[str, tuple[str, ...]]:
    answer = ask(cluster, "GET", f"/{quote(pattern)}/_alias?{_ALL}", also=(404,)) or {}
    return {index: tuple(sorted(told["aliases"])) for index, told in answer.items() if isinstance(told, dict)}


def delete(cluster: Cluster, index: OurIndex) -> bool:
    """Deletes one index by its full name; False when somebody else has done so. Raises what `refusal` gives."""
    path = f"/{quote(index.name)}"
    answer = cluster.call("DELETE", path)
    if answer.status == 404:
        return False
    if answer.status != 200 or not (read_json(answer) or {}).get("acknowledged"):
        raise refusal(answer, f"DELETE {path}")
    return True
