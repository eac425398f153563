"""`utm-shipper setup`: brings a cluster's templates to what this program needs."""

from __future__ import annotations

import click

from shipper.cluster import setup as templates
from shipper.commands.connection import connected, template_options
from shipper.commands.options import with_settings
from shipper.commands.talk import say
from shipper.errors import TemplatesError
from shipper.settings import Settings


@click.command()
@click.option("--check", is_flag=True, help="Only read back what is there and name every difference.")
@click.option("--dry-run", is_flag=True, help="Print each call that would be made, and make none.")
@with_settings("url")
def setup(check: bool, dry_run: bool, settings: Settings) -> None:
    """Install component templates, index templates and their settings. What is in place already is left alone."""
    options = template_options(settings)
    with connected(settings) as cluster:
        if check:
            _report(templates.check(cluster, options), cluster.where)
        elif dry_run:
            for call in templates.plan(cluster, options):
                click.echo(f"{call.method} {call.path}\n{call.body.decode()}")
        else:
            calls = templates.apply(cluster, options)
            for call in calls:
                say(f"{call.method} {call.path}")
            say(
                f"{len(calls)} templates written at {cluster.where}"
                if calls
                else f"all templates are in place at {cluster.where}"
            )


def _report(differences: tuple[templates.Difference, ...], where: str) -> None:
    for difference in differences:
        click.echo(difference)
    if differences:
        raise TemplatesError(f"{len(differences)} differences at {where}", advice="run utm-shipper setup")
    say(f"all templates are in place at {where}")
