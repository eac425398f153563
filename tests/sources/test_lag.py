"""What is on disk and not stored, for every way in which a file can have changed since."""

from __future__ import annotations

import gzip
from pathlib import Path

import msgspec
import pytest

from shipper.model import Checkpoint
from shipper.sources.lag import Lag, lag_of

TEXT = b"".join(b"2019:06:10-11:04:%02d utm exim-in[1]: a line\n" % second for second in range(60))


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "smtp.log"
    path.write_bytes(TEXT)
    return path


def at(log: Path, offset: int, *, head: bytes = TEXT[:1024], is_over: bool = False) -> Checkpoint:
    return Checkpoint(head, str(log), 0, 0, offset, is_over=is_over)


def test_a_log_is_behind_by_what_was_added(log: Path) -> None:
    assert lag_of(at(log, len(TEXT))) == Lag(0)
    assert lag_of(at(log, 100)) == Lag(len(TEXT) - 100)
    assert lag_of(at(log, 0, head=b"")) == Lag(len(TEXT))


def test_a_log_that_is_over_is_never_behind(log: Path) -> None:
    assert lag_of(at(log, 5, is_over=True)) == Lag(0)
    log.unlink()
    assert lag_of(at(log, 5, is_over=True)) == Lag(0)


def test_a_packed_log_does_not_tell(log: Path) -> None:
    checkpoint = at(log, 5)
    log.write_bytes(gzip.compress(TEXT))
    assert lag_of(checkpoint) == Lag(None, "packed")


def test_a_file_that_is_not_that_log_does_not_tell(log: Path, tmp_path: Path) -> None:
    checkpoint = at(log, len(TEXT))
    log.write_bytes(TEXT[:-1])
    assert lag_of(checkpoint) == Lag(None, "truncated")
    log.write_bytes(b"3" + TEXT[1:])
    assert lag_of(checkpoint) == Lag(None, "another log has its name")
    log.unlink()
    assert lag_of(checkpoint) == Lag(None, "gone")
    assert lag_of(msgspec.structs.replace(checkpoint, path=str(tmp_path))) == Lag(
        None, "cannot be read: Is a directory"
    )
