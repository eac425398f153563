"""`utm-shipper ship`: logs into a cluster."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack

import click
from msgspec.structs import asdict

from shipper.cluster.interface import Cluster
from shipper.cluster.setup import ensure_current
from shipper.commands.backfill import OnIndex, backfill_option, index_care
from shipper.commands.connection import bulk_settings, connected, connection_of, template_options
from shipper.commands.estimate import dry_run_option, json_option, print_estimate
from shipper.commands.following import follow as follow_logs
from shipper.commands.options import with_settings
from shipper.commands.progress import progress
from shipper.commands.talk import say
from shipper.commands.waiting import Waiting, at_once, following_bulk_settings
from shipper.pipeline.preparing import prepare
from shipper.pipeline.shipping import Shipment
from shipper.pipeline.tuning import fewer_collections
from shipper.pipeline.workers.crew import Crew, available_cores
from shipper.pipeline.workers.shipping import ship_with_workers
from shipper.settings import Settings
from shipper.sources.files import STANDARD_INPUT, LogFile, find_logs
from shipper.state.store import Store, open_store


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--follow", is_flag=True, help="Go on with what is added to the logs, until told to end.")
@click.option(
    "--overwrite", is_flag=True, help="Replace stored documents: for re-reading logs after line shapes were added."
)
@backfill_option
@click.option(
    "--workers", type=click.IntRange(1, 64), metavar="N", help="Processes that read an archive.  [one for each core]"
)
@dry_run_option
@json_option
@click.option("--without-templates", is_flag=True, help="Write even when the templates are missing or too old.")
@with_settings("url", "state", "formats", "zone", "host", "tls.policy", "tls.policies", "bulk.max_docs_per_second")
def ship(
    paths: tuple[str, ...],
    follow: bool,
    overwrite: bool,
    backfill: bool,
    workers: int | None,
    dry_run: bool,
    as_json: bool,
    without_templates: bool,
    settings: Settings,
) -> None:
    """Store the events and messages of logs in a cluster.

    PATH is a log, a folder of logs (searched recursively, gzip recognised by content) or - for standard input. Logs are
    read in the order of their times. Shipping the same logs again changes nothing; logs shipped one by one, in any
    number of runs with the same state, end up as if shipped at once.

    With --follow, logs that grow, are rotated, truncated, packed or appear later are read as they come. Where each was
    left is in the state: another run goes on there. Without a PATH, what `utm-shipper listen` received is followed.
    """
    paths = _named(paths, follow=follow, overwrite=overwrite, settings=settings)
    if follow and workers is not None:
        raise click.UsageError("--workers is for logs that are there as a whole; one process follows them")
    if follow and dry_run:
        raise click.UsageError("--dry-run is for logs that are there as a whole: leave --follow out")
    if as_json and not dry_run:
        raise click.UsageError("--json is the form of what --dry-run prints")
    if follow and backfill:
        raise click.UsageError("--backfill is for logs that are there as a whole; --follow wants its lines to be found")
    files = [] if follow else find_logs(paths)
    if dry_run:
        print_estimate(files, settings, as_json=as_json)
        return
    asking = Waiting(following_bulk_settings(settings)) if follow else at_once
    with ExitStack() as stack:
        cluster = asking(lambda: stack.enter_context(connected(settings)))
        take_care = stack.enter_context(index_care(settings, cluster, backfill=backfill))
        store = stack.enter_context(open_store(settings.state))
        stack.enter_context(fewer_collections())
        if not without_templates:
            asking(lambda: ensure_current(cluster, template_options(settings)))
        on_index = take_care(store)
        if follow:
            shipment = follow_logs(paths, settings, cluster, store)
        else:
            workers = workers or available_cores()
            shipment = _ship_at_once(files, settings, cluster, store, workers, overwrite=overwrite, on_index=on_index)
    report(shipment)


def _named(paths: tuple[str, ...], *, follow: bool, overwrite: bool, settings: Settings) -> tuple[str, ...]:
    if follow and overwrite:
        raise click.UsageError(
            "--overwrite reads logs again from their beginnings; --follow goes on where they were left"
        )
    if follow and STANDARD_INPUT in paths:
        raise click.UsageError("standard input cannot be followed: it has no place to go on from")
    if not paths and follow and settings.syslog.spool:
        return (str(settings.syslog.spool),)
    if not paths:
        raise click.UsageError("Missing argument 'PATH...'.")
    return paths


def _ship_at_once(
    files: Sequence[LogFile],
    settings: Settings,
    cluster: Cluster,
    store: Store,
    workers: int,
    *,
    overwrite: bool,
    on_index: OnIndex | None,
) -> Shipment:
    preparation, bulk = prepare(settings), bulk_settings(settings)
    crew = Crew(workers, settings, connection_of(settings), settings.state)
    with progress(files) as on_bytes:
        return ship_with_workers(
            crew, files, preparation, cluster, bulk, store,
            overwrite=overwrite, on_notice=say, on_bytes=on_bytes, on_index=on_index,
        )  # fmt: skip


def report(shipment: Shipment) -> None:
    """What became of the lines, and what the cluster did."""
    balance, counts = shipment.balance, shipment.counts
    say(balance.describe(), **balance.counted())
    say(
        f"cluster: {counts.created:,} documents created, {counts.already_there:,} were there already,"
        f" {counts.indexed:,} written, {counts.conflicts:,} were there in the same or a fuller form,"
        f" {counts.deleted:,} deleted, {counts.dead_lettered:,} refused",
        **asdict(counts),
    )
    if shipment.refused_messages:
        say(f"warning: {shipment.refused_messages:,} message documents were refused and kept as dead letters")
    for line in balance.describe_clock():
        say(line)
