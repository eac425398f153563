"""`status` beside a process that holds the state: every number, for people and for programs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from shipper.commands import main
from shipper.model import Checkpoint, DeadLetter, iso_date
from shipper.pipeline.balance import Balance
from shipper.state.store import Store, open_store

TEXT = b"2019:06:10-11:04:41 utm exim-in[1]: a line\n" * 100
BALANCE = Balance(
    lines=1200, events=1190, repeated=3, ignored=8, dead_letters=2, unrecognized=5, messages=77,
    offsets=Counter({("utm", 3600, "queue ids"): 1200}),
)  # fmt: skip
NOW = 1_700_000_000


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shipper.commands.status.time", lambda: NOW + 0.75)


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    (tmp_path / "smtp.log").write_bytes(TEXT)
    (tmp_path / "smtp.log.1.gz").write_bytes(b"\x1f\x8b...")
    return tmp_path


def checkpoints(logs: Path, error: str = "") -> list[Checkpoint]:
    return [
        Checkpoint(b"another", str(logs / "rotated.gz"), 1, 1, 5000, 40, NOW - 9000, NOW - 8000, is_over=True),
        Checkpoint(TEXT[:1024], str(logs / "smtp.log"), 1, 2, 3000, 70, NOW - 900, NOW - 100),
        Checkpoint(b"packed", str(logs / "smtp.log.1.gz"), 1, 3, 900, 1234, NOW - 99999, NOW - 90000, error=error),
        Checkpoint(b"unread", str(logs / "vanished.log"), 1, 4),
    ]


def fill(store: Store, found: list[Checkpoint], balance: Balance | None = BALANCE) -> None:
    store.put("utm", 10, {"a-1", "b-1"}, b"message", None)
    store.dead_letters.bury(DeadLetter("clock", "no time", b"x", "smtp.log", 1))
    store.dead_letters.bury(DeadLetter("clock", "no time", b"y", "smtp.log", 2))
    store.checkpoints.keep(found)
    if balance:
        store.remember("balance", balance)
    store.commit()


def status(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["status", "--state", str(folder), *arguments])


@contextmanager
def held(folder: Path) -> Iterator[int]:
    """Another process holds the state; its id."""
    code = (
        "import sys; from pathlib import Path; from shipper.state.store import open_store\n"
        "with open_store(Path(sys.argv[1])): print(flush=True); sys.stdin.read()"
    )
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", code, str(folder)], **pipes) as holder:
        assert holder.stdout
        holder.stdout.readline()
        yield holder.pid
        holder.communicate()


def test_people_get_a_table_of_what_may_still_grow(logs: Path, tmp_path: Path) -> None:
    folder = tmp_path / "state"
    with open_store(folder) as store:
        fill(store, checkpoints(logs))
    with held(folder) as holder:
        result = status(folder)

    assert result.stdout.splitlines() == [
        "     behind  newest line  lines  log",
        f"1,300 bytes    100 s ago     70  {logs}/smtp.log",
        f"     packed     25 h ago  1,234  {logs}/smtp.log.1.gz",
        f"       gone            -      0  {logs}/vanished.log",
        "1 more logs are stored to their end",
        "",
        f"state          {folder}, held by process {holder}",
        "open messages  1",
        "dead letters   2",
        f"balance        {BALANCE.describe()}",
    ]
    assert (result.exit_code, result.stderr) == (0, "")


def test_programs_get_everything(logs: Path, tmp_path: Path) -> None:
    folder = tmp_path / "state"
    with open_store(folder) as store:
        fill(store, checkpoints(logs))
        result = status(folder, "--json")

    assert json.loads(result.stdout) == {
        "state": str(folder),
        "held_by": os.getpid(),
        "sources": [
            {
                "path": str(logs / "rotated.gz"), "lines": 40, "bytes": 5000, "lag_bytes": 0, "lag": "",
                "newest": iso_date(NOW - 8000), "lag_seconds": 8000, "is_over": True, "error": "",
            },
            {
                "path": str(logs / "smtp.log"), "lines": 70, "bytes": 3000, "lag_bytes": 1300, "lag": "",
                "newest": iso_date(NOW - 100), "lag_seconds": 100, "is_over": False, "error": "",
            },
            {
                "path": str(logs / "smtp.log.1.gz"), "lines": 1234, "bytes": 900, "lag_bytes": None, "lag": "packed",
                "newest": iso_date(NOW - 90000), "lag_seconds": 90000, "is_over": False, "error": "",
            },
            {
                "path": str(logs / "vanished.log"), "lines": 0, "bytes": 0, "lag_bytes": None, "lag": "gone",
                "newest": None, "lag_seconds": None, "is_over": False, "error": "",
            },
        ],
        "open_messages": 1,
        "dead_letters": 2,
        "balance": BALANCE.counted(),
        "backfills": [],
    }  # fmt: skip
    assert (result.exit_code, result.stderr) == (0, "")


def test_a_log_that_cannot_be_read_is_shown_and_changes_the_exit_code(logs: Path, tmp_path: Path) -> None:
    folder = tmp_path / "state"
    with open_store(folder) as store:
        fill(store, checkpoints(logs, error="Permission\ndenied"))
    result, for_programs = status(folder), status(folder, "--json")

    assert f"  1,234  {logs}/smtp.log.1.gz: Permission?denied\n" in result.stdout
    assert json.loads(for_programs.stdout)["held_by"] is None
    for ended in (result, for_programs):
        assert (ended.exit_code, ended.stderr) == (
            10,
            f"utm-shipper: error: {logs}/smtp.log.1.gz could not be read: Permission denied; check it\n",
        )


def test_a_balance_that_does_not_hold_changes_the_exit_code(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        fill(store, [], Balance(lines=2, events=1))
    result = status(tmp_path)

    assert (result.exit_code, result.stderr) == (
        10,
        "utm-shipper: error: the balance does not hold; this is a defect of utm-shipper: please report it\n",
    )


def test_a_state_that_only_batches_used(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        fill(store, [], None)
    result = status(tmp_path)

    assert (result.exit_code, result.stdout) == (
        0,
        f"state          {tmp_path}, held by no process\nopen messages  1\ndead letters   2\n"
        "balance        nothing was read yet\n",
    )


def test_logs_that_are_all_over(logs: Path, tmp_path: Path) -> None:
    folder = tmp_path / "state"
    with open_store(folder) as store:
        fill(store, checkpoints(logs)[:1])

    assert status(folder).stdout.splitlines()[:2] == ["1 logs are stored to their end", ""]


def test_no_state_is_one_clear_line_and_none_is_made(tmp_path: Path) -> None:
    result = status(tmp_path / "nowhere")

    assert (result.exit_code, result.stdout, list(tmp_path.iterdir())) == (8, "", [])
    assert result.stderr == (
        f"utm-shipper: error: there is no state in {tmp_path}/nowhere: nothing was stored with it yet;"
        " name another with --state\n"
    )
