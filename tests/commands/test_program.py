"""The frame of every subcommand: exit codes, one clear line, nothing imported that was not asked for."""

from __future__ import annotations

import errno
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import click
import pytest
from click.testing import CliRunner

from shipper import __version__
from shipper.commands import main
from shipper.commands.program import Program
from shipper.errors import ClusterError, SettingsError, ShipperError, StateError


def _run(*arguments: str, stdout: int | None = subprocess.PIPE) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "shipper", *arguments], stdout=stdout, stderr=subprocess.PIPE, text=True, check=False
    )


def _program_that_raises(error: BaseException) -> click.Command:
    program = Program(name="utm-shipper", commands_by_name={"fail": (f"{__name__}:fail", "Fails.")})
    program.context_settings = {"obj": error}
    return program


@click.command()
@click.pass_obj
def fail(error: BaseException) -> NoReturn:
    raise error


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (ShipperError("it broke"), 1, "utm-shipper: error: it broke\n"),
        (SettingsError("unknown", advice="look again"), 2, "utm-shipper: error: unknown; look again\n"),
        (ClusterError("gone"), 5, "utm-shipper: error: gone\n"),
        (StateError("a\nb\x1b[31m"), 8, "utm-shipper: error: a b [31m\n"),
        (KeyboardInterrupt(), 130, ""),
        (BrokenPipeError(), 141, ""),
        (
            OSError(errno.ENOSPC, "No space left on device", "out"),
            1,
            "utm-shipper: error: No space left on device: out\n",
        ),
    ],
)
def test_each_way_of_failing_has_its_code_and_at_most_one_line(error: BaseException, code: int, message: str) -> None:
    result = CliRunner().invoke(_program_that_raises(error), ["fail"])

    assert (result.exit_code, result.stdout, result.stderr) == (code, "", message)


def test_a_defect_keeps_its_traceback() -> None:
    result = CliRunner().invoke(_program_that_raises(ZeroDivisionError()), ["fail"])

    assert isinstance(result.exception, ZeroDivisionError)


@pytest.mark.parametrize("arguments", [["nonsense"], ["--nonsense"], ["config", "show", "--nonsense"]])
def test_a_usage_error_ends_with_2(arguments: list[str]) -> None:
    result = CliRunner().invoke(main, arguments)

    assert (result.exit_code, result.stdout) == (2, "")


def test_the_version() -> None:
    result = _run("--version")

    assert (result.returncode, result.stdout, result.stderr) == (0, f"utm-shipper {__version__}\n", "")


def test_help_opens_with_what_it_is_for_and_names_every_command() -> None:
    lines = _run("--help").stdout.splitlines()
    listed = [line.split()[0] for line in lines[lines.index("Commands:") + 1 :]]

    assert lines[:3] == [
        "Usage: utm-shipper [OPTIONS] COMMAND [ARGS]...",
        "",
        "  Make Sophos UTM mail logs searchable for years.",
    ]
    assert isinstance(main, Program)
    assert listed == main.list_commands(click.Context(main))


def test_every_command_in_the_table_can_be_loaded() -> None:
    context = click.Context(main)
    assert isinstance(main, Program)
    loaded = {name: main.get_command(context, name) for name in main.list_commands(context)}

    assert {name: command.name for name, command in loaded.items() if command} == {name: name for name in loaded}


def test_help_imports_neither_settings_nor_a_subcommand() -> None:
    code = (
        "import sys; from shipper.commands import main; main(['--help'], standalone_mode=False);"
        "print([m for m in sys.modules if m in ('yaml', 'msgspec') or m.startswith('shipper.')], file=sys.stderr)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert result.stderr == (
        "['shipper.commands.talk', 'shipper.errors', 'shipper.commands.program', 'shipper.commands']\n"
    )


def test_a_full_disk_is_one_line() -> None:
    with Path("/dev/full").open("w") as full:
        result = _run("config", "show", stdout=full.fileno())

    assert (result.returncode, result.stderr) == (1, "utm-shipper: error: No space left on device\n")


def test_a_reader_that_went_away_is_quiet() -> None:
    reader = subprocess.Popen(["true"], stdin=subprocess.PIPE)
    reader.wait()
    assert reader.stdin
    with reader.stdin as pipe:
        result = _run("config", "show", stdout=pipe.fileno())

    assert (result.returncode, result.stderr) == (141, "")
