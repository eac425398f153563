"""The frame around every subcommand: lazy imports, and how each way of failing ends."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from shipper.commands.talk import say, speak
from shipper.errors import ShipperError

INTERRUPTED = 130
BROKEN_PIPE = 141


class Program(click.Group):
    """A group that knows its subcommands by name: `{"ship": ("package.module:attribute", "Short help.")}`.

    A ShipperError ends as one line on standard error and its exit code; an interrupt as 130, a reader that went away as
    141, as shells see it from other programs; neither with a traceback.
    """

    def __init__(self, *args: Any, commands_by_name: Mapping[str, tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        self._commands_by_name = commands_by_name

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self._commands_by_name)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self._commands_by_name:
            return None
        module, _, attribute = self._commands_by_name[cmd_name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, help_text) for name, (_, help_text) in self._commands_by_name.items()])

    def invoke(self, ctx: click.Context) -> Any:
        speak()
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except ShipperError as error:
            say(str(error), "error", exit_code=error.exit_code)
            ctx.exit(error.exit_code)
        except KeyboardInterrupt:
            ctx.exit(INTERRUPTED)
        except BrokenPipeError:
            _drop_output()
            ctx.exit(BROKEN_PIPE)
        except OSError as error:
            where = f": {error.filename}" if error.filename else ""
            say(f"{error.strerror or error}{where}", "error", exit_code=ShipperError.exit_code)
            _drop_output()
            ctx.exit(ShipperError.exit_code)
        return result


def _drop_output() -> None:
    """What is still buffered cannot be written; without this the interpreter tries again at exit and complains."""
    try:
        descriptor = sys.stdout.fileno()
    except OSError:
        return
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), descriptor)
