"""Help that a stranger can use: there for everything, and within 80 columns."""

from __future__ import annotations

from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from shipper.commands import main


def commands(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found
            yield from commands(found, (*path, name))


ALL = dict(commands(main))


@pytest.mark.parametrize("path", ALL, ids=lambda path: " ".join(path) or "utm-shipper")
def test_help_is_there_and_fits(path: tuple[str, ...]) -> None:
    result = CliRunner().invoke(main, [*path, "--help"], terminal_width=80)
    lines = result.output.splitlines()

    assert result.exit_code == 0
    assert lines[0].startswith("Usage: ")
    assert lines[2].strip()
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize("path", ALL, ids=lambda path: " ".join(path) or "utm-shipper")
def test_every_option_says_what_it_does(path: tuple[str, ...]) -> None:
    options = [option for option in ALL[path].params if isinstance(option, click.Option)]

    assert [option.name for option in options if not option.help] == []


def test_what_takes_paths_says_which() -> None:
    taking = {path for path, command in ALL.items() if any(p.name == "paths" for p in command.params)}

    assert taking == {("ship",), ("parse",), ("export",), ("trace",), ("report",), ("tls-proof",), ("systemd-unit",)}
    assert all("PATH is a log, a folder" in (ALL[path].help or "") for path in taking)
