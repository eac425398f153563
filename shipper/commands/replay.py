"""`utm-shipper dead-letters replay`: lines and documents take the step again that they could not take."""

from __future__ import annotations

import click
import msgspec

from shipper.cluster.setup import ensure_current
from shipper.commands.choosing import all_option, check_numbers, chosen, filters, none_there, numbers_argument
from shipper.commands.connection import bulk_settings, connected, template_options
from shipper.commands.options import with_settings
from shipper.commands.talk import say
from shipper.errors import StillDeadError
from shipper.pipeline.preparing import Preparation, prepare
from shipper.pipeline.replaying import Replay, Replaying
from shipper.pipeline.tuning import fewer_collections
from shipper.settings import Settings
from shipper.state.read_only import view_dead_letters
from shipper.state.store import open_store


@click.command()
@numbers_argument
@all_option
@filters
@click.option("--year", type=click.IntRange(1971, 2105), metavar="YEAR", help="Year of lines that nothing else tells.")
@click.option("--without-templates", is_flag=True, help="Write even when the templates are missing or too old.")
@with_settings("url", "state", "formats", "zone", "host", "bulk.max_docs_per_second")
def replay(
    numbers: tuple[int, ...],
    everything: bool,
    step: str | None,
    reason: str | None,
    year: int | None,
    without_templates: bool,
    settings: Settings,
) -> None:
    """Try again, once the reason is gone.

    It is done with the settings and line shapes as they are now. A line ends as it would have, had it been read so at
    first: as an event, and joined into its message. A document is built or sent again. What is stored leaves the dead
    letters; what is refused again stays: exit code 11.
    """
    choice = chosen(numbers, everything, step, reason)
    with view_dead_letters(settings.state) as letters:
        check_numbers(letters, numbers)
        if letters is None or not letters.count(choice):
            say(none_there(letters, settings.state))
            return
    preparation = _with_year(prepare(settings), year)
    with connected(settings) as cluster, open_store(settings.state) as store, fewer_collections():
        if not without_templates:
            ensure_current(cluster, template_options(settings))
        with Replaying(preparation, cluster, bulk_settings(settings), store, choice, on_notice=say) as run:
            replayed = run.run()
    _report(replayed)


def _with_year(preparation: Preparation, year: int | None) -> Preparation:
    reading = msgspec.structs.replace(preparation.reading, year=year)
    return msgspec.structs.replace(preparation, reading=reading)


def _report(replayed: Replay) -> None:
    say(
        f"replayed: {replayed.lines:,} lines are events now, {replayed.ignored:,} are ignored by rule now,"
        f" {replayed.documents:,} documents are stored, {replayed.still_dead:,} dead letters remain"
    )
    if replayed.incomplete:
        say(
            f"warning: {replayed.incomplete:,} messages lack the replayed lines, as the state has forgotten their other"
            " lines; ship their logs again with an empty state folder (--state)"
        )
    if replayed.still_dead:
        raise StillDeadError(
            f"{replayed.still_dead:,} dead letters could not be replayed", advice="see utm-shipper dead-letters list"
        )
