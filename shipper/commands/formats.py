"""`utm-shipper formats`: what lines may look like."""

from __future__ import annotations

import click

from shipper.commands.options import with_settings
from shipper.commands.talk import say
from shipper.errors import FormatError
from shipper.formats.declarations import load
from shipper.parse.proof import prove
from shipper.settings import Settings


@click.group()
def formats() -> None:
    """What lines may look like."""


@formats.command()
@with_settings("formats")
def check(settings: Settings) -> None:
    """Prove every declaration against its samples, your own (--formats DIR) included."""
    declarations = load(settings.formats)
    disproofs = prove(declarations)
    for disproof in disproofs:
        click.echo(disproof)
    samples = sum(len(declaration.kind.samples) for declaration in declarations)
    if disproofs:
        raise FormatError(
            f"{len(disproofs)} of {samples} samples are not as declared", advice="correct the pattern or the sample"
        )
    say(f"{len(declarations)} declarations, {samples} samples, all as declared")


@formats.command("list")
@with_settings("formats")
def list_formats(settings: Settings) -> None:
    """List the declared line shapes with their actions, and how sure we are of each."""
    for declaration in load(settings.formats):
        kind = declaration.kind
        click.echo(f"{kind.name:34} {kind.action:24} {kind.seen}")
