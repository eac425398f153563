"""`utm-shipper report`: the charts of the dashboards as tables and bars, from a cluster or from logs."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import click
from rich.console import Console

from shipper import __version__
from shipper.commands.connection import connected
from shipper.commands.options import with_settings
from shipper.commands.progress import progress
from shipper.commands.scope import with_scope
from shipper.commands.talk import say
from shipper.commands.whole_file import whole_file
from shipper.dashboards.panels import load_panels
from shipper.figures.asking import ClusterSource
from shipper.figures.counting import FileSource
from shipper.figures.html import html_of
from shipper.figures.report import Report, chosen, kinds_of, make_report
from shipper.figures.terminal import print_report
from shipper.pipeline.preparing import prepare
from shipper.pipeline.tuning import fewer_collections
from shipper.retrieval import Scope, read_logs
from shipper.settings import Settings
from shipper.sources.files import find_logs


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--dashboard", "names", multiple=True, metavar="NAME", help="Only this one, such as tls (repeatable).")
@click.option(
    "--html",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write one page with charts instead.",
)
@with_scope("Messages")
@with_settings("url", "formats", "zone", "tls.policy", "tls.policies")
def report(paths: tuple[str, ...], names: tuple[str, ...], html: Path | None, scope: Scope, settings: Settings) -> None:
    """Print what the dashboards show: tables and bars, or one page for a browser and for print.

    PATH is a log, a folder of logs (searched recursively, gzip recognised by content) or - for standard input; without
    one, the cluster counts. A TIME is a day, or a second such as 2019-06-10T15:04:40.
    """
    with ExitStack() as stack:
        page = stack.enter_context(whole_file(html)) if html else None
        made = _made(paths, names, scope, settings)
        for notice in made.notices:
            say(notice)
        if page:
            page.write(html_of(made, __version__))
        else:
            print_report(made, Console(highlight=False))
    if html:
        say(f"{html}: {made.coverage.messages:,} messages")


def _made(paths: tuple[str, ...], names: tuple[str, ...], scope: Scope, settings: Settings) -> Report:
    panels = load_panels()
    dashboards = chosen(panels, names)
    with ExitStack() as stack:
        if not paths:
            cluster = stack.enter_context(connected(settings))
            return make_report(panels, dashboards, ClusterSource(cluster, settings.index.prefix), scope)
        files, with_lines = find_logs(paths), "events" in kinds_of(panels, dashboards)
        stack.enter_context(fewer_collections())
        with progress(files) as on_bytes:
            archive = stack.enter_context(
                read_logs(files, prepare(settings), keep=lambda event: with_lines, on_notice=say, on_bytes=on_bytes)
            )
        say(archive.balance.describe(), **archive.balance.counted())
        return make_report(panels, dashboards, FileSource(archive, ", ".join(map(_named, paths))), scope)


def _named(path: str) -> str:
    return "standard input" if path == "-" else path
