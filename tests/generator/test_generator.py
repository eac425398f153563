"""Holds the generator to the facts of the format, without the program that is tested with it."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from datetime import UTC, datetime

import pytest

from tests.generator import ACTIONS, SCENARIOS, generate
from tests.generator.dialects import DIALECTS
from tests.generator.ids import decode
from tests.generator.model import Traffic

START = datetime(2019, 6, 10, 10, tzinfo=UTC)
STAMP = rb"^\d{4}:\d\d:\d\d-\d\d:\d\d:\d\d utm "
ID = re.compile(STAMP + rb"(?:exim\S*: \d{4}-\d\d-\d\d \d\d:\d\d:\d\d|smtpd\S+: SCANNER\S+:) (\S+) <=")


@pytest.fixture(scope="module", params=sorted(DIALECTS))
def traffic(request: pytest.FixtureRequest) -> Traffic:
    return generate(7, messages=600, start=START, dialect=request.param)


def test_ids_hold_the_time_and_the_pid_of_their_maker(traffic: Traffic) -> None:
    seen = 0
    for line in traffic.lines:
        made = ID.match(line.text)
        if made and line.action in ("message-received", "scan-started", "bounce-created"):
            second, pid = decode(made[1].decode())
            assert pid == line.pid
            assert 0 <= line.utc - second <= 600
            seen += 1
    assert seen > 400


def test_time_and_pids_run_in_order(traffic: Traffic) -> None:
    times = [line.at for line in traffic.lines]
    assert times == sorted(times)
    assert all(line.utc == int(line.at) for line in traffic.lines if line.text)


def test_ids_are_unique(traffic: Traffic) -> None:
    owners = defaultdict(set)
    for number, document in enumerate(traffic.messages):
        for queue_id in document["sophos"]["utm"].get("queue_ids", ()):
            owners[queue_id].add(number)
    assert all(len(numbers) == 1 for numbers in owners.values())


def test_every_scenario_yields_what_it_says(traffic: Traffic) -> None:
    made = Counter(traffic.scenarios)
    played = {line.shape for line in traffic.lines}
    assert all((name in made) == SCENARIOS[name].documents for name in played)


def test_counts_and_times_follow_from_the_lines(traffic: Traffic) -> None:
    for position, document in enumerate(traffic.messages[:100]):
        lines = traffic.lines_of(position)
        assert document["sophos"]["utm"]["event_count"] == len(lines)
        span = max(line.utc for line in lines) - min(line.utc for line in lines)
        assert document["event"]["duration"] == span * 1_000_000_000


def test_same_arguments_same_log() -> None:
    first, second = (generate(3, messages=150, start=START) for _ in range(2))
    assert first.text == second.text
    assert first.messages == second.messages


def test_actions_are_of_the_closed_list(traffic: Traffic) -> None:
    assert {line.action for line in traffic.lines} <= ACTIONS | {"ignored"}
