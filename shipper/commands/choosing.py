"""Which dead letters a subcommand is about."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from shipper.state.dead_letters import Choice, DeadLetters

type_of_decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

numbers_argument = click.argument("numbers", nargs=-1, type=click.IntRange(1), metavar="[NUMBER]...")
all_option = click.option("--all", "everything", is_flag=True, help="All of them.")


def filters(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds `--step` and `--reason`."""
    by_reason = click.option("--reason", metavar="TEXT", help="Only those whose reason has this text in it.")
    by_step = click.option("--step", metavar="STEP", help="Only those of this step: sources, clock, cluster.")
    return by_step(by_reason(command))


def chosen(numbers: tuple[int, ...], everything: bool, step: str | None, reason: str | None) -> Choice:
    """What is to be changed must be named. Raises a usage error."""
    if numbers and everything:
        raise click.UsageError("NUMBER and --all exclude each other")
    if not (numbers or everything or step or reason):
        raise click.UsageError("say which: NUMBER..., --all, --step or --reason")
    return Choice(numbers or None, step, reason)


def none_there(letters: DeadLetters | None, state: Path) -> str:
    """What to say where nothing fits."""
    if letters is None:
        return f"no dead letters: there is no state in {state}"
    return "no dead letter fits" if letters.count() else "no dead letters"


def check_numbers(letters: DeadLetters | None, numbers: tuple[int, ...]) -> None:
    """Raises a usage error for a number that no dead letter has."""
    unknown = numbers if letters is None else letters.unknown(numbers)
    if unknown:
        raise click.UsageError(f"no dead letter has the number {', '.join(map(str, unknown))}")
