"""`utm-shipper dead-letters`: what could not take its next step, and what becomes of it."""

from __future__ import annotations

import sys

import click
import msgspec

from shipper.commands.asking import agreed, is_terminal
from shipper.commands.choosing import all_option, check_numbers, chosen, filters, none_there, numbers_argument
from shipper.commands.letter_table import print_list, print_summary, print_whole, summarize
from shipper.commands.options import with_settings
from shipper.commands.replay import replay
from shipper.commands.talk import say
from shipper.pipeline.letters import dead_letter_line
from shipper.settings import Settings
from shipper.state.dead_letters import Choice, DeadLetters
from shipper.state.read_only import view_dead_letters
from shipper.state.store import open_store


@click.group("dead-letters")
def dead_letters() -> None:
    """Lines without a readable time and documents that the cluster refused.

    They are kept in the state folder until they are replayed or dropped.
    """


dead_letters.add_command(replay)


@dead_letters.command("list")
@filters
@click.option("--summary", is_flag=True, help="Only how many there are of each step and reason.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, with everything.")
@with_settings("state")
def list_letters(step: str | None, reason: str | None, summary: bool, as_json: bool, settings: Settings) -> None:
    """List them, one line each.

    Its columns are number, step, time, place and reason. The time is the log's own local one, of a document UTC. It can
    be asked for while another utm-shipper is running.
    """
    choice = Choice(step=step, reason=reason)
    with view_dead_letters(settings.state) as letters:
        if letters is None or not letters.count(choice):
            say(none_there(letters, settings.state))
        elif summary:
            _summarize(letters, choice, as_json)
        elif as_json:
            for buried in letters.find(choice):
                sys.stdout.buffer.write(dead_letter_line(buried.letter, buried.number) + b"\n")
        else:
            print_list(letters.find(choice))


def _summarize(letters: DeadLetters, choice: Choice, as_json: bool) -> None:
    rows = summarize(letters.reasons(choice))
    if not as_json:
        print_summary(rows)
        return
    for count, step, reason in rows:
        click.echo(msgspec.json.encode({"count": count, "step": step, "reason": reason}))


@dead_letters.command()
@click.argument("numbers", nargs=-1, required=True, type=click.IntRange(1), metavar="NUMBER...")
@with_settings("state")
def show(numbers: tuple[int, ...], settings: Settings) -> None:
    """Show all that is known of them.

    The line and where it was, or the document, how it was sent, and the cluster's own error.
    """
    with view_dead_letters(settings.state) as letters:
        check_numbers(letters, numbers)
        if letters is not None:
            for buried in letters.find(Choice(numbers)):
                print_whole(buried)


@dead_letters.command()
@numbers_argument
@all_option
@filters
@click.option("--yes", is_flag=True, help="Do not ask.")
@with_settings("state")
def drop(
    numbers: tuple[int, ...], everything: bool, step: str | None, reason: str | None, yes: bool, settings: Settings
) -> None:
    """Forget dead letters for good. Asks before; without a terminal it needs --yes."""
    choice = chosen(numbers, everything, step, reason)
    with view_dead_letters(settings.state) as letters:
        check_numbers(letters, numbers)
        count = letters.count(choice) if letters is not None else 0
        if not count:
            say(none_there(letters, settings.state))
            return
    if not yes and not is_terminal():
        raise click.UsageError(f"nobody can be asked here whether to forget {count:,} dead letters: say --yes")
    if not yes and not agreed(f"Forget {count:,} dead letters for good?"):
        say("nothing was dropped")
        return
    with open_store(settings.state) as store:
        dropped = store.dead_letters.drop(choice)
        store.commit()
    say(f"{dropped:,} dead letters dropped")
