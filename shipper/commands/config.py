"""`utm-shipper config`: what the settings are."""

from __future__ import annotations

import click

from shipper.commands.options import with_settings
from shipper.settings import Settings, describe


@click.group()
def config() -> None:
    """The effective settings."""


@config.command()
@with_settings("url", "state", "formats", "zone", "host", "tls.policy", "tls.policies")
def show(settings: Settings) -> None:
    """Print the effective settings as YAML, secrets masked, each with the place it comes from."""
    click.echo(describe(settings), nl=False)
