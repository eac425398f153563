"""Talk goes to standard error; standard output is for data."""

from __future__ import annotations

import click


def say(words: str) -> None:
    """One line for the person at the terminal."""
    click.echo(f"utm-shipper: {words}", err=True)
