"""Options that say which documents are wanted, and the scope that they come to."""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import click

from shipper.retrieval import Scope

type_of_decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

_TIMES = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"])


def _utc(context: click.Context, option: click.Parameter, value: datetime | None) -> datetime | None:
    return None if value is None else value.replace(tzinfo=UTC)


def with_scope(things: str) -> type_of_decorator:
    """Adds `--since` (or `--from`), `--until` and `--host`, and calls the command with `scope` made of them.

    `things` are what is wanted, for the help: "Messages". Raises a usage error for a period that ends before it begins.
    """
    options = (
        click.option("--since", "--from", "since", type=_TIMES, callback=_utc, metavar="TIME",
                     help=f"{things} from then on (UTC)."),
        click.option("--until", type=_TIMES, callback=_utc, metavar="TIME", help=f"{things} before then (UTC)."),
        click.option("--host", "hosts", multiple=True, metavar="NAME",
                     help=f"Only {things.lower()} of this gateway (repeatable)."),
    )  # fmt: skip

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(command)
        def run(
            *args: Any, since: datetime | None, until: datetime | None, hosts: tuple[str, ...], **parameters: Any
        ) -> Any:
            if since is not None and until is not None and until <= since:
                raise click.UsageError("--until must be later than --since")
            return command(*args, scope=Scope(since, until, tuple(sorted(set(hosts)))), **parameters)

        with_options: Callable[..., Any] = run
        for option in reversed(options):
            with_options = option(with_options)
        return with_options

    return decorate
