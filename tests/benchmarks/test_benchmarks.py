"""The benchmarks run: what they measure is looked at by people, not asserted."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from shipper.errors import ShipperError
from shipper.retrieval.fields import values_at
from tests.benchmarks import eximstats
from tests.benchmarks.log import StressLog
from tests.benchmarks.variety import HOSTS
from tests.comparison import Document
from tests.pipeline.running import Result
from tests.pipeline.running import run as parsed

PARTS = [
    "prefix.match + kind.match, nothing else",
    "read + parse",
    "read + parse + join",
    "... + put aside, message documents (parse --emit messages)",
    "... + both documents, serialised (parse --emit all)",
]
SMALL = ["--lines", "1500", "--block", "60", "--rounds", "1"]


def run(*arguments: str) -> str:
    command = [sys.executable, "-m", "tests.benchmarks", *SMALL, *arguments]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout


def test_every_part_is_measured() -> None:
    found = json.loads(run("--json", "--memory", "300"))

    assert [part["what"] for part in found["speed"]] == PARTS
    assert found["speed"][0]["ratio"] == 1
    assert all(part["lines_per_second"] > 0 for part in found["speed"])
    assert (found["lines"], found["memory"]["lines"]) == (1500, 300)
    assert found["memory"]["ratio"] == found["memory"]["ten_times"] / found["memory"]["once"]


@pytest.mark.soak
@pytest.mark.cluster
def test_the_table_with_an_embedded_node() -> None:
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in run("--cluster", "--only").splitlines()[2:]]

    assert rows[0] == ["what", "figure", "ratio"]
    assert [row[0] for row in rows[2:]] == [
        "prepared bodies to an embedded node",
        "ship to an embedded node",
        "ship: the node's processor time",
        "ship: its own processor time",
        "the log on the disk",
        "events and messages, merged",
        "... of which the events",
    ]
    assert rows[3][1].endswith(" documents/s")
    assert all(float(row[2]) > 0 for row in rows[2:])


@pytest.mark.soak
@pytest.mark.cluster
def test_each_line_that_is_followed_is_found() -> None:
    found = json.loads(run("--follow", "3", "--only", "--json"))["follow"]

    assert len(found["seconds"]) == 3
    assert (found["median"], found["worst"]) == (sorted(found["seconds"])[1], max(found["seconds"]))


def test_the_profile_accounts_for_all_looks() -> None:
    profile = json.loads(run("--profile", "--only", "--json"))["profile"]

    assert round(sum(step["share"] for step in profile["steps"]), 6) == 1
    assert {"parse", "pipeline", "correlate", "documents"} <= {step["where"] for step in profile["steps"]}


def test_eximstats_is_looked_for_and_how_to_get_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ShipperError, match="apt-get download exim4-base"):
        eximstats.program()


def test_eximstats_gets_the_lines_of_exim_only_without_the_prefix(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "eximstats"
    program.write_text('#!/bin/sh\nexec cp "$1" "$(dirname "$0")/read"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    log = tmp_path / "smtp.log"
    log.write_bytes(
        b"2019:06:10-02:00:00 utm exim-in[9]: 2019-06-10 02:00:00 1haLqi-0002Mp-2G <= a@example.net S=1\n"
        b"2019:06:10-02:00:01 utm smtpd[8]: QMGR[8]: 1haLqi-0002Mp-2G moved to work queue\n"
        b"2019:06:10-02:00:01 utm exim-out[7]: 2019-06-10 02:00:01 [1/2] 1haLqi-0002Mp-2G == b@example.com\n"
        b"2019:06:10-02:00:02 utm exim-out[7]: 2019-06-10 02:00:02 1haLqi-0002Mp-2G Completed\n"
    )
    found = eximstats.measure(log, tmp_path, ["parse", "--emit", "messages"], 1)

    assert (tmp_path / "read").read_bytes() == (
        b"2019-06-10 02:00:00 1haLqi-0002Mp-2G <= a@example.net S=1\n2019-06-10 02:00:02 1haLqi-0002Mp-2G Completed\n"
    )
    assert (found.lines, found.main_lines, found.command) == (4, 2, "parse --emit messages")
    assert found.ratio == found.eximstats_seconds / found.our_seconds


def test_a_long_log_is_not_one_block_over_and_over(tmp_path: Path) -> None:
    """Each repetition has the same fates, and other senders, sizes, Message-IDs and subjects, at another gateway."""
    log = StressLog(messages=200)
    block = log.lines_of_a_block
    result = parsed(log.write(tmp_path / "smtp.log", 3 * block))

    assert Counter(event["host"]["name"] for event in result.events) == dict.fromkeys(map(bytes.decode, HOSTS), block)
    assert [event for event in result.events if event["event"]["action"] == "unrecognized"] == []
    assert Counter(message["sophos"]["utm"]["status"] for message in result.messages) == {
        status: 3 * count for status, count in log.statuses.items()
    }
    for path, least in VARIED.items():
        found = [{value for message in of for value in values_at(message, path)} for of in by_host(result).values()]
        assert len(set.union(*found)) >= least * max(map(len, found)), path


VARIED = {
    "email.sender.address": 1.8,
    "email.subject": 1.8,
    "email.message_id": 2.2,
    "sophos.utm.size.received": 2.8,
}
"""Field -> how many times the values of one repetition all three have: reserved addresses and hostile texts stay."""


def by_host(result: Result) -> dict[str, list[Document]]:
    found = defaultdict(list)
    for message in result.messages:
        found[message["host"]["name"]].append(message)
    return found
