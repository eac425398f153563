"""Holds the generator to the facts of the format, without the program that is tested with it."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest

from tests.generator import ACTIONS, FORMS, SCENARIOS, Stress, cut, generate, interleave, merge, render, stream
from tests.generator.archive import write_archive
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


def test_every_action_and_status_is_shown() -> None:
    shown: set[str] = set()
    statuses: set[str] = set()
    for dialect in DIALECTS:
        log = generate(1, messages=500, start=START, dialect=dialect)
        shown |= {line.action for line in log.lines}
        statuses |= {document["sophos"]["utm"]["status"] for document in log.messages}
    assert shown == ACTIONS | {"ignored"}
    assert statuses == {
        "rejected", "temporarily_rejected", "abandoned", "quarantined", "discarded", "delivered",
        "partially_delivered", "failed", "deferred", "in_progress",
    }  # fmt: skip


def test_every_scenario_is_in_a_small_log() -> None:
    for dialect in DIALECTS:
        wanted = {name for name, scenario in SCENARIOS.items() if dialect in scenario.dialects}
        log = generate(2, messages=len(wanted), start=START, dialect=dialect)
        assert {line.shape for line in log.lines} == wanted


def test_pieces_of_an_entry_have_no_more_than_870_bytes(traffic: Traffic) -> None:
    marker = re.compile(STAMP + rb"\S+: \[\d+[/\\]\d+\] ")
    pieces = [line.text[found.end() :] for line in traffic.lines if (found := marker.match(line.text))]
    assert max(len(piece) for piece in pieces) == 870
    assert all(len(line.text) < 960 for line in traffic.lines if line.process.startswith("exim"))


@pytest.mark.parametrize(
    ("start", "steps"),
    [
        (datetime(2019, 3, 31, 0, 30, tzinfo=UTC), [b"01:59", b"03:00"]),
        (datetime(2019, 10, 27, 0, 30, tzinfo=UTC), [b"02:59", b"02:00"]),
        (datetime(2019, 12, 31, 22, 30, tzinfo=UTC), [b"23:59", b"00:00"]),
    ],
)
def test_local_stamps_follow_the_clock_change(start: datetime, steps: list[bytes]) -> None:
    log = generate(4, messages=500, start=start, rate=10)
    minutes = [line.text[11:16] for line in log.lines if line.text]
    assert any([before, after] == steps for before, after in pairwise(minutes))


def test_prefix_forms() -> None:
    log = generate(5, messages=1, start=START, scenarios=["delivered"])
    first = {form: render(log.lines, form)[0] for form in FORMS}
    assert first["P1"].startswith(b"2019:06:10-12:00:")
    assert first["P2"].startswith(b"<22>2019:06:10-12:00:")
    assert re.match(rb"Jun 10 12:00:\d\d 192\.0\.2\.1 2019: 06:10-12:00:\d\d utm exim-in\[", first["P3"])
    assert first["P4"].startswith(b"06:10-12:00:")
    assert re.match(rb"\S+ exim-in\[\d+\]: 2019-06-10", first["P5"])
    assert re.match(rb"\S+ utm exim-in: 2019-06-10", first["P6"])


def test_cutting_loses_nothing(traffic: Traffic) -> None:
    data = traffic.text
    assert b"".join(cut(data, [1, 17, 40_000])) == data
    assert [line for part in cut(traffic.lines, [3, 99]) for line in part] == traffic.lines


def test_interleaving_keeps_each_process_in_order(traffic: Traffic) -> None:
    other = interleave(traffic.lines, 1)
    assert [line.text for line in other] != [line.text for line in traffic.lines]
    for lines in (other, traffic.lines):
        assert [line.utc for line in lines] == [line.utc for line in traffic.lines]
    orders = []
    for lines in (other, traffic.lines):
        by_process = defaultdict(list)
        for line in lines:
            by_process[line.process, line.pid].append(line.text)
        orders.append(by_process)
    assert orders[0] == orders[1]


def test_two_hosts_share_ids_but_no_messages() -> None:
    logs = [generate(6, messages=80, start=START, host=host) for host in ("utm", "utm2")]
    both = merge(*logs)
    assert len(both.messages) == len(set(both.keys)) == 2 * len(logs[0].messages)
    ids = Counter(document["email"]["local_id"] for document in both.messages if "local_id" in document["email"])
    assert set(ids.values()) == {2}
    for position, document in enumerate(both.messages):
        assert {line.host for line in both.lines_of(position)} == {document["host"]["name"]}


def test_archive(tmp_path: Path) -> None:
    truth = tmp_path / "truth.ndjson"
    files = write_archive(stream(8, messages=300, start=START, rate=0.1), tmp_path / "log", truth)
    assert files[0] == tmp_path / "log/2019/06/smtp-2019-06-10.log.gz"
    assert files[-1] == tmp_path / "log/smtp.log"
    assert len(truth.read_text(encoding="utf-8").splitlines()) >= 300


def test_stress_repeats_a_block_at_other_times() -> None:
    stress = Stress(9, START, messages=200)
    block = len(stress.block.lines)
    lines = list(stress.lines(2 * block))
    assert lines[:block] == [line.text for line in stress.block.lines]
    assert len({line[:19] for line in lines[:block]} & {line[:19] for line in lines[block:]}) == 0
    first, second = (ID.match(next(x for x in part if b" <= " in x and ID.match(x))) for part in cut(lines, [block]))
    assert first
    assert second
    assert decode(second[1].decode())[0] - decode(first[1].decode())[0] == stress.span
