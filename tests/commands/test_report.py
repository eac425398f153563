"""What `utm-shipper report` prints of logs, and how it refuses."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from shipper.commands import main
from tests.figures.truth import Truth
from tests.generator import generate, render
from tests.generator.model import Traffic
from tests.pipeline.running import write_log

HOSTILE = b"\x1b[31mrelay\x1b[0m"


@pytest.fixture(scope="module")
def traffic() -> Traffic:
    return generate(71, messages=200, start=datetime(2019, 6, 10, 8, tzinfo=UTC), rate=0.02)


@pytest.fixture(scope="module")
def log(traffic: Traffic, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_log(tmp_path_factory.mktemp("report") / "smtp.log", render(traffic.lines, "P1"))


def run(*arguments: str | Path, columns: int = 100) -> Result:
    return CliRunner().invoke(main, ["report", *map(str, arguments)], env={"COLUMNS": str(columns)})


def section(output: str, title: str) -> list[list[str]]:
    """The cells of the table below a title, without its bars."""
    lines = [line.rstrip() for line in output.splitlines()]
    below = lines[lines.index(title) + 1 :]
    table = below[: below.index("")] if "" in below else below
    return [[cell for cell in line.split("   ") if cell.strip(" ─█▏▎▍▌▋▊▉")] for line in table]


def test_what_is_covered_and_counted(log: Path, traffic: Traffic) -> None:
    output = run(log, "--dashboard", "dkim").stdout
    times = sorted(message["@timestamp"] for message in traffic.messages)
    facts = dict(line.split("  ", 1) for line in output.split("\n\n")[0].splitlines() if not line.startswith(" "))

    assert {name: value.strip() for name, value in facts.items()} | {"Days without a log line": ""} == {
        "Counted from": str(log),
        "Asked for": "everything",
        "Gateways": "utm",
        "First message": times[0][:19].replace("T", " "),
        "Last message": times[-1][:19].replace("T", " "),
        "Messages": f"{len(traffic.messages):,}",
        "Days without a log line": "",
    }


def test_a_chart_is_a_table_with_bars(log: Path, traffic: Traffic) -> None:
    output = run(log, "--dashboard", "dkim").stdout
    counts = Truth(traffic, "day").counted("dkim-signed")
    whole = sum(counts.values())
    header, _, *rows = section(output, "Messages signed and not signed")

    assert [cell.strip() for cell in header] == ["Part", "Messages", "Share"]
    assert [[cell.strip() for cell in row] for row in rows] == [
        [label, f"{counts[label,]}", f"{100 * counts[label,] / whole:.1f} %"]
        for label in ("signed", "not signed", "not logged")
    ]
    assert "█" in output


def test_dashboards_that_are_named_and_all(log: Path) -> None:
    def shown(output: str) -> list[str]:
        return [line.split(" ──")[0] for line in output.splitlines() if line.startswith("Mail: ")]

    assert shown(run(log).stdout) == ["Mail: Overview", "Mail: TLS", "Mail: DKIM", "Mail: Spam", "Mail: Log lines"]
    assert shown(run(log, "--dashboard", "spam", "--dashboard", "tls").stdout) == ["Mail: TLS", "Mail: Spam"]


@pytest.mark.parametrize("columns", [60, 80, 132])
def test_no_line_is_wider_than_the_terminal(log: Path, columns: int) -> None:
    assert max(map(len, run(log, columns=columns).stdout.splitlines())) <= columns


def test_no_line_ends_in_blanks(log: Path) -> None:
    assert [line for line in run(log).stdout.splitlines() if line != line.rstrip()] == []


def test_codes_in_values_are_shown_and_not_sent(traffic: Traffic, tmp_path: Path) -> None:
    lines = [line.replace(b"relay not permitted", HOSTILE) for line in render(traffic.lines, "P1")]
    output = run(write_log(tmp_path / "smtp.log", lines), "--dashboard", "overview").stdout

    assert "\x1b" not in output
    assert r"\x1b[31mrelay\x1b[0m" in output


def test_standard_input(log: Path) -> None:
    piped = CliRunner().invoke(main, ["report", "-"], input=log.read_bytes(), env={"COLUMNS": "100"}).stdout

    assert piped.splitlines()[0] == "Counted from             standard input"
    assert piped.splitlines()[1:] == run(log).stdout.splitlines()[1:]


def test_nothing_in_the_period(log: Path) -> None:
    result = run(log, "--until", "2010-01-01")

    assert result.exit_code == 0
    assert "nothing to count" in result.stdout
    assert section(result.stdout, "In total")[0][0].startswith("Messages")


def test_refusals(log: Path, tmp_path: Path) -> None:
    trace = run(log, "--dashboard", "trace")
    folder = run(log, "--html", tmp_path / "missing" / "report.html")
    period = run(log, "--since", "2019-06-11", "--until", "2019-06-10")

    assert (trace.exit_code, trace.stdout) == (2, "")
    assert trace.stderr == (
        "utm-shipper: error: there is no dashboard 'trace' to report; name one of overview, tls, dkim, spam, lines\n"
    )
    assert (folder.exit_code, folder.stdout) == (1, "")
    assert "missing/report.html" in folder.stderr
    assert period.exit_code == 2


def test_a_page_replaces_the_old_one(log: Path, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    file.write_text("old")

    assert run(log, "--html", file, "--dashboard", "tls").stdout == ""
    assert file.read_text("utf-8").startswith("<!DOCTYPE html>")
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]
