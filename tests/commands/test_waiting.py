"""A cluster that is away at the start: asked again, said once, told to systemd each time."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from shipper.cluster.interface import UnreachableError
from shipper.commands.waiting import Waiting, following_bulk_settings
from shipper.errors import ClusterError
from shipper.settings import load
from shipper.sinks.bulk_settings import BulkSettings

QUICK = BulkSettings(first_wait=0.01, longest_wait=0.02, patience=30)


def failing(*errors: Exception) -> Callable[[], str]:
    left = list(errors)

    def question() -> str:
        if left:
            raise left.pop(0)
        return "the answer"

    return question


def test_it_is_asked_until_it_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(5)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        asking = Waiting(QUICK)
        assert asking(failing(*[UnreachableError("gone", advice="wait")] * 3)) == "the answer"
        told = [systemd.recv(4096).decode().split("\n") for _ in range(3)]
    assert [first for first, _ in told] == ["EXTEND_TIMEOUT_USEC=300000000"] * 3
    assert all(status.startswith("STATUS=gone; trying again in 0.0 s") for _, status in told)
    assert capsys.readouterr().err == "utm-shipper: warning: gone; trying again in 0.0 s\n"


def test_a_refusal_is_told_at_once() -> None:
    with pytest.raises(ClusterError, match=r"^never$"):
        Waiting(QUICK)(failing(ClusterError("never"), ClusterError("asked again")))


@pytest.mark.parametrize(("given", "patience"), [({}, float("inf")), ({"bulk.give_up_after": 600.0}, 600.0)])
def test_it_is_given_up_only_where_that_was_set(given: dict[str, float], patience: float) -> None:
    assert following_bulk_settings(load(None, {}, given)).patience == patience
