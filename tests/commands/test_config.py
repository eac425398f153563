"""`config show`, and through it how options, variables and the file reach every subcommand."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from shipper.commands import main
from shipper.settings import describe, load


@pytest.fixture(autouse=True)
def _clean_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in list(os.environ):
        if name.startswith(("UTM_SHIPPER_", "XDG_")):
            monkeypatch.delenv(name)


def _run(*arguments: str, **environment: str) -> Result:
    return CliRunner().invoke(main, arguments, env=environment)


def _file(folder: Path, name: str, text: str) -> str:
    (folder / name).write_text(text)
    return str(folder / name)


def test_show_prints_what_the_settings_describe() -> None:
    result = _run("config", "show")

    assert (result.exit_code, result.stdout, result.stderr) == (0, describe(load(None, {}, {})), "")


def test_the_shared_options_become_settings(tmp_path: Path) -> None:
    file = _file(tmp_path, "settings.yaml", "host: file\nindex: {prefix: mail}\n")
    options = ("--url", "http://a:1,http://b:2", "--state", "s", "--formats", "f", "--formats", "g", "--zone", "UTC")
    tls = ("--policy", "own", "--policies", "p", "--policies", "q")

    result = _run(
        "config", "show", "--config", file, *options, *tls, "--host", "utm", UTM_SHIPPER_URL="http://environment"
    )

    environ = {"UTM_SHIPPER_URL": "http://environment"}
    overrides = {"url": ["http://a:1", "http://b:2"], "state": "s", "formats": ["f", "g"], "zone": "UTC", "host": "utm"}
    overrides |= {"tls.policy": "own", "tls.policies": ["p", "q"]}
    assert (result.exit_code, result.stdout) == (0, describe(load(Path(file), environ, overrides)))


def test_the_settings_file_is_the_commands_else_the_programs_else_the_variables(tmp_path: Path) -> None:
    one, two, three = (_file(tmp_path, name, f"host: {name}") for name in ("one", "two", "three"))

    results = [
        _run("--config", two, "config", "show", "--config", one, UTM_SHIPPER_CONFIG=three),
        _run("--config", two, "config", "show", UTM_SHIPPER_CONFIG=three),
        _run("config", "show", UTM_SHIPPER_CONFIG=three),
    ]

    assert [yaml.safe_load(result.stdout)["host"] for result in results] == ["one", "two", "three"]


def test_a_wrong_setting_is_one_line_and_exit_code_2() -> None:
    result = _run("config", "show", UTM_SHIPPER_HSOT="x")

    assert (result.exit_code, result.stdout, result.stderr) == (
        2,
        "",
        "utm-shipper: error: the environment variable UTM_SHIPPER_HSOT is not a setting; "
        "did you mean UTM_SHIPPER_HOST?\n",
    )


def test_secrets_are_masked() -> None:
    result = _run("config", "show", UTM_SHIPPER_CLUSTER_API_KEY="hush")

    assert yaml.safe_load(result.stdout)["cluster"]["api_key"] == "********"
    assert "hush" not in result.output
