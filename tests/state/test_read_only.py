"""Looking into a state: as the last commit left it, by whoever may read it, and who holds it."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import pytest

from shipper.errors import StateError
from shipper.model import Checkpoint
from shipper.pipeline.balance import Balance
from shipper.state.holder import held_by
from shipper.state.opening import WAY_OUT
from shipper.state.read_only import view_checkpoints, view_state
from shipper.state.store import Store, open_store

CHECKPOINT = Checkpoint(b"2019:06:10", "/var/log/smtp.log", 1, 2, 300, 4, 1560179081, 1560179084, 1.7e9, False, "")
BALANCE = Balance(lines=3, events=2, ignored=1, offsets=Counter({("utm", 3600, "queue ids"): 3}))


def fill(store: Store, balance: Balance = BALANCE) -> None:
    store.put("utm", 10, {"a-1", "b-1"}, b"message", None)
    store.checkpoints.keep([CHECKPOINT])
    store.remember("balance", balance)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with open_store(tmp_path) as store:
        fill(store)
        store.commit()
    return tmp_path


def seen(folder: Path) -> tuple[list[Checkpoint], int, Balance | None] | None:
    with view_state(folder) as view:
        return (view.checkpoints(), view.count_open(), view.recall("balance", Balance)) if view else None


def test_a_state_is_seen_whole(folder: Path) -> None:
    assert seen(folder) == ([CHECKPOINT], 1, BALANCE)
    assert view_checkpoints(folder) == [CHECKPOINT]
    with view_state(folder) as view:
        assert view
        assert view.recall("something else", Balance) is None


def test_no_state(tmp_path: Path) -> None:
    assert seen(tmp_path / "nowhere") is None
    assert view_checkpoints(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def test_one_look_sees_one_commit(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        fill(store)
        store.commit()
        with view_state(tmp_path) as view:
            assert view
            store.put("utm", 11, {"c-1"}, b"message", None)
            store.remember("balance", Balance(lines=9))
            store.commit()
            assert (view.count_open(), view.recall("balance", Balance)) == (1, BALANCE)
        assert seen(tmp_path) == ([CHECKPOINT], 2, Balance(lines=9))


def test_a_state_that_followed_nothing_yet(folder: Path) -> None:
    with sqlite3.connect(folder / "state.db") as connection:
        connection.execute("DROP TABLE checkpoints")
    assert view_checkpoints(folder) == []


def test_a_value_that_this_version_cannot_read(folder: Path) -> None:
    with open_store(folder) as store:
        store.remember("balance", "a text")
        store.commit()
    with pytest.raises(StateError) as refused:
        seen(folder)
    assert str(refused.value) == (
        f"the state {folder / 'state.db'} holds an unknown balance: Expected `object`, got `str`; {WAY_OUT}"
    )


def test_an_error_of_who_looks_is_none_of_the_state(folder: Path) -> None:
    with pytest.raises(BrokenPipeError), view_state(folder):
        raise BrokenPipeError


# Other users


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A state that everybody may read. Not below `tmp_path`, which each session of pytest closes to other users."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        with open_store(folder) as store:
            fill(store)
            store.commit()
        folder.chmod(0o755)
        yield folder
        folder.chmod(0o700)


def as_nobody(folder: Path) -> str:
    """What another user, who may only read, sees."""
    code = "import sys; from pathlib import Path; from shipper.errors import StateError\n" + (
        "from shipper.state.read_only import view_checkpoints\n"
        "import os; os.setuid(65534) if os.getuid() == 0 else os.chmod(sys.argv[1], 0o555)\n"
        "try: print([checkpoint.path for checkpoint in view_checkpoints(Path(sys.argv[1]))])\n"
        "except StateError as error: print(error)"
    )
    return subprocess.run(
        [sys.executable, "-c", code, str(folder)], capture_output=True, text=True, check=True
    ).stdout.strip()


def test_who_may_only_read_sees_a_state_at_rest(open_folder: Path) -> None:
    assert as_nobody(open_folder) == "['/var/log/smtp.log']"
    assert [path.name for path in open_folder.iterdir()] == ["state.db"]


def test_who_may_not_read_is_told_so(open_folder: Path) -> None:
    (open_folder / "state.db").chmod(0)
    file = open_folder / "state.db"
    assert as_nobody(open_folder) == (
        f"the state {file} cannot be read: unable to open database file; run this as the user whom it belongs to"
    )


# Who holds it


def test_nobody_holds_a_state_at_rest(folder: Path) -> None:
    assert held_by(folder) is held_by(folder / "nowhere") is None


def test_who_holds_it_is_told(folder: Path) -> None:
    with open_store(folder) as store:
        assert held_by(folder) == os.getpid()
        store.commit()
        assert held_by(folder) == os.getpid()
    assert held_by(folder) is None


def test_who_only_looks_does_not_hold_it(folder: Path) -> None:
    with view_state(folder):
        assert held_by(folder) is None


def test_other_locks_are_of_no_interest(folder: Path) -> None:
    with open_store(folder):
        inode = (folder / "state.db-shm").stat().st_ino
        locks = folder / "locks"
        for line, pid in {
            f"1: POSIX  ADVISORY  WRITE 4711 fe:00:{inode} 120 120": 4711,
            f"1: POSIX  ADVISORY  WRITE 4711 fe:00:{inode} 0 EOF": 4711,
            f"1: POSIX  ADVISORY  READ 4711 fe:00:{inode} 120 120": None,
            f"1: POSIX  ADVISORY  WRITE 4711 fe:00:{inode}1 120 120": None,
            f"1: POSIX  ADVISORY  WRITE 4711 fe:00:{inode} 121 130": None,
            f"1: POSIX  ADVISORY  WRITE 4711 fe:00:{inode} 0 119": None,
            f"1: FLOCK  ADVISORY  WRITE 4711 fe:00:{inode} 0 EOF": None,
            f"1: -> POSIX  ADVISORY  WRITE 4711 fe:00:{inode} 120 120": None,
            "": None,
        }.items():
            locks.write_text(f"0: FLOCK  ADVISORY  READ 1 fe:00:1 0 EOF\n{line}\n")
            assert held_by(folder, locks) == pid, line
        assert held_by(folder, folder / "no such file") is None


def test_the_view_reads_what_the_store_writes(tmp_path: Path) -> None:
    """Whatever a balance holds."""
    counts = {name: number for number, name in enumerate(Balance().counted(), 1)}
    balance = Balance(**counts, offsets=BALANCE.offsets, zone_disagreements=Counter({"utm": 2}))
    with open_store(tmp_path) as store:
        fill(store, balance)
        store.commit()
    assert seen(tmp_path) == ([CHECKPOINT], 1, msgspec.structs.replace(balance))
