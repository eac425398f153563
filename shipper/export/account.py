"""What an export says at its end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise

from shipper.export.folder import Manifest

_DAY = timedelta(days=1)
_MOST_GAPS = 20


def describe(manifest: Manifest) -> Iterator[str]:
    """Rows of each table, what the messages add up to, and the days that have none."""
    statuses = manifest.summed("statuses")
    if not manifest.messages:
        yield "warning: no message fits: the tables are empty"
        return
    rows = manifest.summed("rows")
    yield "rows: " + ", ".join(f"{rows[table]:,} in {table}" for table in manifest.query.tables)
    parts = " + ".join(f"{count:,} {status}" for status, count in sorted(statuses.items()))
    yield f"{manifest.messages:,} messages = {parts}"
    if manifest.bare:
        yield f"warning: {manifest.bare:,} messages have no lines (any more): tables made of lines miss their rows"
    gaps = list(missing_days(manifest))
    for first, last in gaps[:_MOST_GAPS]:
        yield f"no message on {first}" if first == last else f"no message from {first} to {last}"
    if len(gaps) > _MOST_GAPS:
        yield f"no message in {len(gaps) - _MOST_GAPS:,} later stretches of days either"


def missing_days(manifest: Manifest) -> Iterator[tuple[date, date]]:
    """First and last of each stretch of UTC days without a message: within the bounds, where they are given, else
    between the first and the last message."""
    days = sorted(date.fromisoformat(day) for day in manifest.summed("days"))
    if not days:
        return
    query = manifest.query
    before = _day(query.since) - _DAY if query.since else days[0] - _DAY
    after = days[-1] + _DAY if query.until is None else _first_beyond(query.until)
    for one, other in pairwise([before, *days, after]):
        if other - one > _DAY:
            yield one + _DAY, other - _DAY


def _first_beyond(until: str) -> date:
    """The first day of which nothing is wanted."""
    return _day(until) if until[10:].startswith("T00:00:00.000") else _day(until) + _DAY


def _day(time: str) -> date:
    return date.fromisoformat(time[:10])
