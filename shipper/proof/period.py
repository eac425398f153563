"""The time that a statement is about, and the days on which a host has nothing."""

from __future__ import annotations

from datetime import date

import msgspec

from shipper.missing_days import Stretch, count_days, missing_days
from shipper.retrieval import Coverage, Scope


class Host(msgspec.Struct, frozen=True):
    """A gateway: `days` of UTC with a line or a message, and `missing` stretches."""

    host: str
    days: int
    missing_days: int
    missing: tuple[Stretch, ...]


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
    missing = tuple(missing_days(days, scope.first, scope.end))
    return Host(name, len(days), count_days(missing), missing)
