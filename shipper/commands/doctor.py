"""`utm-shipper doctor`: what could keep the shipper from its work, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from time import time

import click
import msgspec

from shipper.commands.connection import connected, connected_dashboards, template_options
from shipper.commands.options import with_settings
from shipper.diagnosis.check import Check, looked
from shipper.diagnosis.cluster import cluster_checks
from shipper.diagnosis.lines import lines_check
from shipper.diagnosis.state import state_checks
from shipper.errors import AttentionError, ShipperError
from shipper.settings import Settings

_COLORS = {"ok": "green", "warning": "yellow", "failed": "red"}
_WAIT_FOR_DASHBOARDS = 5.0


@click.command()
@click.option("--days", type=click.IntRange(1, 3660), default=7, show_default=True, help="Of unrecognized lines.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a check.")
@with_settings("url", "state", "dashboards.url")
def doctor(days: int, as_json: bool, settings: Settings) -> None:
    """Check all that the shipper needs, one line each: ok, warning or failed, and what to do.

    Looks at the cluster, its templates, disks, blocks, room for shards and clock, at the state folder, at the share of
    lines that fit no known shape, and at Dashboards where one is named. Of unrecognized lines it prints what they have
    in common, without addresses, names or texts. Changes nothing. Ends with 10 where a check failed.
    """
    failed = checked = 0
    for check in _checks(settings, days):
        checked += 1
        failed += check.state == "failed"
        if as_json:
            click.echo(msgspec.json.encode(check))
        else:
            _print(check)
    if failed:
        raise AttentionError(f"{failed} of {checked} checks failed", advice="see what each says")


def _checks(settings: Settings, days: int) -> Iterator[Check]:
    try:
        with connected(settings) as cluster:
            yield from cluster_checks(cluster, template_options(settings), time)
            yield looked("lines", lambda: lines_check(cluster, settings.index.prefix, days, time()))
    except ShipperError as error:
        yield Check("cluster", "failed", f"{error.what} (its other checks are left out)", error.advice)
    yield from state_checks(settings.state)
    if settings.dashboards.url:
        yield looked("dashboards", lambda: _dashboards_check(settings))


def _dashboards_check(settings: Settings) -> Check:
    patience = min(settings.dashboards.wait, _WAIT_FOR_DASHBOARDS)
    hurried = msgspec.structs.replace(settings.dashboards, wait=patience)
    with connected_dashboards(msgspec.structs.replace(settings, dashboards=hurried)) as server:
        return Check(
            "dashboards", "ok", f"{server.product.title} {server.version} at {server.where}".replace("  ", " ")
        )


def _print(check: Check) -> None:
    state = click.style(f"{check.state:<7}", fg=_COLORS[check.state])
    click.echo(_clean(f"{check.name}: {check.words}{f'; {check.advice}' if check.advice else ''}", state))
    for detail in check.details:
        click.echo(_clean(detail, " " * 7))


def _clean(words: str, before: str) -> str:
    """One line, whatever a server's answer holds."""
    return f"{before}  {''.join(character if character.isprintable() else ' ' for character in words)}"
