"""`utm-shipper dead-letters`: what is shown of them, and that none is dropped by chance. Replays need a cluster."""

from __future__ import annotations

import json
import os
import pty
import re
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from shipper.commands import dead_letters as commands
from shipper.commands import main
from shipper.model import DeadLetter
from shipper.state.store import open_store

INDEX = "utm-smtp-messages-2019.06"
ERROR = {"type": "mapper_parsing_exception", "reason": "no ip", "caused_by": {"type": "x", "reason": "'a\x1bb'"}}
LETTERS = [
    DeadLetter("sources", "the line has no readable time", b"kernel: \xff\x1b[2J", "/log/smtp.log", 70, b"head"),
    DeadLetter("clock", "no zone is set", b"2019:06:10-11:04:40 utm exim-in[1]: x", "/log/smtp.log", 7, b"head"),
    DeadLetter("clock", "no zone is set", b"06:10-11:04:41 utm exim-in[1]: x", "/log/smtp.log", 45, b"head"),
    DeadLetter(
        "cluster", "mapper_parsing_exception: no ip 'mx7' in id 17 (status 400)",
        b'{"@timestamp":"2019-06-10T09:04:40.000Z"}',
        operation="index", index=INDEX, id="m1", version=12, error=json.dumps(ERROR).encode(),
    ),
    DeadLetter(
        "cluster", "mapper_parsing_exception: no ip 'mx8' in id 18 (status 400)", b"",
        operation="delete", index=INDEX, id="m2",
    ),
]  # fmt: skip
LIST = [
    "1\tsources\t-\t/log/smtp.log:70\tthe line has no readable time",
    "2\tclock\t2019-06-10 11:04:40\t/log/smtp.log:7\tno zone is set",
    "3\tclock\t????-06-10 11:04:41\t/log/smtp.log:45\tno zone is set",
    f"4\tcluster\t2019-06-10T09:04:40.000Z\t{INDEX}/m1\tmapper_parsing_exception: no ip 'mx7' in id 17 (status 400)",
    f"5\tcluster\t-\t{INDEX}/m2\tmapper_parsing_exception: no ip 'mx8' in id 18 (status 400)",
]


@pytest.fixture
def state(tmp_path: Path) -> Path:
    with open_store(tmp_path / "state") as store:
        for letter in LETTERS:
            store.dead_letters.bury(letter)
        store.commit()
    return tmp_path / "state"


def run(state: Path, *arguments: str, given: str | None = None) -> Result:
    result = CliRunner().invoke(
        main, ["dead-letters", arguments[0], "--state", str(state), *arguments[1:]], input=given
    )
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def said(state: Path, *arguments: str) -> tuple[int, str, str]:
    result = run(state, *arguments)
    return result.exit_code, result.stdout, result.stderr


def numbers(state: Path) -> list[int]:
    return [int(line.split("\t")[0]) for line in run(state, "list").stdout.splitlines()]


def lines(rows: Sequence[str]) -> str:
    return "".join(f"{row}\n" for row in rows)


# list


@pytest.mark.parametrize(
    ("arguments", "rows"),
    [
        ([], LIST),
        (["--step", "clock"], LIST[1:3]),
        (["--reason", "NO ZONE"], LIST[1:3]),
        (["--step", "cluster", "--reason", "mx8"], LIST[4:]),
    ],
)
def test_one_line_each(state: Path, arguments: list[str], rows: list[str]) -> None:
    assert said(state, "list", *arguments) == (0, lines(rows), "")


def test_everything_as_json(state: Path) -> None:
    code, printed, errors = said(state, "list", "--json")
    assert (code, errors) == (0, "")
    place = {"file": {"path": "/log/smtp.log"}}
    assert [json.loads(line) for line in printed.splitlines()] == [
        {"number": 1, "step": "sources", "reason": "the line has no readable time", "log": place | {"offset": 70},
         "data": "kernel: \\xff\x1b[2J"},
        {"number": 2, "step": "clock", "reason": "no zone is set", "time": "2019-06-10 11:04:40",
         "log": place | {"offset": 7}, "data": "2019:06:10-11:04:40 utm exim-in[1]: x"},
        {"number": 3, "step": "clock", "reason": "no zone is set", "time": "????-06-10 11:04:41",
         "log": place | {"offset": 45}, "data": "06:10-11:04:41 utm exim-in[1]: x"},
        {"number": 4, "step": "cluster", "reason": LETTERS[3].reason, "time": "2019-06-10T09:04:40.000Z",
         "document": {"operation": "index", "index": INDEX, "id": "m1", "version": 12,
                      "source": {"@timestamp": "2019-06-10T09:04:40.000Z"}}, "error": ERROR},
        {"number": 5, "step": "cluster", "reason": LETTERS[4].reason,
         "document": {"operation": "delete", "index": INDEX, "id": "m2"}},
    ]  # fmt: skip


SUMMARY = [
    (2, "clock", "no zone is set"),
    (2, "cluster", "mapper_parsing_exception: no ip * in id * (status *)"),
    (1, "sources", "the line has no readable time"),
]


def test_counts_of_reasons_without_the_values_in_them(state: Path) -> None:
    assert said(state, "list", "--summary") == (0, lines(["\t".join(map(str, row)) for row in SUMMARY]), "")
    assert said(state, "list", "--summary", "--step", "clock") == (0, "2\tclock\tno zone is set\n", "")
    code, printed, errors = said(state, "list", "--summary", "--json")
    assert (code, errors) == (0, "")
    assert [json.loads(line) for line in printed.splitlines()] == [
        {"count": count, "step": step, "reason": reason} for count, step, reason in SUMMARY
    ]


@pytest.mark.parametrize("arguments", [[], ["--summary"], ["--json"]])
def test_no_dead_letters(state: Path, tmp_path: Path, arguments: list[str]) -> None:
    nowhere = tmp_path / "nowhere"
    assert said(nowhere, "list", *arguments) == (
        0,
        "",
        f"utm-shipper: no dead letters: there is no state in {nowhere}\n",
    )
    assert not nowhere.exists()
    assert said(state, "list", "--step", "joining", *arguments) == (0, "", "utm-shipper: no dead letter fits\n")
    run(state, "drop", "--all", "--yes")
    assert said(state, "list", *arguments) == (0, "", "utm-shipper: no dead letters\n")


def test_a_state_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "state.db").write_bytes(b"nothing like it " * 500)
    code, printed, errors = said(tmp_path, "list")
    assert (code, printed, errors.count("\n")) == (8, "", 1)
    assert "cannot be read: file is not a database" in errors


# show

SHOWN = rf"""dead letter 1
  step:      sources
  reason:    the line has no readable time
  log:       /log/smtp.log
  offset:    70
  line:      kernel: \xff\x1b[2J
dead letter 4
  step:      cluster
  reason:    mapper_parsing_exception: no ip 'mx7' in id 17 (status 400)
  time:      2019-06-10T09:04:40.000Z
  operation: index
  index:     {INDEX}
  id:        m1
  version:   12
  error:
    {{
      "type": "mapper_parsing_exception",
      "reason": "no ip",
      "caused_by": {{
        "type": "x",
        "reason": "'a\u001bb'"
      }}
    }}
  document:
    {{
      "@timestamp": "2019-06-10T09:04:40.000Z"
    }}
"""


def test_everything_for_people(state: Path) -> None:
    assert said(state, "show", "4", "1") == (0, SHOWN, "")


@pytest.mark.parametrize("command", [["show"], ["drop", "--yes"], ["replay", "--url", "http://127.0.0.1:1"]])
def test_a_number_that_nothing_has(state: Path, tmp_path: Path, command: list[str]) -> None:
    for folder, unknown in ((state, "6, 9"), (tmp_path / "nowhere", "1, 6, 9")):
        code, printed, errors = said(folder, *command, "1", "6", "9")
        assert (code, printed) == (2, "")
        assert errors.endswith(f"Error: no dead letter has the number {unknown}\n")
    assert numbers(state) == [1, 2, 3, 4, 5]


# drop


@pytest.mark.parametrize(
    ("arguments", "left"),
    [
        (["2", "4"], [1, 3, 5]),
        (["--all"], []),
        (["--step", "clock"], [1, 4, 5]),
        (["--reason", "mx8"], [1, 2, 3, 4]),
        (["--step", "clock", "2"], [1, 3, 4, 5]),
    ],
)
def test_what_is_named_is_dropped(state: Path, arguments: list[str], left: list[int]) -> None:
    dropped = 5 - len(left)
    assert said(state, "drop", "--yes", *arguments) == (0, "", f"utm-shipper: {dropped} dead letters dropped\n")
    assert numbers(state) == left


@pytest.mark.parametrize("command", [["drop", "--yes"], ["replay"]])
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "say which: NUMBER..., --all, --step or --reason"),
        (["--all", "1"], "NUMBER and --all exclude each other"),
        (["0"], "Invalid value for '[NUMBER]...': 0 is not in the range x>=1."),
    ],
)
def test_nothing_is_meant_by_default(state: Path, command: list[str], arguments: list[str], words: str) -> None:
    code, printed, errors = said(state, *command, *arguments)
    assert (code, printed) == (2, "")
    assert errors.endswith(f"Error: {words}\n")
    assert numbers(state) == [1, 2, 3, 4, 5]


def test_without_a_terminal_it_must_be_told(state: Path) -> None:
    code, printed, errors = said(state, "drop", "--all")
    assert (code, printed) == (2, "")
    assert errors.endswith("Error: nobody can be asked here whether to forget 5 dead letters: say --yes\n")
    assert numbers(state) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(("answer", "left"), [("y\n", []), ("n\n", [1, 2, 3, 4, 5]), ("\n", [1, 2, 3, 4, 5])])
def test_on_a_terminal_it_asks(state: Path, monkeypatch: pytest.MonkeyPatch, answer: str, left: list[int]) -> None:
    monkeypatch.setattr(commands, "is_terminal", lambda: True)
    result = run(state, "drop", "--all", given=answer)
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr.startswith("Forget 5 dead letters for good? [y/N]: ")
    assert result.stderr.endswith("nothing was dropped\n" if left else "5 dead letters dropped\n")
    assert numbers(state) == left


def test_nothing_to_drop(state: Path, tmp_path: Path) -> None:
    assert said(state, "drop", "--step", "joining") == (0, "", "utm-shipper: no dead letter fits\n")
    nowhere = tmp_path / "nowhere"
    assert said(nowhere, "drop", "--all") == (0, "", f"utm-shipper: no dead letters: there is no state in {nowhere}\n")
    assert not nowhere.exists()


def test_nothing_to_replay_asks_no_cluster(state: Path, tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere"
    for folder, words in (
        (nowhere, f"no dead letters: there is no state in {nowhere}"),
        (state, "no dead letter fits"),
    ):
        arguments = ("replay", "--url", "http://127.0.0.1:1", "--step", "joining")
        assert said(folder, *arguments) == (0, "", f"utm-shipper: {words}\n")


# On a real terminal


def on_a_terminal(state: Path, *arguments: str, typed: bytes = b"") -> str:
    """What somebody sees who runs the command in a window of 80 columns."""
    ours, theirs = pty.openpty()
    environment = os.environ | {"COLUMNS": "80", "TERM": "dumb", "UTM_SHIPPER_STATE": str(state)}
    command = [sys.executable, "-m", "shipper", "dead-letters", *arguments]
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment) as process:
        os.close(theirs)
        os.write(ours, typed)
        seen = b""
        try:
            while read := os.read(ours, 4096):
                seen += read
        except OSError:
            pass  # the other end is closed
        os.close(ours)
    assert process.returncode == 0
    return re.sub(r"\x1b\[[0-9;]*m", "", seen.decode().replace("\r\n", "\n"))


def test_a_table_that_fits(state: Path) -> None:
    seen = on_a_terminal(state, "list").splitlines()
    assert seen[0].split() == ["number", "step", "time", "where", "reason"]
    assert [row.split()[0] for row in seen[1:]] == ["1", "2", "3", "4", "5"]
    assert seen[2] == "2       clock    2019-06-10 11:04:40   /log/smtp.log:7       no zone is set"
    assert seen[4] == "4       cluster  …06-10T09:04:40.000Z  …messages-2019.06/m1  mapper_parsing_exc…"
    assert max(map(len, seen)) <= 80


def test_a_question_and_its_answer(state: Path) -> None:
    assert "Forget 2 dead letters for good? [y/N]:" in on_a_terminal(state, "drop", "--step", "clock", typed=b"y\n")
    assert numbers(state) == [1, 4, 5]


# Beside a running process


def test_looking_needs_no_lock_and_dropping_does(state: Path) -> None:
    with open_store(state):
        assert numbers(state) == [1, 2, 3, 4, 5]
        assert said(state, "show", "1")[0] == 0
        words = f"process {os.getpid()} uses the state {state / 'state.db'}; wait for it, or name another with --state"
        assert said(state, "drop", "--all", "--yes") == (8, "", f"utm-shipper: error: {words}\n")


def test_a_state_of_version_1_can_be_looked_at(state: Path) -> None:
    connection = sqlite3.connect(state / "state.db")
    connection.executescript("""
        DROP TABLE dead_letters;
        CREATE TABLE dead_letters (
            number INTEGER PRIMARY KEY, step TEXT NOT NULL, reason TEXT NOT NULL, source TEXT NOT NULL, offset INTEGER,
            data BLOB NOT NULL, UNIQUE (step, reason, data)
        );
        INSERT INTO dead_letters VALUES (1, 'sources', 'no time', 'smtp.log', 7, x'78');
        PRAGMA user_version = 1;
    """)
    connection.close()
    assert said(state, "list") == (0, "1\tsources\t-\tsmtp.log:7\tno time\n", "")
