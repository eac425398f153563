"""Which documents are wanted, and their order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import msgspec

from shipper.errors import SettingsError
from shipper.retrieval.conditions import Condition, Document, Query, Terms


class Key(NamedTuple):
    """A document's place in the order: its `@timestamp` as documents have it (`2019-06-10T15:04:40.000Z`), its id."""

    time: str
    id: str


def key_of(document: Document) -> Key:
    """The place of a document as it was read back."""
    return Key(document["@timestamp"], document["_id"])


class Scope(msgspec.Struct, frozen=True):
    """Documents from `since` to before `until` (aware times), of these hosts (any, where none is named), that meet all
    of the conditions in `where`."""

    since: datetime | None = None
    until: datetime | None = None
    hosts: tuple[str, ...] = ()
    where: tuple[Condition, ...] = ()

    def __post_init__(self) -> None:
        for bound in (self.since, self.until):
            if bound is not None and bound.tzinfo is None:
                raise SettingsError(f"{bound} has no time zone", advice="name times in UTC")

    @property
    def first(self) -> str:
        """The earliest `@timestamp` that is wanted, empty for any."""
        return "" if self.since is None else _written(self.since)

    @property
    def end(self) -> str | None:
        """The first `@timestamp` that is not wanted any more."""
        return None if self.until is None else _written(self.until)

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """`where`, and that the host is one of those named."""
        return (Terms("host.name", self.hosts), *self.where) if self.hosts else self.where

    def accepts(self, document: Document) -> bool:
        """Whether a document is wanted."""
        time, end = document["@timestamp"], self.end
        if time < self.first or (end is not None and time >= end):
            return False
        return all(condition.accepts(document) for condition in self.conditions)

    def query(self, after: Key | None = None) -> Query:
        """For a cluster: what is wanted, from the second of `after` on."""
        bounds: dict[str, Any] = {}
        if first := max(self.first, after.time if after else ""):
            bounds["gte"] = first
        if self.end is not None:
            bounds["lt"] = self.end
        times: list[Query] = [{"range": {"@timestamp": bounds}}] if bounds else []
        return {"bool": {"filter": [*times, *(condition.query() for condition in self.conditions)]}}


EVERYTHING = Scope()


def _written(time: datetime) -> str:
    """As documents have times. They are whole seconds: a bound within one excludes it."""
    second = time.astimezone(UTC)
    if second.microsecond:
        second = second.replace(microsecond=0) + timedelta(seconds=1)
    return f"{second.replace(tzinfo=None).isoformat()}.000Z"
