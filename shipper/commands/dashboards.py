"""`utm-shipper dashboards`: saved dashboards for OpenSearch Dashboards and Kibana."""

from __future__ import annotations

from pathlib import Path

import click

from shipper.commands.talk import say
from shipper.dashboards import files
from shipper.errors import PanelsError


@click.group()
def dashboards() -> None:
    """Saved dashboards for OpenSearch Dashboards and Kibana."""


@dashboards.command()
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), metavar="DIR", help="Where to write them.")
@click.option("--check", is_flag=True, help="Write nothing; name the files that are not as the declaration gives them.")
def build(out: Path | None, check: bool) -> None:
    """Make the files that can be imported from the declaration dashboards/panels.yaml.

    Without --out they are written beside the declaration.
    """
    target = out or files.home()
    if not check:
        for path in files.write(target):
            say(f"written: {path}")
        return
    stale = files.stale(target)
    for path in stale:
        click.echo(path)
    if stale:
        raise PanelsError(f"{len(stale)} files in {target} are stale", advice="run utm-shipper dashboards build")
    say(f"all files in {target} are as declared")
