"""`utm-shipper export`: messages as tables, from a cluster or from logs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import click
import msgspec

from shipper import __version__
from shipper.commands.connection import connected
from shipper.commands.options import with_settings
from shipper.commands.progress import progress
from shipper.commands.rows import print_rows
from shipper.commands.scope import with_scope
from shipper.commands.talk import say
from shipper.export.account import describe
from shipper.export.exporting import export as write_tables
from shipper.export.exporting import wanted_actions
from shipper.export.folder import Folder, Manifest, Query, held_folder
from shipper.export.formats import Format, opener
from shipper.export.tables import all_tables
from shipper.pipeline.preparing import prepare
from shipper.pipeline.tuning import fewer_collections
from shipper.retrieval import Archive, ClusterArchive, FileArchive, Scope, read_logs
from shipper.settings import Settings
from shipper.sources.files import find_logs

_TABLES = ("messages", "exim_in", "smtpd", "exim_out", "deliveries", "dkim")


def _print_columns() -> None:
    rows = [(table.name, c.name, c.type, c.about) for table in all_tables().values() for c in table.columns]
    print_rows(("table", "column", "type", "meaning"), rows)


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--to", "folder", type=click.Path(path_type=Path), metavar="FOLDER", help="Where to.")
@click.option(
    "--format", type=click.Choice(["csv", "ndjson", "parquet"]), default="csv", show_default=True, help="Of the files."
)
@click.option("--table", "tables", type=click.Choice(_TABLES), multiple=True, help="Only this one (repeatable).")
@with_scope("Messages")
@click.option("--overwrite", is_flag=True, help="Replace the export that is in the folder.")
@click.option("--columns", is_flag=True, help="List all columns and what they mean.")
@with_settings("url", "formats", "zone", "tls.policy", "tls.policies")
def export(
    paths: tuple[str, ...], folder: Path | None, format: Format, tables: tuple[str, ...], overwrite: bool,
    columns: bool, scope: Scope, settings: Settings,
) -> None:  # fmt: skip
    """Write messages as tables: one row per message, reception, scan, attempt, delivery, signature.

    PATH is a log, a folder of logs (searched recursively, gzip recognised by content) or - for standard input; without
    one, the messages come from the cluster. A TIME is a day, or a second such as 2019-06-10T15:04:40.

    An export from the cluster that was interrupted goes on with the same command. Parquet needs the extra: pip install
    'utm-shipper[parquet]'
    """
    if columns:
        _print_columns()
        return
    if folder is None:
        raise click.UsageError("Missing option '--to'.")
    opener(format)
    chosen = tuple(name for name in _TABLES if not tables or name in tables)
    query = Query(__version__, ", ".join(paths), not paths, format, chosen, scope.first, scope.end, scope.hosts)
    with held_folder(folder) as held:
        if paths:
            manifest = held.begin(query, overwrite=overwrite)
            with _read(paths, chosen, settings) as archive:
                _write(archive, scope, held, manifest)
            return
        with connected(settings) as cluster:
            stored = ClusterArchive(cluster, settings.index.prefix, on_notice=say)
            manifest = held.begin(msgspec.structs.replace(query, source=stored.where), overwrite=overwrite)
            _write(stored, scope, held, manifest)


@contextmanager
def _read(paths: Sequence[str], tables: Sequence[str], settings: Settings) -> Iterator[FileArchive]:
    files, actions = find_logs(paths), wanted_actions(tables)
    with ExitStack() as stack:
        with progress(files) as on_bytes, fewer_collections():
            reading = read_logs(
                files, prepare(settings), keep=lambda event: event.action in actions, on_notice=say, on_bytes=on_bytes
            )
            archive = stack.enter_context(reading)
        say(archive.balance.describe(), **archive.balance.counted())
        yield archive


def _write(archive: Archive, scope: Scope, folder: Folder, manifest: Manifest) -> None:
    if manifest.parts:
        say(f"going on after {manifest.messages:,} messages in {len(manifest.parts):,} parts")
    with fewer_collections():
        manifest = write_tables(archive, scope, folder, manifest, on_part=_say_part)
    for words in describe(manifest):
        say(words)
    there = archive.count_messages(scope)
    if there is not None and there != manifest.messages:
        say(f"warning: {archive.where} counts {there:,} messages now: what changed meanwhile takes --overwrite")


def _say_part(manifest: Manifest) -> None:
    say(f"{manifest.messages:,} messages so far", "info" if len(manifest.parts) > 1 else "debug")
