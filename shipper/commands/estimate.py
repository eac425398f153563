"""`utm-shipper ship --dry-run`: what shipping logs would come to, without a cluster and without sending anything."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click
import msgspec
from rich import box
from rich.console import Console
from rich.table import Table

from shipper.commands.progress import progress
from shipper.commands.rows import clean
from shipper.commands.talk import say
from shipper.missing_days import describe_days
from shipper.pipeline.preparing import prepare
from shipper.pipeline.sampling import Extent, sampled
from shipper.pipeline.surveying import survey
from shipper.pipeline.tuning import fewer_collections
from shipper.report.estimate import INDEX_BYTES_OF_A_LOG_BYTE, Estimate, HostDays, estimated
from shipper.settings import Settings
from shipper.sources.files import LogFile

dry_run_option = click.option(
    "--dry-run", is_flag=True, help="Send nothing, ask no cluster: say what shipping these logs would come to."
)
json_option = click.option("--json", "as_json", is_flag=True, help="With --dry-run: one JSON object.")

_SIZES = (("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3))
_TIMES = (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))
_MOST_GAPS = 20
_WIDTH = 140
"""Where no terminal says how wide it is."""


def print_estimate(files: Sequence[LogFile], settings: Settings, *, as_json: bool) -> None:
    """Counts all lines, parses some, and prints what follows. Raises a usage error for what can be read only once."""
    if stream := next((file for file in files if file.is_stream), None):
        raise click.UsageError(f"{stream.path} can be read only once: --dry-run reads logs twice")
    preparation = prepare(settings)
    with progress(files) as on_bytes, fewer_collections():
        found = survey(files, preparation.reading, on_notice=say, on_bytes=on_bytes)
    with fewer_collections():
        sample = sampled(files, found.lines_of_logs, preparation, Extent())
    estimate = estimated(found.counted, sample, settings.bulk.max_docs_per_second)
    if as_json:
        click.echo(msgspec.json.encode(_facts(estimate)))
        return
    console = Console(highlight=False, width=None if sys.stdout.isatty() else _WIDTH)
    console.print(_of_all(estimate, settings.bulk.max_docs_per_second))
    console.print()
    console.print(_of_hosts(estimate.counted.hosts))


def _facts(estimate: Estimate) -> dict[str, object]:
    counted, sample = estimate.counted, estimate.sample
    hosts = [
        {
            "host": host.host, "lines": host.lines, "first_day": host.first, "last_day": host.last, "days": host.days,
            "missing_days": host.missing_days, "missing": host.missing,
        }
        for host in counted.hosts
    ]  # fmt: skip
    return {
        "logs": counted.logs, "log_bytes": counted.bytes, "lines": counted.lines, "ignored": counted.ignored,
        "unreadable": counted.unreadable, "hosts": hosts, "events": counted.events,
        "messages": estimate.messages, "documents": estimate.documents, "sent_bytes": estimate.sent,
        "index_bytes": estimate.index_bytes, "seconds": round(estimate.seconds, 1),
        "sample": {"lines": sample.lines, "places": sample.places, "is_all": sample.is_all},
    }  # fmt: skip


def _of_all(estimate: Estimate, limit: int | None) -> Table:
    counted, sample = estimate.counted, estimate.sample
    how = "all lines parsed" if sample.is_all else f"{sample.lines:,} lines parsed at {sample.places:,} places"
    about = "" if sample.is_all else "about "
    pace = "reading and building here, on one core; a slower cluster makes it longer"
    is_limited = limit is not None and estimate.seconds == estimate.documents / limit
    table = _table(("what", "left"), ("estimate", "right"), ("how", "left"))
    for row in (
        ("logs", f"{counted.logs:,}", "counted"),
        ("unpacked", _size(counted.bytes), "counted"),
        ("lines", f"{counted.lines:,}", "counted"),
        ("ignored by rule", f"{counted.ignored:,}", "counted"),
        ("without a readable time", f"{counted.unreadable:,}", "counted"),
        ("messages", f"{about}{estimate.messages:,}", how),
        ("documents", f"{about}{estimate.documents:,}", "one for each line and message"),
        ("index size", f"about {_size(estimate.index_bytes)}", f"{INDEX_BYTES_OF_A_LOG_BYTE:g} of unpacked; one copy"),
        ("sent", f"{about}{_size(estimate.sent)}", f"before compression; {how}"),
        ("time", f"about {_time(estimate.seconds)}", f"{limit:,} documents a second" if is_limited else pace),
    ):
        table.add_row(*row)
    return table


def _of_hosts(hosts: Sequence[HostDays]) -> Table:
    columns = ("host", "left"), ("lines", "right"), ("first day", "left"), ("last day", "left"), ("days", "right")
    table = _table(*columns, ("missing days", "left"))
    for host in hosts:
        days = str(host.first), str(host.last), f"{host.days:,}"
        table.add_row(
            clean(host.host) or "(no host)", f"{host.lines:,}", *days, describe_days(host.missing, _MOST_GAPS)
        )
    return table


def _table(*columns: tuple[str, str]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for name, side in columns:
        table.add_column(name, justify="right" if side == "right" else "left")
    return table


def _size(count: int) -> str:
    unit, length = next(((unit, length) for unit, length in _SIZES if count >= length), ("bytes", 1.0))
    return f"{count / length:,.1f} {unit}" if length > 1 else f"{count:,} bytes"


def _time(seconds: float) -> str:
    unit, length = next(((unit, length) for unit, length in _TIMES if seconds >= 2 * length), _TIMES[-1])
    return f"{max(1, round(seconds / length)):,} {unit}"
