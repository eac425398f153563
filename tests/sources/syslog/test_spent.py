"""Only what is stored for good may go."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from shipper.model import Checkpoint
from shipper.sources.syslog.spent import spent_files

CONTENT = b"one\ntwo\n"


def checkpoint(path: Path, head: bytes = CONTENT, offset: int = len(CONTENT)) -> Checkpoint:
    return Checkpoint(head, str(path), 0, 0, offset)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "spool" / "smtp-1.log"
    file.parent.mkdir()
    file.write_bytes(CONTENT)
    os.utime(file, (1000.0, 1000.0))
    return file


def spent(file: Path, *checkpoints: Checkpoint, before: float = 1001.0) -> list[Path]:
    return list(spent_files([file], checkpoints, before=before))


def test_a_stored_file_that_is_old_enough_may_go(file: Path) -> None:
    assert spent(file, checkpoint(file)) == [file]
    assert spent(file, checkpoint(file, CONTENT[:3])) == [file]
    assert spent(file, checkpoint(file, offset=0), checkpoint(file)) == [file]


def test_a_younger_one_stays(file: Path) -> None:
    assert spent(file, checkpoint(file), before=1000.0) == []


@pytest.mark.parametrize("offset", [0, len(CONTENT) - 1])
def test_one_with_a_line_that_is_not_stored_stays(file: Path, offset: int) -> None:
    assert spent(file, checkpoint(file, offset=offset)) == []


def test_one_of_which_the_state_knows_nothing_stays(file: Path) -> None:
    assert spent(file) == []
    assert spent(file, checkpoint(file.with_name("smtp-2.log"))) == []


def test_one_that_took_the_name_of_another_stays(file: Path) -> None:
    assert spent(file, checkpoint(file, b"once another\n", 1000)) == []
    assert spent(file, checkpoint(file, b"", 1000)) == []
    assert spent(file, checkpoint(file, CONTENT + b"more", 1000)) == []


def test_the_way_to_a_file_does_not_matter(file: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(file.parent)
    assert spent(file, checkpoint(tmp_path / "link" / file.name)) == [file]
