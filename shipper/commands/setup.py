"""`utm-shipper setup`: brings a cluster's templates to what this program needs, and imports the dashboards."""

from __future__ import annotations

from contextlib import suppress

import click

from shipper.cluster import setup as templates
from shipper.cluster.backfill import Relaxed, find_relaxed, way_back
from shipper.cluster.interface import Cluster
from shipper.commands.connection import connected, template_options
from shipper.commands.options import with_settings
from shipper.commands.setup_dashboards import check_dashboards, import_dashboards, show_import
from shipper.commands.talk import say
from shipper.errors import AuthenticationError, ShipperError, TemplatesError
from shipper.pipeline.backfilling import put_back_left
from shipper.settings import Settings


@click.command()
@click.option("--check", is_flag=True, help="Only read back what is there and name every difference.")
@click.option("--dry-run", is_flag=True, help="Print each call that would be made, and make none.")
@with_settings("url", "dashboards.url")
def setup(check: bool, dry_run: bool, settings: Settings) -> None:
    """Install the index templates, and with --dashboards import the dashboards.

    Templates are the affair of the cluster (--url): what is in place already is left alone. Indices that a `ship
    --backfill` left relaxed, because it was killed, are put back. Dashboards are imported
    over older ones of this program and then read back, object by object. Either can be set up without the other.
    """
    differing = [_set_up_templates(settings, check=check, dry_run=dry_run)]
    if settings.dashboards.url:
        differing.append(_set_up_dashboards(settings, check=check, dry_run=dry_run))
    for error in filter(None, differing):
        raise error


def _set_up_templates(settings: Settings, *, check: bool, dry_run: bool) -> ShipperError | None:
    if settings.dashboards.url and not settings.url:
        say("no cluster is named (--url): the index templates are left alone")
        return None
    options = template_options(settings)
    with connected(settings) as cluster:
        if check:
            for relaxed in _left_relaxed(cluster, settings):
                say(f"warning: {relaxed.index} is relaxed since {relaxed.since} by a backfill ({relaxed.by})")
            return _report(templates.check(cluster, options), cluster.where)
        if dry_run:
            back = (call for relaxed in _left_relaxed(cluster, settings) for call in way_back(cluster, relaxed))
            for call in (*templates.plan(cluster, options), *back):
                click.echo(f"{call.method} {call.path}\n{call.body.decode()}")
            return None
        calls = templates.apply(cluster, options)
        for call in calls:
            say(f"{call.method} {call.path}")
        say(
            f"{len(calls)} templates written at {cluster.where}"
            if calls
            else f"all templates are in place at {cluster.where}"
        )
        put_back_left(cluster, settings.index.prefix, say)
    return None


def _left_relaxed(cluster: Cluster, settings: Settings) -> list[Relaxed]:
    """None where it is not permitted to look: then none can be put back either."""
    with suppress(AuthenticationError):
        return find_relaxed(cluster, settings.index.prefix)
    return []


def _report(differences: tuple[templates.Difference, ...], where: str) -> TemplatesError | None:
    for difference in differences:
        click.echo(difference)
    if differences:
        return TemplatesError(f"{len(differences)} differences at {where}", advice="run utm-shipper setup")
    say(f"all templates are in place at {where}")
    return None


def _set_up_dashboards(settings: Settings, *, check: bool, dry_run: bool) -> ShipperError | None:
    if dry_run:
        show_import(settings)
        return None
    return check_dashboards(settings) if check else import_dashboards(settings)
