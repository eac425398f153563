"""`utm-shipper ship`: logs into a cluster."""

from __future__ import annotations

import click
from msgspec.structs import asdict

from shipper.cluster.setup import ensure_current
from shipper.commands.connection import bulk_settings, connected, template_options
from shipper.commands.options import with_settings
from shipper.commands.progress import progress
from shipper.commands.talk import say
from shipper.commands.tuning import fewer_collections
from shipper.pipeline.preparing import prepare
from shipper.pipeline.shipping import Shipment, ship_logs
from shipper.settings import Settings
from shipper.sources.files import find_logs
from shipper.state.store import open_store


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option(
    "--overwrite", is_flag=True, help="Replace stored documents: for re-reading logs after line shapes were added."
)
@click.option("--without-templates", is_flag=True, help="Write even when the templates are missing or too old.")
@with_settings("url", "state", "formats", "zone", "host")
def ship(paths: tuple[str, ...], overwrite: bool, without_templates: bool, settings: Settings) -> None:
    """Store the events and messages of logs in a cluster.

    PATH is a log, a folder of logs (searched recursively, gzip recognised by content) or - for standard input. Logs are
    read in the order of their times. Shipping the same logs again changes nothing; logs shipped one by one, in any
    number of runs with the same state, end up as if shipped at once.
    """
    files = find_logs(paths)
    preparation = prepare(settings)
    with connected(settings) as cluster, open_store(settings.state) as store:
        if not without_templates:
            ensure_current(cluster, template_options(settings))
        with progress(files) as on_bytes, fewer_collections():
            shipment = ship_logs(
                files,
                preparation,
                cluster,
                bulk_settings(settings),
                store,
                overwrite=overwrite,
                on_notice=say,
                on_bytes=on_bytes,
            )
    report(shipment)


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
