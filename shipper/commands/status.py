"""`utm-shipper status`: how far each log is stored, and what waits."""

from __future__ import annotations

from collections.abc import Iterator
from time import time

import click
import msgspec

from shipper.commands.options import with_settings
from shipper.errors import AttentionError, StateError
from shipper.pipeline.backfilling import Backfill
from shipper.pipeline.standing import SourceStanding, Standing, standing
from shipper.settings import Settings
from shipper.state.holder import held_by
from shipper.state.read_only import view_state

_UNITS = (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object with everything, also logs that are over.")
@with_settings("state")
def status(as_json: bool, settings: Settings) -> None:
    """Show how far each followed log is stored, what is open, and the balance of all lines.

    Reads the state folder as the last commit left it, also while another utm-shipper holds it, and changes nothing.
    Ends with 8 where there is no state, with 10 where a log cannot be read or the balance does not hold.
    """
    with view_state(settings.state) as view:
        if view is None:
            raise StateError(
                f"there is no state in {settings.state}: nothing was stored with it yet",
                advice="name another with --state",
            )
        found = standing(view, str(settings.state), held_by(settings.state), time())
    if as_json:
        click.echo(_json(found))
    else:
        for line in _lines(found):
            click.echo(line)
    _judge(found)


def _judge(found: Standing) -> None:
    if not found.holds:
        raise AttentionError("the balance does not hold", advice="this is a defect of utm-shipper: please report it")
    if found.failing:
        first = found.failing[0]
        others = f", and {len(found.failing) - 1} more" if found.failing[1:] else ""
        raise AttentionError(f"{first.path} could not be read: {first.error}{others}", advice="check it")


def _json(found: Standing) -> str:
    balance = found.balance.counted() if found.balance else None
    return msgspec.json.encode(msgspec.structs.asdict(found) | {"balance": balance}).decode()


def _lines(found: Standing) -> Iterator[str]:
    yield from _sources(found.sources)
    holder = f"process {found.held_by}" if found.held_by else "no process"
    yield f"state          {found.state}, held by {holder}"
    yield f"open messages  {found.open_messages:,}"
    yield f"dead letters   {found.dead_letters:,}"
    for backfill in found.backfills:
        yield f"backfill       {_backfill(backfill, found.held_by)}"
    yield f"balance        {found.balance.describe() if found.balance else 'nothing was read yet'}"


def _backfill(backfill: Backfill, held_by: int | None) -> str:
    begun = f"since {backfill.since} by {backfill.by}, into {backfill.where}"
    if held_by and backfill.by.endswith(f"process {held_by}"):
        return f"{begun}: its indices are relaxed until it ends"
    return f"{begun}: it was cut off and may have left indices relaxed; the next ship or setup puts them back"


def _sources(sources: tuple[SourceStanding, ...]) -> Iterator[str]:
    """A table of the logs that may still grow or need a look; its last column may hold anything."""
    shown = [source for source in sources if not source.is_over or source.error]
    if shown:
        rows = [("behind", "newest line", "lines", "log"), *map(_row, shown)]
        widths = [max(len(row[column]) for row in rows) for column in range(3)]
        for behind, newest, lines, log in rows:
            yield f"{behind:>{widths[0]}}  {newest:>{widths[1]}}  {lines:>{widths[2]}}  {log}"
    over = len(sources) - len(shown)
    if over:
        yield f"{over:,} {'more logs are' if shown else 'logs are'} stored to their end"
    if sources:
        yield ""


def _row(source: SourceStanding) -> tuple[str, str, str, str]:
    behind = source.lag if source.lag_bytes is None else f"{source.lag_bytes:,} bytes"
    newest = "-" if source.lag_seconds is None else f"{_age(source.lag_seconds)} ago"
    log = f"{source.path}: {source.error}" if source.error else source.path
    return behind, newest, f"{source.lines:,}", "".join(c if c.isprintable() else "?" for c in log)


def _age(seconds: int) -> str:
    unit, length = next(((unit, length) for unit, length in _UNITS if seconds >= 2 * length), _UNITS[-1])
    return f"{seconds // length:,} {unit}"
