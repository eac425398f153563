"""The unit that is printed: this installation, these logs, read back as systemd reads them."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from shipper.commands import main


@pytest.fixture(autouse=True)
def _installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where this test's interpreter lives is of no interest here."""
    monkeypatch.setattr(sys, "base_prefix", "/usr")
    monkeypatch.setattr(sys, "executable", "/opt/utm-shipper/bin/python")
    monkeypatch.setattr(Path, "exists", lambda path: True)


def run(*arguments: str) -> Result:
    result = CliRunner().invoke(main, ["systemd-unit", *arguments])
    assert result.exit_code == 0, result.output
    return result


def settings_of(unit: str) -> list[tuple[str, str]]:
    """Section and assignment of each line, comments left out."""
    section, found = "", []
    for line in unit.splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif line and not line.startswith("#"):
            found.append((section, line))
    return found


def words_of(unit: str, name: str) -> list[str]:
    """A setting's words as systemd takes them: unquoted, `%%` and `$$` made one; nothing else is special in them."""
    (value,) = [line.partition("=")[2] for _, line in settings_of(unit) if line.startswith(f"{name}=")]
    assert not set("%$\\") & set(re.sub(r'%%|\$\$|\\\\|\\"', "", value))
    return [word.replace("%%", "%").replace("$$", "$") for word in shlex.split(value)]


def test_it_follows_the_logs_that_are_named() -> None:
    unit = run("/var/log/smtp.log", "/var/log/smtp").stdout

    assert words_of(unit, "ExecStart") == [
        "/opt/utm-shipper/bin/utm-shipper", "ship", "--follow", "/var/log/smtp.log", "/var/log/smtp",
    ]  # fmt: skip
    assert [line for _, line in settings_of(unit) if line.startswith("Environment")] == [
        "Environment=UTM_SHIPPER_CONFIG=/etc/utm-shipper/config.yaml",
        "Environment=UTM_SHIPPER_STATE=/var/lib/utm-shipper",
        "EnvironmentFile=-/etc/utm-shipper/secrets",
    ]
    assert re.findall(r"@[A-Z_]+@", unit) == []


def test_without_a_log_it_follows_what_was_received() -> None:
    assert words_of(run().stdout, "ExecStart") == ["/opt/utm-shipper/bin/utm-shipper", "ship", "--follow"]


def test_the_listener_differs_in_what_it_runs_and_may_open_low_ports() -> None:
    follow, listen = settings_of(run().stdout), settings_of(run("--listen").stdout)

    assert [line for line in listen if line not in follow] == [
        ("Unit", "Description=Receives Sophos UTM mail logs by syslog (utm-shipper)"),
        ("Service", "ExecStart=/opt/utm-shipper/bin/utm-shipper listen"),
        ("Service", "CapabilityBoundingSet=CAP_NET_BIND_SERVICE"),
        ("Service", "AmbientCapabilities=CAP_NET_BIND_SERVICE"),
    ]
    assert [line for line in follow if line not in listen] == [
        ("Unit", "Description=Sophos UTM mail logs into OpenSearch or Elasticsearch (utm-shipper)"),
        ("Service", "ExecStart=/opt/utm-shipper/bin/utm-shipper ship --follow"),
        ("Service", "CapabilityBoundingSet="),
        ("Service", "AmbientCapabilities="),
    ]


@pytest.mark.parametrize("name", ["a b", 'a"b', "100%h", "$HOME", "back\\slash", "plain-1.log", "semi;colon", "ümlaut"])
def test_any_path_reaches_the_program_as_it_is(name: str) -> None:
    unit = run(f"/srv/{name}", "--config", f"/srv/{name}.yaml").stdout

    assert words_of(unit, "ExecStart")[3:] == [f"/srv/{name}"]
    variable = next(line for _, line in settings_of(unit) if "UTM_SHIPPER_CONFIG" in line)
    assert words_of(f"{variable.replace('$', '$$')}", "Environment") == [f"UTM_SHIPPER_CONFIG=/srv/{name}.yaml"]


def test_a_relative_path_is_made_absolute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/usr")

    assert words_of(run("smtp.log").stdout, "ExecStart")[3:] == ["/usr/smtp.log"]


def test_what_the_service_would_not_see_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    at_home = Path("/home", "ann", "venv", "bin")
    monkeypatch.setattr(sys, "executable", str(at_home / "python"))
    monkeypatch.setattr(sys, "base_prefix", "/run/user/0/python")
    result = run("/var/log/smtp.log", "/tmp/other.log", "--config", "/var/tmp/config.yaml")

    hidden = (at_home / "utm-shipper", "/run/user/0/python", "/var/tmp/config.yaml", "/tmp/other.log")
    assert result.stderr == "".join(
        f"utm-shipper: warning: the service will not see {path}: move it, or change ProtectHome= and PrivateTmp=\n"
        for path in hidden
    )


def test_an_installation_without_its_script_is_called_as_a_module(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "exists", lambda path: False)

    assert words_of(run().stdout, "ExecStart") == ["/opt/utm-shipper/bin/python", "-m", "shipper", "ship", "--follow"]


def test_the_listener_takes_no_logs() -> None:
    result = CliRunner().invoke(main, ["systemd-unit", "--listen", "/var/log/smtp.log"])

    assert (result.exit_code, result.stdout) == (2, "")
