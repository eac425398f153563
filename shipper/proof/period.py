"""The time that a statement is about, and the days on which a host has nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise

import msgspec

from shipper.retrieval import Coverage, Scope

_DAY = timedelta(days=1)


class Host(msgspec.Struct, frozen=True):
    """A gateway: `days` of UTC with a line or a message, and `missing` stretches (first and last day of each)."""

    host: str
    days: int
    missing_days: int
    missing: tuple[tuple[date, date], ...]


class Period(msgspec.Struct, frozen=True):
    """What was asked for (half-open, None where nothing was), and what the archive has in it, of all mail."""

    since: str | None
    until: str | None
    first: str | None
    last: str | None
    messages: int
    hosts: tuple[Host, ...]

    @property
    def missing_days(self) -> int:
        """Over all hosts."""
        return sum(host.missing_days for host in self.hosts)


def period(scope: Scope, coverage: Coverage) -> Period:
    """A host that was asked for is there, also when it has nothing at all."""
    names = sorted({*scope.hosts, *coverage.days})
    hosts = tuple(_host(name, coverage.days.get(name, frozenset()), scope) for name in names)
    return Period(scope.first or None, scope.end, coverage.first, coverage.last, coverage.messages, hosts)


def _host(name: str, days: frozenset[date], scope: Scope) -> Host:
    missing = tuple(_missing(sorted(days), scope))
    return Host(name, len(days), sum((last - first).days + 1 for first, last in missing), missing)


def _missing(days: list[date], scope: Scope) -> Iterator[tuple[date, date]]:
    """Within the bounds, where they are given, else between the first and the last day with anything."""
    since, end = _day(scope.first) if scope.first else None, _first_beyond(scope.end) if scope.end else None
    known = [*([since - _DAY] if since else []), *days, *([end] if end else [])]
    for one, other in pairwise(known):
        if other - one > _DAY:
            yield one + _DAY, other - _DAY


def _first_beyond(until: str) -> date:
    """The first day of which nothing is wanted."""
    return _day(until) if until[10:].startswith("T00:00:00.000") else _day(until) + _DAY


def _day(time: str) -> date:
    return date.fromisoformat(time[:10])
