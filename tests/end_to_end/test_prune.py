"""`utm-shipper prune`: nothing goes without being asked for, only what is older goes, and logs bring it back."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from shipper.commands import main
from shipper.commands import prune as command
from tests.end_to_end.node import Place, assert_same, assert_well, without_place
from tests.end_to_end.traffic import several_days, write_daily

pytestmark = pytest.mark.cluster

DAYS = ("2019.06.10", "2019.06.11", "2019.06.12")
OLD = ("prune", "--keep", "10d", "--as-of", "2019-06-22")
"""What ended on 12 June or before is older then: the first two days."""


def ship_days(place: Place, folder: Path) -> list[Path]:
    """Logs of some days, shipped into indices of a day each, beside those of a prefix that begins alike."""
    place.environment = {"UTM_SHIPPER_INDEX_GRANULARITY": "day"}
    paths = write_daily(several_days(), folder / "log")
    place.ship(*paths)
    place.node.ask("PUT", f"/{place.prefix}-test-events-2019.06.10")
    return paths


@pytest.fixture
def days(simple: Place) -> Place:
    """Indices of the same names without documents."""
    for kind in ("events", "messages", "test-events"):
        for day in DAYS:
            simple.node.ask("PUT", f"/{simple.prefix}-{kind}-{day}")
    return simple


def indices(place: Place) -> list[str]:
    return [name.removeprefix(f"{place.prefix}-") for name in place.node.indices(place.prefix)]


def listed(result: Result) -> list[list[str]]:
    return [line.split("\t") for line in result.stdout.splitlines()]


def test_old_indices_are_listed_and_then_deleted(place: Place, tmp_path: Path) -> None:
    ship_days(place, tmp_path)
    before, stored = indices(place), {kind: place.stored(kind) for kind in ("events", "messages")}
    assert set(DAYS) <= {name.split("-")[-1] for name in before}
    old = [f"{kind}-{day}" for day in DAYS[:2] for kind in ("events", "messages")]

    asked = assert_well(place.run(*OLD))

    rows = listed(asked)
    assert [row[0] for row in rows] == [f"{place.prefix}-{name}" for name in old]
    assert [row[1:3] for row in rows] == [[day.replace(".", "-")] * 2 for day in DAYS[:2] for _ in range(2)]
    counts = [
        sum(index == f"{place.prefix}-{name}" for index, _ in stored[name.split("-")[0]].documents) for name in old
    ]
    assert [row[3] for row in rows] == [f"{count:,}" for count in counts]
    assert all(re.fullmatch("[0-9,]+", row[4]) and row[5] == "" for row in rows)
    words = rf"4 indices with {sum(counts):,} documents \([0-9,]+ bytes\) at {place.node.url}"
    assert re.fullmatch(rf"utm-shipper: nothing was deleted: --yes deletes {words}\n", asked.stderr)
    assert indices(place) == before

    deleted = assert_well(place.run(*OLD, "--yes"))

    assert deleted.stdout == asked.stdout
    assert deleted.stderr.splitlines() == [f"utm-shipper: deleted {place.prefix}-{name}" for name in old]
    assert indices(place) == [name for name in before if name not in old]
    nothing = f"utm-shipper: no index of {place.prefix} is older than that at {place.node.url}\n"
    assert (place.run(*OLD, "--yes").stdout, place.run(*OLD).stderr) == ("", nothing)


@pytest.mark.parametrize("state", ["state", "new"])
def test_what_was_pruned_comes_back_with_its_logs(simple: Place, tmp_path: Path, state: str) -> None:
    place, logs = simple, ship_days(simple, tmp_path)
    assert_well(place.run(*OLD, "--yes"))
    place.ship(*logs, state=state)
    events, messages = place.parsed(*logs)
    place.node.ask("DELETE", f"/{place.prefix}-test-events-2019.06.10")
    assert without_place(place.stored("events")) == without_place(events)
    assert_same(messages, place.stored("messages"))


MAIL = """\
2019:06:10-11:04:41 utm exim-in[9103]: 2019-06-10 11:04:41 1haLqi-0002Mp-2G <= a@example.net H=mx.example.net [192.0.2.10]:53500 P=esmtps S=67579 id=4711@example.net
2019:06:10-11:04:43 utm smtpd[9095]: SCANNER[9095]: 1haLql-0002Mh-MA <= a@example.net R=1haLqi-0002Mp-2G P=INPUT S=63168
2019:06:12-11:04:44 utm exim-out[9113]: 2019-06-12 11:04:44 1haLql-0002Mh-MA => b@example.com P=<a@example.net> R=static_route_hostlist T=static_smtp H=mail.example.com [198.51.100.20]:25 C="250 2.6.0 Queued mail for delivery"
"""  # noqa: E501


def test_a_late_line_brings_its_message_back(simple: Place, tmp_path: Path) -> None:
    whole, early, late = (tmp_path / f"{name}.log" for name in ("whole", "early", "late"))
    lines = MAIL.splitlines(keepends=True)
    for path, some in ((whole, lines), (early, lines[:2]), (late, lines[2:])):
        path.write_text("".join(some))
    simple.ship(early)
    assert_well(simple.run("prune", "--keep", "1d", "--yes"))
    assert indices(simple) == []
    simple.ship(late)
    events, messages = simple.parsed(whole)
    assert len(simple.stored("events")) == 1
    assert without_place(simple.stored("events")).items() <= without_place(events).items()
    assert_same(messages, simple.stored("messages"))


def test_lines_for_a_shorter_time(days: Place) -> None:
    before = indices(days)
    assert_well(days.run("prune", "--keep", "400d", "--events", "10d", "--as-of", "2019-06-22", "--yes"))
    assert indices(days) == [name for name in before if name not in ("events-2019.06.10", "events-2019.06.11")]


@pytest.mark.parametrize(("answer", "goes"), [("y\n", True), ("n\n", False), ("\n", False)])
def test_on_a_terminal_it_asks(days: Place, monkeypatch: pytest.MonkeyPatch, answer: str, goes: bool) -> None:
    before = indices(days)
    monkeypatch.setattr(command, "is_terminal", lambda: True)
    result = assert_well(days.run(*OLD, given=answer.encode()))
    assert re.match(r"Delete 4 indices with 0 documents .* for good\? \[y/N\]: ", result.stderr)
    assert len(indices(days)) == len(before) - (4 if goes else 0)
    assert result.stderr.endswith("nothing was deleted\n") is not goes


def test_by_now_all_of_it_is_old(days: Place) -> None:
    """The clock of this machine; on a day to come even more would be old, but only a list can be had of that."""
    before = indices(days)
    tomorrow = f"{datetime.now(UTC) + timedelta(days=1):%Y-%m-%d}"
    ahead = assert_well(days.run("prune", "--keep", "400d", "--as-of", tomorrow, "--yes"))
    assert (len(listed(ahead)), indices(days)) == (6, before)
    assert ahead.stderr.startswith("utm-shipper: that day is still to come: ")
    assert assert_well(days.run("prune", "--keep", "11000d", "--yes")).stdout == ""
    assert_well(days.run("prune", "--keep", "400d", "--yes"))
    assert indices(days) == [f"test-events-{day}" for day in DAYS]


WRONG = [
    ([], "Missing option '--keep'"),
    (["--keep", "400 days"], "'400 days' is not a time such as"),
    (["--keep", "0"], "'0' is not a time such as"),
    (["--keep", "1d", "--events", "x"], "'x' is not a time such as"),
    (["--keep", "1d", "--as-of", "2019"], "'2019' does not match the format"),
]


@pytest.mark.parametrize(("arguments", "words"), WRONG)
def test_what_is_asked_for_must_be_clear(arguments: list[str], words: str) -> None:
    result = CliRunner().invoke(main, ["prune", "--url", "http://127.0.0.1:1", *arguments])
    assert (result.exit_code, result.stdout) == (2, "")
    assert words in result.stderr


def test_a_cluster_that_cannot_be_reached() -> None:
    result = CliRunner().invoke(main, ["prune", "--url", "http://127.0.0.1:1", "--keep", "1d", "--yes"])
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (5, "", 1)
