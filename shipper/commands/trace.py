"""`utm-shipper trace`: a message's story, from a cluster or from logs."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import click
import msgspec
from rich.console import Console

from shipper.commands.connection import connected
from shipper.commands.options import with_settings
from shipper.commands.progress import progress
from shipper.commands.rows import clean
from shipper.commands.scope import with_scope
from shipper.commands.talk import say
from shipper.commands.telling import print_hits, print_story
from shipper.errors import NothingFoundError
from shipper.pipeline.preparing import prepare
from shipper.pipeline.tuning import fewer_collections
from shipper.retrieval import Archive, ClusterArchive, Document, Scope, read_logs
from shipper.settings import Settings
from shipper.sources.files import find_logs
from shipper.trace.hits import MOST_LINES, Hits, count_naming, naming_lines, narrowed, newest_of, picked, with_id
from shipper.trace.sought import KINDS, Kind, Sought, sought
from shipper.trace.story import Story, stories_of


class _Wanted(msgspec.Struct, frozen=True):
    """Which of the messages, and how: each as its option says."""

    pick: int | None
    id: str | None
    everything: bool
    limit: int
    as_json: bool
    raw: bool
    lines: bool


@click.command()
@click.argument("text", metavar="TEXT")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--as", "kind", type=click.Choice(KINDS), help="What TEXT is, where it is not as it looks.")
@click.option("--pick", type=click.IntRange(1), metavar="N", help="Tell the one with this number in the list.")
@click.option("--id", metavar="ID", help="Tell the one whose document has this id.")
@click.option("--all", "everything", is_flag=True, help="Tell all of them.")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="List so many, the newest.")
@with_scope("Messages")
@click.option("--json", "as_json", is_flag=True, help="Each message's document, then those of its lines (NDJSON).")
@click.option("--raw", is_flag=True, help="Nothing but the raw lines, a blank line between messages.")
@click.option("--lines", is_flag=True, help="All log lines that name TEXT, of whatever message or of none.")
@with_settings("url", "formats", "zone", "tls.policy", "tls.policies")
def trace(
    text: str, paths: tuple[str, ...], kind: Kind | None, scope: Scope, settings: Settings, **options: Any
) -> None:
    """Tell a message's story stage by stage, with its raw lines.

    TEXT is a queue id (any of the message's), a Message-ID, a mail address, the address or network of a client, or
    words of a subject, in quotes. PATH is a log, a folder of logs (searched recursively, gzip recognised by content) or
    - for standard input; without one, the messages come from the cluster. A TIME is a day, or a second such as
    2019-06-10T15:04:40.

    One message is told at once, several are listed; --raw and --json give all of them. The exit code is 12 where there
    is none.
    """
    wanted = msgspec.convert(options, _Wanted)
    if sum((wanted.pick is not None, wanted.id is not None, wanted.everything, wanted.lines)) > 1:
        raise click.UsageError("--pick, --id, --all and --lines exclude each other")
    if wanted.as_json and wanted.raw:
        raise click.UsageError("--json and --raw exclude each other")
    looked_for = sought(text, kind)
    with _archive(paths, settings) as archive:
        where = ", ".join(paths) if paths else archive.where
        say(f"looking for {looked_for.describe()} in {where}")
        if wanted.lines:
            _print_lines(naming_lines(archive, scope, looked_for), wanted)
        else:
            _Telling(archive, scope, looked_for, wanted, where).tell()


@contextmanager
def _archive(paths: Sequence[str], settings: Settings) -> Iterator[Archive]:
    with ExitStack() as stack:
        if not paths:
            cluster = stack.enter_context(connected(settings))
            yield ClusterArchive(cluster, settings.index.prefix, on_notice=say)
            return
        files = find_logs(paths)
        with progress(files) as on_bytes, fewer_collections():
            archive = stack.enter_context(read_logs(files, prepare(settings), on_notice=say, on_bytes=on_bytes))
        say(archive.balance.describe(), **archive.balance.counted())
        yield archive


class _Telling:
    """Finds the messages, and tells what is wanted of them."""

    def __init__(self, archive: Archive, scope: Scope, looked_for: Sought, wanted: _Wanted, where: str) -> None:
        self._archive = archive
        self._scope = scope
        self._sought = looked_for
        self._wanted = wanted
        self._where = where

    def tell(self) -> None:
        """Raises NothingFoundError."""
        wanted, messages = self._wanted, self._archive.messages(narrowed(self._scope, self._sought))
        if wanted.pick is not None:
            self._tell([picked(messages, wanted.pick)])
        elif wanted.id is not None:
            self._tell([with_id(messages, wanted.id)])
        elif wanted.everything or wanted.as_json or wanted.raw:
            self._tell(messages)
        else:
            self._tell_one_or_list(newest_of(messages, wanted.limit))

    def _tell(self, messages: Iterable[Document]) -> None:
        number = 0
        for number, story in enumerate(stories_of(self._archive, messages), start=1):
            _print(story, self._wanted, is_first=number == 1)
        if number == 0:
            raise self._nothing()

    def _tell_one_or_list(self, hits: Hits) -> None:
        if hits.total == 0:
            self._say_lines(hits)
            raise self._nothing()
        if hits.total == 1:
            self._tell(message for _, message in hits.newest)
        else:
            print_hits(_console(), hits.newest)
            left_out = hits.total - len(hits.newest)
            older = f", {left_out:,} older ones are not listed (--limit)" if left_out else ""
            say(f"{hits.total:,} messages{older}: tell one by --pick NUMBER, --id or its queue id, all by --all")
        self._say_lines(hits)

    def _say_lines(self, hits: Hits) -> None:
        """A client may have left lines that are of no message: probes, failed TLS, wrong passwords."""
        if "client" not in self._sought.kinds:
            return
        found = count_naming(self._archive, self._scope, self._sought, hits)
        many = f"{found.lines:,}" if found.lines < MOST_LINES else f"{found.lines:,} or more"
        of_none = "" if found.strays is None else f", {found.strays:,} of them are of no message"
        if found.lines:
            say(f"{many} lines name the client{of_none}: --lines shows them")

    def _nothing(self) -> NothingFoundError:
        return NothingFoundError(
            f"no message with {self._sought.describe()} in {self._where}", advice="try --as, or --lines"
        )


def _console() -> Console:
    return Console(highlight=False, markup=False, emoji=False)


def _print(story: Story, wanted: _Wanted, *, is_first: bool) -> None:
    if wanted.as_json:
        for document in (story.message, *story.lines):
            _print_json(document)
        return
    if not is_first:
        click.echo()
    if wanted.raw:
        _print_lines(story.lines, wanted)
    else:
        print_story(_console(), story)


def _print_lines(lines: Iterable[Document], wanted: _Wanted) -> None:
    for line in lines:
        if wanted.as_json:
            _print_json(line)
        elif sys.stdout.isatty():
            click.echo(clean(line["event"]["original"]))
        else:
            encoding = line["sophos"]["utm"].get("original_encoding", "utf-8")
            click.echo(line["event"]["original"].encode(encoding, "replace"))


def _print_json(document: Document) -> None:
    """A terminal gets no character beyond ASCII, which could steer it."""
    click.echo(json.dumps(document, ensure_ascii=True) if sys.stdout.isatty() else msgspec.json.encode(document))
