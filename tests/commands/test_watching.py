"""Who watches a following shipper hears all of it: the log, systemd on a real socket, Prometheus by a real scrape."""

from __future__ import annotations

import json
import re
import socket
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from shipper.commands.talk import speak
from shipper.commands.watching import watching
from shipper.errors import ListenError
from shipper.pipeline.balance import Balance
from shipper.pipeline.rounds import Round, SourceProgress
from shipper.setting_sections import MetricsSettings
from shipper.settings import Settings
from shipper.sinks.bulk_settings import BulkCounts
from tests.commands.test_metrics import free_place

ROUND = Round(
    balance=Balance(lines=1200, events=1190, ignored=8, dead_letters=2),
    counts=BulkCounts(created=1190),
    sources=(SourceProgress("smtp.log", 500), SourceProgress("smtp.log.1.gz"), SourceProgress("other.log", 7000)),
    open_messages=1001,
    dead_letters=3,
)


@pytest.fixture(autouse=True)
def _as_usual() -> Iterator[None]:
    yield
    speak()


@pytest.fixture
def systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "notify"))
        listener.settimeout(5)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        yield listener


def test_all_of_them_hear_it(systemd: socket.socket, capsys: pytest.CaptureFixture[str]) -> None:
    place = free_place()
    speak("json", "debug")
    with watching(Settings(metrics=MetricsSettings(place))) as watcher:
        watcher.ready("following 3 logs")
        watcher.round_done(ROUND)
        watcher.idle()
        watcher.trouble("no answer for 30 s")
        watcher.round_done(ROUND)
        watcher.stopping()
        page = urllib.request.urlopen(f"http://127.0.0.1:{place[1]}/metrics", timeout=10).read().decode()

    status = "3 logs, 7,500 bytes behind; 1,001 open messages; 3 dead letters"
    said = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    stored = {"lines": 1200, "events": 1190, "repeated": 0, "ignored": 8, "dead_letters": 2, "unrecognized": 0}
    assert [systemd.recv(4096).decode() for _ in range(6)] == [
        "READY=1\nSTATUS=following 3 logs",
        f"WATCHDOG=1\nSTATUS=1,200 lines stored; {status}",
        "WATCHDOG=1",
        "WATCHDOG=1\nSTATUS=no answer for 30 s",
        f"WATCHDOG=1\nSTATUS=2,400 lines stored; {status}",
        "STOPPING=1",
    ]
    assert [(line["level"], line["message"].split(":")[0]) for line in said] == [
        ("info", "following 3 logs"),
        ("debug", "stored"),
        ("warning", "no answer for 30 s"),
        ("debug", "stored"),
        ("info", "ending"),
    ]
    assert {name: value for name, value in said[1].items() if name not in ("time", "level", "message")} == {
        **stored,
        "messages": 0,
    }
    assert re.findall(r"^utm_shipper_(lines_read_total|rounds_total|cluster_troubles_total) (\S+)", page, re.M) == [
        ("lines_read_total", "2400.0"),
        ("cluster_troubles_total", "1.0"),
        ("rounds_total", "2.0"),
    ]


def test_rounds_are_told_to_who_debugs_only(capsys: pytest.CaptureFixture[str]) -> None:
    with watching(Settings()) as watcher:
        watcher.ready("following 3 logs")
        watcher.round_done(ROUND)
        watcher.idle()
        watcher.trouble("no answer for 30 s")
        watcher.stopping()

    assert capsys.readouterr().err == (
        "utm-shipper: following 3 logs\n"
        "utm-shipper: warning: no answer for 30 s\n"
        "utm-shipper: ending: what was read is being stored\n"
    )


def test_a_port_that_is_taken_ends_it_before_it_begins() -> None:
    place = free_place()
    with socket.create_server(place), pytest.raises(ListenError), watching(Settings(metrics=MetricsSettings(place))):
        raise AssertionError("it began")
