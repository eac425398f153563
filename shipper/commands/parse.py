"""`utm-shipper parse`: the documents of logs as JSON lines, without a cluster."""

from __future__ import annotations

import sys

import click

from shipper.commands.options import with_settings
from shipper.commands.progress import progress
from shipper.commands.talk import say
from shipper.pipeline.parsing import Emit, parse_logs
from shipper.pipeline.preparing import prepare
from shipper.pipeline.tuning import fewer_collections
from shipper.settings import Settings
from shipper.sources.files import find_logs


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option(
    "--emit",
    type=click.Choice(["messages", "events", "dead-letters", "all"]),
    default="messages",
    show_default=True,
    help="What to print.",
)
@click.option("--bulk", is_flag=True, help="Print a _bulk body, with ids and indices.")
@with_settings("formats", "zone", "host", "tls.policy", "tls.policies")
def parse(paths: tuple[str, ...], emit: Emit, bulk: bool, settings: Settings) -> None:
    """Print the documents of logs as JSON lines.

    PATH is a log, a folder of logs (searched recursively, gzip recognised by content) or - for standard input. Each
    message is printed once, finished or as it stands at the end of the input. The balance goes to standard error.
    """
    files = find_logs(paths)
    with progress(files) as on_bytes, fewer_collections():
        balance = parse_logs(
            files,
            prepare(settings),
            sys.stdout.buffer,
            emit,
            bulk=bulk,
            on_notice=say,
            on_bytes=on_bytes,
        )
    say(balance.describe(), **balance.counted())
    for line in balance.describe_clock():
        say(line)
