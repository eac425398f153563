"""What an export says at its end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from shipper.export.folder import Manifest
from shipper.missing_days import Stretch, describe_stretch, missing_days

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
    gaps = days_without(manifest)
    for gap in gaps[:_MOST_GAPS]:
        yield f"no message {'on' if gap[0] == gap[1] else 'from'} {describe_stretch(gap)}"
    if len(gaps) > _MOST_GAPS:
        yield f"no message in {len(gaps) - _MOST_GAPS:,} later stretches of days either"


def days_without(manifest: Manifest) -> list[Stretch]:
    """Stretches of UTC days without a message: within the bounds, where they are given, else between the first and the
    last message."""
    days = [date.fromisoformat(day) for day in manifest.summed("days")]
    return missing_days(days, manifest.query.since, manifest.query.until) if days else []
