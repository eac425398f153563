"""`ship --dry-run`: what is printed, and that neither a cluster nor a state is touched."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from shipper.commands import main
from shipper.pipeline.sampling import Extent
from tests.generator import archive_traffic, generate
from tests.generator.archive import write_days, write_months
from tests.nodes.process import free_port

START = datetime(2019, 6, 10, 8, tzinfo=UTC)


def dry_run(folder: Path, *arguments: str | Path) -> Result:
    environment = {"UTM_SHIPPER_STATE": str(folder / "state"), "UTM_SHIPPER_URL": f"http://127.0.0.1:{free_port()}"}
    result = CliRunner().invoke(main, ["ship", "--dry-run", *map(str, arguments)], env=environment)
    assert not (folder / "state").exists()
    return result


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """Two days with one between them that is missing, of some bytes that can be counted by hand."""
    logs = tmp_path / "logs"
    write_days((line.text for line in generate(1, messages=30, start=START).lines), logs)
    return logs


def test_programs_get_everything(tmp_path: Path) -> None:
    traffic = archive_traffic(3, messages=400)
    write_months(traffic.lines, tmp_path / "logs")
    told = json.loads(dry_run(tmp_path, tmp_path / "logs", "--json").stdout)

    days = {host: {line.text[:10] for line in traffic.events if line.host == host} for host in ("utm-a", "utm-b")}
    assert [(host["host"], host["days"]) for host in told["hosts"]] == [(host, len(days[host])) for host in days]
    first = told["hosts"][0]
    assert (first["first_day"], first["last_day"]) == tuple(
        one(days["utm-a"]).decode().replace(":", "-") for one in (min, max)
    )
    assert told.pop("hosts")[0]["missing"][0] == missing_first(days["utm-a"])
    assert told.pop("seconds") > 0
    assert told.pop("sent_bytes") > told["log_bytes"]
    events = len(traffic.lines) - len(traffic.ignored)
    assert told == {
        "logs": len(list((tmp_path / "logs").rglob("*.gz"))),
        "log_bytes": len(traffic.text),
        "lines": len(traffic.lines),
        "ignored": len(traffic.ignored),
        "unreadable": 0,
        "events": events,
        "messages": len(traffic.messages),
        "documents": events + len(traffic.messages),
        "index_bytes": round(len(traffic.text) * 1.4),
        "sample": {"lines": len(traffic.lines), "places": 1, "is_all": True},
    }


def missing_first(days: set[bytes]) -> list[str]:
    dates = sorted(datetime.strptime(day.decode(), "%Y:%m:%d").date().toordinal() for day in days)
    gap = next((one, after) for one, after in pairwise(dates) if after - one > 1)
    return [datetime.fromordinal(day).date().isoformat() for day in (gap[0] + 1, gap[1] - 1)]


def test_people_get_a_table(tmp_path: Path) -> None:
    log = tmp_path / "smtp.log"
    log.write_text(
        "2019:06:10-11:04:41 utm exim-in[9103]: 2019-06-10 11:04:41 1haLqi-0002Mp-2G <= alice@example.net"
        " H=mx.example.net [192.0.2.10]:53500 P=esmtps S=67579 id=4711@example.net\n\n"
        "2019:06:13-11:04:41 utm exim-in[9103]: x\n2019:06:15-11:04:41 utm exim-in[9103]: x\nwithout a time\n"
    )
    result = dry_run(tmp_path, log)

    assert (result.exit_code, result.stderr) == (0, "")
    shown = [" ".join(line.split()) for line in result.stdout.splitlines() if line.strip()]
    (time,) = [line for line in shown if line.startswith("time ")]
    (sent,) = [line for line in shown if line.startswith("sent ")]
    assert time == "time about 1 s reading and building here, on one core; a slower cluster makes it longer"
    assert sent.endswith("before compression; all lines parsed")
    assert [line for line in shown if line not in (time, sent) and "─" not in line] == [
        "what estimate how",
        "logs 1 counted",
        f"unpacked {log.stat().st_size} bytes counted",
        "lines 5 counted",
        "ignored by rule 1 counted",
        "without a readable time 1 counted",
        "messages 1 all lines parsed",
        "documents 4 one for each line and message",
        f"index size about {round(log.stat().st_size * 1.4)} bytes 1.4 of unpacked; one copy",
        "host lines first day last day days missing days",
        "utm 3 2019-06-10 2019-06-15 3 3: 2019-06-11 to 2019-06-12, 2019-06-14",
    ]


def test_a_part_of_many_lines_is_said_to_be_one(tmp_path: Path, small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shipper.commands.estimate.Extent", lambda: Extent(100, 50))
    shown = [" ".join(line.split()) for line in dry_run(tmp_path, small).stdout.splitlines()]
    assert any(line.startswith("messages about ") and line.endswith("100 lines parsed at 2 places") for line in shown)


def test_a_limit_makes_it_longer(tmp_path: Path, small: Path) -> None:
    told = json.loads(dry_run(tmp_path, small, "--json", "--max-docs-per-second", "10").stdout)
    assert told["seconds"] == pytest.approx(told["documents"] / 10)
    shown = [
        " ".join(line.split()) for line in dry_run(tmp_path, small, "--max-docs-per-second", "10").stdout.splitlines()
    ]
    assert next(line for line in shown if line.startswith("time ")).endswith(" 10 documents a second")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--dry-run", "-"], "- can be read only once: --dry-run reads logs twice"),
        (["--dry-run", "--follow", "x"], "--dry-run is for logs that are there as a whole: leave --follow out"),
        (["--json", "x"], "--json is the form of what --dry-run prints"),
        (["--backfill", "--follow", "x"], "--backfill is for logs that are there as a whole"),
    ],
)
def test_what_does_not_go_together(arguments: list[str], words: str) -> None:
    result = CliRunner().invoke(main, ["ship", *arguments])
    assert result.exit_code == 2
    assert words in result.stderr


def test_a_missing_log_is_one_line(tmp_path: Path) -> None:
    result = dry_run(tmp_path, tmp_path / "nothing")
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (3, "", 1)
