"""`utm-shipper prune`: deletes whole indices by the time in their names, when somebody asks for it."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

import click

from shipper.cluster.interface import Cluster
from shipper.cluster.retention import Kind, OurIndex, delete, older_indices
from shipper.commands.asking import agreed, is_terminal
from shipper.commands.connection import connected
from shipper.commands.options import with_settings
from shipper.commands.rows import print_rows
from shipper.commands.talk import say
from shipper.setting_kinds import seconds
from shipper.settings import Settings

_COLUMNS = ("index", "first day", "last day", "documents", "bytes", "remarks")


def _age(context: click.Context, option: click.Parameter, value: str | None) -> float | None:
    """A time such as 400d, in seconds."""
    if value is None:
        return None
    try:
        age: float = seconds.read(value, from_text=True)
    except ValueError:
        raise click.BadParameter(f"{value!r} is not {seconds.expected}") from None
    return age


@click.command()
@click.option("--keep", callback=_age, required=True, metavar="AGE", help="How long to keep documents, such as 400d.")
@click.option("--events", callback=_age, metavar="AGE", help="How long to keep those of single lines.  [as --keep]")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="Ages on that day.  [now]")
@click.option("--yes", is_flag=True, help="Delete without asking.")
@with_settings("url")
def prune(keep: float, events: float | None, as_of: datetime.datetime | None, yes: bool, settings: Settings) -> None:
    """Delete whole indices of old documents, after a list of them.

    An index goes when the whole month (day, year) in its name is older than AGE: a number with s, m, h or d. On a
    terminal it asks; elsewhere it only lists unless told --yes. With a DATE to come it only lists.
    """
    now = datetime.datetime.now(datetime.UTC)
    day = as_of.replace(tzinfo=datetime.UTC) if as_of else now
    ages: dict[Kind, float] = {"messages": keep, "events": keep if events is None else events}
    with connected(settings) as cluster:
        indices = older_indices(cluster, settings.index.prefix, ages, day)
        if not indices:
            say(f"no index of {settings.index.prefix} is older than that at {cluster.where}")
            return
        print_rows(_COLUMNS, map(_row, indices))
        if _is_meant(indices, cluster, yes=yes, only_lists=day > now):
            _delete(cluster, indices)


def _row(index: OurIndex) -> Sequence[str]:
    remarks = ["closed"] if index.is_closed else []
    remarks += [f"also known as {alias}" for alias in index.aliases]
    counts = (f"{count:,}" if count is not None else "-" for count in (index.documents, index.bytes))
    return index.name, f"{index.first}", f"{index.last}", *counts, ", ".join(remarks)


def _is_meant(indices: Sequence[OurIndex], cluster: Cluster, *, yes: bool, only_lists: bool) -> bool:
    documents, size = sum(index.documents or 0 for index in indices), sum(index.bytes or 0 for index in indices)
    what = f"{len(indices):,} indices with {documents:,} documents ({size:,} bytes) at {cluster.where}"
    if only_lists:
        say(f"that day is still to come: {what} are only listed")
    elif yes or (is_terminal() and agreed(f"Delete {what} for good?")):
        return True
    elif is_terminal():
        say("nothing was deleted")
    else:
        say(f"nothing was deleted: --yes deletes {what}")
    return False


def _delete(cluster: Cluster, indices: Sequence[OurIndex]) -> None:
    for index in indices:
        words = "deleted" if delete(cluster, index) else "was gone already:"
        say(f"{words} {index.name}")
