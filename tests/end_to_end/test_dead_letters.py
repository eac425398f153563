"""Replays that are killed, or meet another process: nothing is lost, nothing is there twice."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from shipper.state.store import Store, open_store
from tests.end_to_end.letters import (
    TRAFFIC,
    UNDATED,
    ZONE,
    accept_misfits,
    assert_as_a_clean_run,
    assert_nothing_left,
    letters,
    refuse_misfits,
    replay,
)
from tests.end_to_end.node import Place

pytestmark = pytest.mark.cluster


@pytest.fixture
def undated(tmp_path: Path) -> Path:
    path = tmp_path / "smtp.log"
    path.write_bytes(UNDATED.encode("latin-1"))
    return path


class _KilledError(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("commit", [1, 2, 3])
def test_killed_between_the_cluster_and_the_commit(
    simple: Place, undated: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, commit: int
) -> None:
    other = tmp_path / "mail.log"
    other.write_bytes(TRAFFIC.text)
    refuse_misfits(simple, "messages")
    simple.ship(undated)
    simple.ship(other)
    accept_misfits(simple, "messages")
    count = len(letters(simple))
    real: Callable[[Store], None] = Store.commit
    calls = iter(range(1, 100))

    def killed(store: Store) -> None:
        if next(calls) == commit:
            raise _KilledError
        real(store)

    with monkeypatch.context() as patch:
        patch.setattr(Store, "commit", killed)
        with pytest.raises(_KilledError):
            simple.run("dead-letters", "replay", *ZONE, "--all")
    assert 0 < len(letters(simple)) <= count
    simple.node.ask("POST", f"/{simple.prefix}-*/_refresh")  # what was stored is found then
    assert "warning" not in replay(simple, *ZONE, "--all").stderr
    assert_as_a_clean_run(simple, *ZONE, undated, other)
    assert_nothing_left(simple, UNDATED.count("\n") + len(TRAFFIC.lines), len(TRAFFIC.ignored))


def test_while_another_holds_the_state(simple: Place, undated: Path) -> None:
    simple.ship(undated)
    folder = simple.folder / "state"
    with open_store(folder):
        assert len(letters(simple)) == UNDATED.count("\n")
        assert simple.run("dead-letters", "show", "1").exit_code == 0
        for command in (["replay", "--all"], ["drop", "--all", "--yes"]):
            refused = simple.run("dead-letters", *command)
            assert refused.exit_code == 8
            assert refused.stderr.startswith(
                f"utm-shipper: error: process {os.getpid()} uses the state {folder / 'state.db'}"
            )
    assert len(letters(simple)) == UNDATED.count("\n")
