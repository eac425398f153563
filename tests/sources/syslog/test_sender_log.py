"""One sender's files: whole lines, ended by size and age, never touched again."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from shipper.sources.files import find_logs
from shipper.sources.syslog.sender_log import Rotation, SenderLog
from tests.sources.syslog.full_disk import no_file_beyond

NOON = 1_720_000_000.25  # 2024-07-03 09:46:40.25 UTC


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def log(tmp_path: Path, clock: Clock) -> Iterator[SenderLog]:
    log = SenderLog(tmp_path / "192.0.2.1", Rotation(20, 3600.0), clock)
    yield log
    log.end()


def contents(tmp_path: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((tmp_path / "192.0.2.1").iterdir())}


def test_lines_are_appended_to_a_file_that_is_found_as_a_log(tmp_path: Path, log: SenderLog) -> None:
    assert log.append([b"one", b"two"]) == 2
    assert log.append([b"three"]) == 1

    assert contents(tmp_path) == {"smtp-2024-07-03T09-46-40.250000Z.log": b"one\ntwo\nthree\n"}
    assert [found.path for found in find_logs([str(tmp_path)])] == [str(log.path)]


def test_only_the_owner_can_read(tmp_path: Path, log: SenderLog) -> None:
    log.append([b"one"])

    assert stat.S_IMODE((tmp_path / "192.0.2.1").stat().st_mode) == 0o700
    assert log.path
    assert stat.S_IMODE(log.path.stat().st_mode) == 0o600


def test_a_file_is_ended_before_it_grows_too_large(tmp_path: Path, log: SenderLog, clock: Clock) -> None:
    log.append([b"0123456789", b"01234567"])
    clock.now += 1
    log.append([b"next"])
    clock.now += 1
    log.append([b"a line that is longer than the limit is written all the same"])

    assert contents(tmp_path) == {
        "smtp-2024-07-03T09-46-40.250000Z.log": b"0123456789\n01234567\n",
        "smtp-2024-07-03T09-46-41.250000Z.log": b"next\n",
        "smtp-2024-07-03T09-46-42.250000Z.log": b"a line that is longer than the limit is written all the same\n",
    }


def test_a_file_is_ended_when_it_is_old_without_waiting_for_a_line(
    tmp_path: Path, log: SenderLog, clock: Clock
) -> None:
    log.append([b"one"])
    clock.now += 3599
    log.end_if_due()
    assert log.path
    clock.now += 1
    log.end_if_due()
    assert log.path is None
    log.append([b"two"])

    assert contents(tmp_path) == {
        "smtp-2024-07-03T09-46-40.250000Z.log": b"one\n",
        "smtp-2024-07-03T10-46-40.250000Z.log": b"two\n",
    }


@pytest.mark.parametrize("step", [0.0, -1.0, -86400.0])
def test_a_clock_that_stands_or_steps_back_changes_no_order_and_no_file(
    tmp_path: Path, log: SenderLog, clock: Clock, step: float
) -> None:
    log.append([b"0123456789012345678"])
    clock.now += step
    log.append([b"second"])
    log.append([b"third"])

    assert list(contents(tmp_path).values()) == [b"0123456789012345678\n", b"second\nthird\n"]


def test_another_process_begins_a_file_of_its_own_after_the_others(
    tmp_path: Path, log: SenderLog, clock: Clock
) -> None:
    log.append([b"one"])
    log.end()
    (tmp_path / "192.0.2.1" / "smtp-other.log").touch()
    clock.now -= 3600
    again = SenderLog(tmp_path / "192.0.2.1", Rotation(20, 3600.0), clock)
    again.append([b"two"])
    again.end()

    assert contents(tmp_path) == {
        "smtp-2024-07-03T09-46-40.250000Z.log": b"one\n",
        "smtp-2024-07-03T09-46-40.250010Z.log": b"two\n",
        "smtp-other.log": b"",
    }


def test_a_file_that_somebody_deletes_is_not_written_on(tmp_path: Path, log: SenderLog) -> None:
    log.append([b"one"])
    assert log.path
    log.path.unlink()
    log.append([b"two"])

    assert list(contents(tmp_path).values()) == [b"two\n"]


def test_without_room_a_line_is_written_whole_or_later(tmp_path: Path, log: SenderLog) -> None:
    log.append([b"one"])
    with no_file_beyond(10):
        assert log.append([b"two", b"three", b"four"]) == 2
        assert list(contents(tmp_path).values()) == [b"one\ntwo\nth"]
        assert log.append([b"five"]) == 0
        assert log.error == "File too large"
        log.end_if_due()
        assert log.path
    with no_file_beyond(11):
        assert log.append([b"five"]) == 0
    assert log.append([b"four", b"five"]) == 2

    assert list(contents(tmp_path).values()) == [b"one\ntwo\nthree\n", b"four\nfive\n"]


def test_no_room_at_the_end_of_a_line(tmp_path: Path, log: SenderLog) -> None:
    log.append([b"one"])
    with no_file_beyond(8):
        assert log.append([b"two", b"three"]) == 1
        assert log.append([b"three"]) == 0
    assert log.append([b"three"]) == 1

    assert list(contents(tmp_path).values()) == [b"one\ntwo\nthree\n"]


def test_a_folder_that_cannot_be_made_is_an_error_until_it_can(tmp_path: Path, log: SenderLog) -> None:
    (tmp_path / "192.0.2.1").touch()
    assert log.append([b"one"]) == 0
    assert log.error == "File exists"
    (tmp_path / "192.0.2.1").unlink()
    assert log.append([b"one"]) == 1

    assert list(contents(tmp_path).values()) == [b"one\n"]


def test_what_was_written_is_synced_once(log: SenderLog) -> None:
    assert log.unsynced() is None
    log.append([b"one"])
    descriptor = log.unsynced()
    assert descriptor is not None
    assert log.path
    assert os.path.samestat(os.fstat(descriptor), log.path.stat())
    os.close(descriptor)
    assert log.unsynced() is None
    log.append([b"two"])
    again = log.unsynced()
    assert again is not None
    os.close(again)
