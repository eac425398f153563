"""`utm-shipper systemd-unit`: the service of systemd that runs this installation."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from shipper.commands.talk import say
from shipper.setting_layers import variable

_TEMPLATE = Path(__file__).resolve().parents[1] / "systemd" / "unit.service"
_CONFIG = "/etc/utm-shipper/config.yaml"
_FOLLOW = ("utm-shipper", "Sophos UTM mail logs into OpenSearch or Elasticsearch (utm-shipper)")
_LISTEN = ("utm-shipper-listen", "Receives Sophos UTM mail logs by syslog (utm-shipper)")
_NO_CAPABILITIES = "CapabilityBoundingSet=\nAmbientCapabilities="
_LOW_PORTS = "# The usual port of syslog, 514, is one of those that only root may open.\n" + (
    "CapabilityBoundingSet=CAP_NET_BIND_SERVICE\nAmbientCapabilities=CAP_NET_BIND_SERVICE"
)
# What ProtectHome= and PrivateTmp= take away.
_HIDDEN = tuple(map(Path, ("/home", "/root", "/run/user", "/tmp", "/var/tmp")))


@click.command("systemd-unit")
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path(path_type=Path))
@click.option("--listen", is_flag=True, help="The service that receives syslog, instead of the one that ships.")
@click.option(
    "--config", default=Path(_CONFIG), show_default=True, type=click.Path(path_type=Path), metavar="FILE",
    help="Settings file of the service.",
)  # fmt: skip
def systemd_unit(paths: tuple[Path, ...], listen: bool, config: Path) -> None:
    """Print a unit for systemd that runs this installation as a service.

    PATH is a log, a folder of logs, as `ship --follow` takes them. The service runs as a user of its own, sees nothing
    that it does not need, and is started again when it ends. For example:

    utm-shipper systemd-unit /var/log/smtp.log > /etc/systemd/system/utm-shipper.service
    """
    if listen and paths:
        raise click.UsageError("--listen takes no PATH: what it receives goes to its spool folder")
    program, logs = _program(), [path.absolute() for path in paths]
    arguments = ["listen"] if listen else ["ship", "--follow", *map(str, logs)]
    click.echo(_unit([*program, *arguments], config.absolute(), listen=listen), nl=False)
    for place in [Path(program[0]), Path(sys.base_prefix), config.absolute(), *logs]:
        if any(place.is_relative_to(hidden) for hidden in _HIDDEN):
            say(f"the service will not see {place}: move it, or change ProtectHome= and PrivateTmp=", "warning")


def _program() -> list[str]:
    """How this installation is called: its script, else the interpreter with the module."""
    script = Path(sys.executable).with_name("utm-shipper")
    return [str(script)] if script.exists() else [sys.executable, "-m", "shipper"]


def _unit(command: list[str], config: Path, *, listen: bool) -> str:
    name, description = _LISTEN if listen else _FOLLOW
    values = {
        "MADE_BY": "utm-shipper systemd-unit --listen" if listen else "utm-shipper systemd-unit",
        "NAME": name,
        "DESCRIPTION": description,
        "CONFIG": str(config),
        "CONFIG_VARIABLE": _quoted(f"{variable('config')}={config}"),
        "COMMAND": " ".join(_quoted(word, is_command=True) for word in command),
        "CAPABILITIES": _LOW_PORTS if listen else _NO_CAPABILITIES,
    }
    unit = _TEMPLATE.read_text(encoding="utf-8")
    for key, value in values.items():
        unit = unit.replace(f"@{key}@", value)
    return unit


def _quoted(word: str, *, is_command: bool = False) -> str:
    """A word as systemd.syntax(7) and systemd.service(5) have it: specifiers, variables and blanks stay as they are."""
    word = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    if is_command:
        word = word.replace("$", "$$")
    plain = word and all(character.isalnum() or character in "/._-+:@%$=," for character in word)
    return word if plain else f'"{word}"'
