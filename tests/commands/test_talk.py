"""What is said on standard error: text for people, JSON for machines, and never a secret."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from shipper.commands import main
from shipper.commands.talk import Level, say, speak

LOG = (
    "2019:06:10-11:04:41 utm exim-in[9103]: 2019-06-10 11:04:41 1haLqi-0002Mp-2G <= alice@example.net"
    " H=mx.example.net [192.0.2.10]:53500 P=esmtps S=67579 id=4711@example.net\n"
)
LEVELS: tuple[Level, ...] = ("debug", "info", "warning", "error")
NOBODY = "http://127.0.0.1:9"


@pytest.fixture(autouse=True)
def _as_usual() -> Iterator[None]:
    yield
    speak()


def _run(*arguments: str, given: str | None = None, **environment: str) -> Result:
    return CliRunner().invoke(main, arguments, input=given, env=environment)


def _spoken(errors: str) -> list[dict[str, Any]]:
    """The lines as JSON, without their times, which are checked."""
    lines = [json.loads(line) for line in errors.splitlines()]
    for line in lines:
        time = line.pop("time")
        assert time.endswith("Z")
        assert abs(datetime.now(UTC) - datetime.fromisoformat(time)) < timedelta(minutes=5)
    return lines


def test_text_is_one_line_with_its_level_unless_it_is_information(capsys: pytest.CaptureFixture[str]) -> None:
    speak("text", "debug")
    for level in LEVELS:
        say("a\nlog\x1b[31m\udcff", level, source="smtp.log")
    say("warning: by its words")

    assert capsys.readouterr() == (
        "",
        "utm-shipper: debug: a log [31m \n"
        "utm-shipper: a log [31m \n"
        "utm-shipper: warning: a log [31m \n"
        "utm-shipper: error: a log [31m \n"
        "utm-shipper: warning: by its words\n",
    )


def test_json_is_one_object_a_line_with_the_facts(capsys: pytest.CaptureFixture[str]) -> None:
    speak("json", "debug")
    say('2 "lines"\nread', source="smtp.log", lines=2, offset=None)
    say("warning: by its words", seconds=0.5)
    say("warning: as told", "error")

    assert _spoken(capsys.readouterr().err) == [
        {"level": "info", "message": '2 "lines" read', "source": "smtp.log", "lines": 2},
        {"level": "warning", "message": "by its words", "seconds": 0.5},
        {"level": "error", "message": "warning: as told"},
    ]


@pytest.mark.parametrize("least", LEVELS)
def test_what_is_below_the_level_is_not_said(least: Level, capsys: pytest.CaptureFixture[str]) -> None:
    speak("json", least)
    for level in LEVELS:
        say("words", level)

    assert [line["level"] for line in _spoken(capsys.readouterr().err)] == list(LEVELS[LEVELS.index(least) :])


def test_a_command_speaks_as_its_settings_say() -> None:
    result = _run("parse", "-", given=LOG, UTM_SHIPPER_LOG_FORMAT="json")
    balance, clock = _spoken(result.stderr)

    assert json.loads(result.stdout)["email"]["local_id"] == "1haLqi-0002Mp-2G"
    assert balance == {
        "level": "info",
        "message": "1 lines read = 1 events + 0 ignored by rule + 0 dead letters; 0 of the events unrecognized,"
        " 0 read more than once; 1 messages",
        "lines": 1,
        "events": 1,
        "repeated": 0,
        "ignored": 0,
        "dead_letters": 0,
        "unrecognized": 0,
        "messages": 1,
    }
    assert clock["message"] == "utm: UTC-04:00 from queue ids (1 lines)"


def test_the_next_command_of_the_same_process_speaks_as_usual() -> None:
    _run("parse", "-", given=LOG, UTM_SHIPPER_LOG_FORMAT="json", UTM_SHIPPER_LOG_LEVEL="error")
    result = _run("config", "show", UTM_SHIPPER_HSOT="x")

    assert result.stderr.startswith("utm-shipper: error: the environment variable UTM_SHIPPER_HSOT is not a setting; ")


def test_an_error_is_json_too_with_its_exit_code(tmp_path: Path) -> None:
    result = _run("parse", str(tmp_path / "nothing"), UTM_SHIPPER_LOG_FORMAT="json", UTM_SHIPPER_LOG_LEVEL="error")

    assert (result.exit_code, result.stdout) == (3, "")
    assert _spoken(result.stderr) == [
        {
            "level": "error",
            "message": f"no such file or folder: {tmp_path / 'nothing'}; check the path",
            "exit_code": 3,
        }
    ]


SECRETS = {
    "a password": {"UTM_SHIPPER_CLUSTER_USERNAME": "shipper", "UTM_SHIPPER_CLUSTER_PASSWORD": "hush-hush"},
    "a key": {"UTM_SHIPPER_CLUSTER_API_KEY": "hush-hush"},
    "a broken key": {"UTM_SHIPPER_CLUSTER_API_KEY": "hush-hush\nx"},
    "a key of two parts": {"UTM_SHIPPER_CLUSTER_API_KEY": "key:hush-hush"},
    "a password in the URL": {"UTM_SHIPPER_URL": "http://shipper:hush-hush@127.0.0.1:9"},
    "a password with a slash": {"UTM_SHIPPER_URL": "http://shipper:hush/hush-hush@127.0.0.1:9"},
    "both": {"UTM_SHIPPER_CLUSTER_PASSWORD": "hush-hush", "UTM_SHIPPER_CLUSTER_API_KEY": "hush-hush"},
    "of Dashboards": {"UTM_SHIPPER_DASHBOARDS_USERNAME": "x", "UTM_SHIPPER_DASHBOARDS_PASSWORD": "hush-hush"},
}


@pytest.mark.parametrize("format", ["text", "json"])
@pytest.mark.parametrize("given", SECRETS)
@pytest.mark.parametrize(
    "arguments",
    [["config", "show"], ["setup"], ["ship", "LOG"], ["ship", "--follow", "LOG"], ["doctor"]],
    ids=" ".join,
)
def test_no_secret_is_said(arguments: list[str], given: str, format: str, tmp_path: Path) -> None:
    log = tmp_path / "smtp.log"
    log.write_text(LOG)
    environment = {
        "UTM_SHIPPER_URL": NOBODY,
        "UTM_SHIPPER_STATE": str(tmp_path / "state"),
        "UTM_SHIPPER_LOG_FORMAT": format,
        "UTM_SHIPPER_LOG_LEVEL": "debug",
        "UTM_SHIPPER_BULK_GIVE_UP_AFTER": "0.1",
        **SECRETS[given],
    }

    result = _run(*(str(log) if argument == "LOG" else argument for argument in arguments), **environment)

    encoded = (
        "aHVzaC1odXNo",
        "a2V5Omh1c2gtaHVza",
        "c2hpcHBlcjpodXNoLWh1c2",
    )  # as base64 of the key or of user and password
    assert "hush" not in result.output
    assert not any(beginning in result.output for beginning in encoded)
    assert result.exit_code in {"config": (0, 2), "doctor": (2, 10)}.get(arguments[0], (2, 5))
    assert "Traceback" not in result.output
