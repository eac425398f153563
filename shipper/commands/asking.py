"""Questions before something is deleted: asked on a terminal only, never answered by default."""

from __future__ import annotations

import sys

import click


def is_terminal() -> bool:
    """Whether somebody is there to answer."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def agreed(question: str) -> bool:
    """Asks, and takes anything but a yes for a no."""
    return click.confirm(question, err=True)
