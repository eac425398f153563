"""Options that several subcommands share, and how they become the settings that a subcommand receives."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from shipper.commands.talk import speak
from shipper.setting_layers import option_word
from shipper.settings import load

type_of_decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

_shared: dict[str, type_of_decorator] = {
    "url": click.option("--url", metavar="URL[,URL]", help="The cluster's nodes.  [UTM_SHIPPER_URL]"),
    "state": click.option("--state", metavar="DIR", help="Folder of what survives a run.  [UTM_SHIPPER_STATE]"),
    "formats": click.option("--formats", metavar="DIR", multiple=True, help="Folder with own declarations of lines."),
    "zone": click.option("--zone", metavar="ZONE", help="Time zone of the logs, such as Europe/Berlin."),
    "host": click.option("--host", metavar="NAME", help="The UTM's name, for lines whose prefix lost it."),
    "tls.policy": click.option("--policy", metavar="NAME", help="The TLS policy to judge by."),
    "tls.policies": click.option("--policies", metavar="DIR", multiple=True, help="Folder with own TLS policies."),
    "dashboards.url": click.option(
        "--dashboards", metavar="URL", help="OpenSearch Dashboards or Kibana.  [UTM_SHIPPER_DASHBOARDS_URL]"
    ),
    "bulk.max_docs_per_second": click.option(
        "--max-docs-per-second", metavar="N", help="Send no more documents than that."
    ),
    "syslog.spool": click.option("--spool", metavar="DIR", help="Folder of what was received."),
    "syslog.udp": click.option("--udp", metavar="HOST:PORT", help="Listen for datagrams."),
    "syslog.tcp": click.option("--tcp", metavar="HOST:PORT", help="Listen for connections."),
    "syslog.tls": click.option("--tls", metavar="HOST:PORT", help="Listen for TLS connections."),
    "syslog.allow": click.option("--allow", metavar="ADDRESS[,...]", help="Addresses and networks that may send."),
}
_config: type_of_decorator = click.option(
    "--config", type=click.Path(path_type=Path), metavar="FILE", help="Settings file (YAML).  [UTM_SHIPPER_CONFIG]"
)


def with_settings(*names: str) -> type_of_decorator:
    """Adds `--config` and the named shared options, and calls the command with `settings` made of them.

    `with_settings("url", "state")` for what ships, `with_settings("formats")` for what only reads. The option of a
    section's setting has the setting's last word (`--udp` for `syslog.udp`), that of its URL the section's name.
    Stands below `@click.command()`.
    """

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(command)
        def run(*args: Any, config: Path | None, **parameters: Any) -> Any:
            overrides = {name: parameters.pop(option_word(name)) or None for name in names}
            config = config or click.get_current_context().find_root().params.get("config")
            settings = load(config, os.environ, overrides)
            speak(settings.log.format, settings.log.level)
            return command(*args, settings=settings, **parameters)

        with_options: Callable[..., Any] = run
        for option in (_config, *(_shared[name] for name in reversed(names))):
            with_options = option(with_options)
        return with_options

    return decorate
