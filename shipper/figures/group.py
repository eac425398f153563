"""What was counted for one chart, bucket within bucket."""

from __future__ import annotations

from typing import Protocol

import msgspec

from shipper.dashboards.declaration import Chart
from shipper.figures.periods import Unit
from shipper.retrieval import Coverage, Scope

MISSING = "__missing__"
"""The key of the documents without the field, as both products of dashboards send it: it is sorted like a value."""

OTHER = "__other__"
"""The key of all further values."""


class Group(msgspec.Struct):
    """`count` documents; `measured` are the chart's metrics but for the count, where it has no buckets.

    `inside` are the buckets by their key, in the order in which they are shown; `rest` counts those that were too rare
    to be shown, a document once for each of its values. `error`: so many documents a count may be too small by.
    """

    count: int = 0
    measured: tuple[int, ...] = ()
    inside: dict[str, Group] = {}
    rest: int = 0
    error: int = 0


class Source(Protocol):
    """Where documents are counted. `where` names it for readers, without secrets; `notices` say what is there and was
    not counted."""

    @property
    def where(self) -> str: ...

    @property
    def notices(self) -> tuple[str, ...]: ...

    def coverage(self, scope: Scope) -> Coverage:
        """What there is of the period and the hosts."""
        ...

    def count(self, charts: tuple[Chart, ...], scope: Scope, unit: Unit) -> list[Group]:
        """Each chart's documents; bars over time are as long as `unit`."""
        ...
