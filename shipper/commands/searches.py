"""`utm-shipper searches`: ready searches for the questions that are asked of mail logs."""

from __future__ import annotations

import click

from shipper.searches import as_markdown


@click.command()
def searches() -> None:
    """Print ready searches for Dashboards and Kibana, as a page in Markdown."""
    click.echo(as_markdown(), nl=False)
