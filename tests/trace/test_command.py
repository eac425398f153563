"""What `trace` prints of a log whose truth is known: stories, lists, raw lines, and nothing that steers a terminal."""

from __future__ import annotations

import io
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from rich.console import Console

from shipper.commands import main
from shipper.commands.telling import duration, print_hits, print_story
from tests.comparison import flatten
from tests.end_to_end.node import assert_well
from tests.generator import Traffic, generate, render
from tests.pipeline.running import write_log
from tests.trace.test_stories import stories
from tests.trace.truth import Truth

CASES = Path(__file__).resolve().parent.parent / "cases"
TOLD = Path(__file__).resolve().parent / "told"


@pytest.fixture(scope="module")
def traffic() -> Traffic:
    return generate(65, messages=150, start=datetime(2019, 6, 10, 8, tzinfo=UTC))


@pytest.fixture(scope="module")
def log(traffic: Traffic, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_log(tmp_path_factory.mktemp("log") / "smtp.log", render(traffic.lines, "P1"))


def trace(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["trace", *map(str, arguments)])


@pytest.mark.parametrize(
    ("case", "text"),
    [
        ("a-mail-from-client-to-server", "0.0.0.0/0"),
        ("refused-recipients-then-another-sender", "sender@example.net"),
        ("one-mail-fans-out-to-several-ids", "0.0.0.0/0"),
        ("bounce-is-a-message-of-its-own", "<>"),
        ("quarantined-spam", "0.0.0.0/0"),
    ],
)
def test_stories_as_they_were_looked_at(case: str, text: str) -> None:
    told = assert_well(trace(text, CASES / case / "input.log", "--all")).stdout

    assert told == (TOLD / f"{case}.txt").read_text(encoding="utf-8")


def client_of(traffic: Traffic, most: int) -> str:
    """The client with the most messages that are no more than so many."""
    clients = [m["source"]["ip"] for m in traffic.messages if "ip" in m.get("source", {})]
    return max((c for c in clients if clients.count(c) <= most), key=clients.count)


def test_several_are_listed_with_numbers_to_pick(traffic: Traffic, log: Path) -> None:
    ip = client_of(traffic, 4)
    flat = sorted(
        (flatten(m) for m in traffic.messages if m.get("source", {}).get("ip") == ip), key=lambda m: m["@timestamp"]
    )
    rows = [line.split("\t") for line in assert_well(trace(ip, log)).stdout.splitlines()]

    assert [int(row[0]) for row in rows] == [*range(1, len(flat) + 1)]
    assert sorted((row[1], row[2], row[5], row[6]) for row in rows) == sorted(
        (m["@timestamp"][:19].replace("T", " "), m.get("email.sender.address", ""),
         m["sophos.utm.status"].replace("_", " "), m.get("email.local_id", ""))
        for m in flat
    )  # fmt: skip
    everything = trace(ip, log, "--all").stdout.split("\n\n")
    for row in rows:
        by_number, by_id = trace(ip, log, "--pick", row[0]), trace(ip, log, "--id", row[7])
        assert by_number.stdout == by_id.stdout
        assert by_number.stdout.split("\n\n")[0] in everything


def test_a_list_is_that_of_the_newest(log: Path) -> None:
    whole = trace("0.0.0.0/0", log, "--limit", "1000").stdout.splitlines()
    result = trace("0.0.0.0/0", log, "--limit", "3")

    assert result.stdout.splitlines() == whole[-3:]
    assert f"{len(whole)} messages, {len(whole) - 3} older ones are not listed (--limit): tell one by" in result.stderr


def test_raw_lines_of_all_messages(traffic: Traffic, log: Path) -> None:
    """As bytes, in whichever encoding."""
    raw = assert_well(trace("0.0.0.0/0", log, "--raw")).stdout_bytes
    truth = Truth(traffic)
    wanted = [
        b"\n".join(lines)
        for lines, message in zip(truth.lines, traffic.messages, strict=True)
        if "." in message.get("source", {}).get("ip", "")
    ]

    assert sorted(raw.rstrip(b"\n").split(b"\n\n")) == sorted(wanted)


@pytest.mark.parametrize("options", [["--raw"], ["--lines"]])
def test_a_line_that_is_not_utf_8_comes_as_it_was(options: list[str], tmp_path: Path) -> None:
    line = HOSTILE.replace(b"\xc2\x9b31m", b"\xdcbersicht \x9b")
    (tmp_path / "smtp.log").write_bytes(line)

    assert trace("alice@example.net", tmp_path / "smtp.log", *options).stdout_bytes == line


def test_documents(traffic: Traffic, log: Path) -> None:
    documents: list[dict[str, Any]] = [
        json.loads(line) for line in assert_well(trace("0.0.0.0/0", log, "--json")).stdout.splitlines()
    ]
    kinds = [document["event"]["dataset"] for document in documents]
    wanted = [m for m in traffic.messages if "." in m.get("source", {}).get("ip", "")]

    assert kinds.count("sophos_utm.smtp_message") == len(wanted)
    assert len(kinds) == len(wanted) + sum(m["sophos"]["utm"]["event_count"] for m in wanted)
    counted = 0
    for document in documents:
        if document["event"]["dataset"] == "sophos_utm.smtp_message":
            assert counted == 0
            counted = document["sophos"]["utm"]["event_count"]
        else:
            counted -= 1


def test_lines_of_no_message_are_counted_and_shown(traffic: Traffic, log: Path) -> None:
    strays = {
        match[1]
        for line in traffic.lines
        if not line.message and (match := re.search(rb"SMTP connection from \[([\d.]+)\]:", line.text))
    }
    owned = {m["source"]["ip"] for m in traffic.messages if "ip" in m.get("source", {})}
    ip = next(client.decode() for client in sorted(strays) if client.decode() not in owned)
    result, lines = trace(ip, log), trace(ip, log, "--lines")
    named = [line.text for line in traffic.lines if re.search(rb"\[" + re.escape(ip.encode()) + rb"\]", line.text)]

    assert (result.exit_code, result.stdout) == (12, "")
    assert (
        f"{len(named)} lines name the client, {len(named)} of them are of no message: --lines shows them"
        in result.stderr
    )
    assert lines.stdout_bytes.splitlines() == named


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["nowhere"], 12, "error: no message with words of the subject nowhere in "),
        (["0.0.0.0/0", "--pick", "100000"], 12, "there is no number 100000; without --pick the messages are listed"),
        (["0.0.0.0/0", "--id", "x"], 12, "none of the messages has the id x; without --id they are listed"),
        (["x", "--pick", "1", "--all"], 2, "--pick, --id, --all and --lines exclude each other"),
        (["x", "--json", "--raw"], 2, "--json and --raw exclude each other"),
        (["x y", "--as", "client"], 2, "'x y' is no network"),
    ],
)
def test_what_cannot_be_told(log: Path, arguments: list[str], code: int, said: str) -> None:
    result = trace(*arguments, log)

    assert result.exit_code == code
    assert result.stdout == ""
    assert said in result.stderr


HOSTILE = (
    b"2019:06:10-11:04:41 utm exim-in[9103]: 2019-06-10 11:04:41 1haLqi-0002Mp-2G <= alice@example.net H=mx.example.net"
    b' [192.0.2.10]:53500 P=esmtp S=5 id=a@b T="\x1b]0;owned\x07 \xc2\x9b31m \xe2\x80\xae txt [bold]x[/bold] :smile:"\n'
)


@pytest.mark.parametrize("width", [80, 120])
def test_nothing_steers_a_terminal(width: int, tmp_path: Path) -> None:
    (tmp_path / "smtp.log").write_bytes(HOSTILE)
    (story,) = stories(tmp_path / "smtp.log")
    output = io.StringIO()
    console = Console(file=output, force_terminal=True, width=width, highlight=False, markup=False, emoji=False)
    print_story(console, story)
    print_hits(console, [(1, story.message), (200, story.message)])
    shown = re.sub(r"\x1b\[[0-9;]*m", "", output.getvalue())

    assert [c for c in shown if not c.isprintable() and c != "\n"] == []
    assert max(map(len, shown.splitlines())) <= width
    assert "\\x1b]0;owned\\x07 \\x9b31m \\u202e txt [bold]x[/bold] :smile:" in re.sub(r" *\n *", " ", shown)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (59, "59 s"), (60, "1 min"), (125, "2 min 5 s"), (3600, "1 h"), (3605, "1 h"), (183_845, "2 d 3 h")],
)
def test_durations(seconds: int, text: str) -> None:
    assert duration(seconds) == text
