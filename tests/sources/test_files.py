"""Which files paths name."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from shipper.errors import InputError
from shipper.sources.files import LogFile, find_logs


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    for name in (
        "2019/06/smtp-2019-06-10.log.gz", "2019/06/smtp-2019-06-11.log.gz", "smtp.log", "smtp.log.1", "smtp",
        "other.LOG", "packed.gz", "notes.txt", "2019/readme.md", "logger.py",
    ):  # fmt: skip
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * len(name))
    (tmp_path / "smtp-folder.log").mkdir()
    return tmp_path


def names(logs: list[LogFile], folder: Path) -> list[str]:
    return sorted(str(Path(log.path).relative_to(folder)) for log in logs)


def test_a_folder_is_searched_recursively_for_names_of_logs(archive: Path) -> None:
    assert names(find_logs([str(archive)]), archive) == [
        "2019/06/smtp-2019-06-10.log.gz", "2019/06/smtp-2019-06-11.log.gz", "other.LOG", "packed.gz", "smtp",
        "smtp.log", "smtp.log.1",
    ]  # fmt: skip


def test_a_file_is_taken_whatever_its_name(archive: Path) -> None:
    (log,) = find_logs([str(archive / "notes.txt")])
    assert (log.path, log.size) == (str(archive / "notes.txt"), len("notes.txt"))


def test_each_log_once(archive: Path) -> None:
    (archive / "smtp-link.log").symlink_to(archive / "smtp.log")
    paths = [archive / "smtp.log", archive, f"{archive}/2019/../smtp.log", archive / "smtp-link.log"]
    assert len(find_logs([str(path) for path in paths])) == 7


def test_standard_input() -> None:
    assert find_logs(["-", "-"]) == [LogFile("-", is_stream=True)]


def test_a_missing_path(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no such file or folder: .*missing"):
        find_logs([str(tmp_path / "missing")])


def test_a_folder_without_logs(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    with pytest.raises(InputError, match="no logs in the folder"):
        find_logs([str(tmp_path)])


def test_damage_is_said_with_the_files_name(tmp_path: Path) -> None:
    log = tmp_path / "smtp.log.gz"
    log.write_bytes(b"\x1f\x8b\x08\x00broken")
    reports: list[str] = []
    assert list(LogFile(str(log)).lines(reports.append)) == []
    assert len(reports) == 1
    assert reports[0].startswith(f"{log}: ")


def test_packed_bytes_are_counted_for_the_progress_bar(archive: Path) -> None:
    counted: list[int] = []
    log = LogFile(str(archive / "smtp.log"))
    list(log.lines(pytest.fail, counted.append))
    assert sum(counted) == len("smtp.log")


def test_a_name_that_is_no_text_is_shown_with_escapes(tmp_path: Path) -> None:
    names = [b"smtp-\xe4.log", b"smtp-\xf6.log"]
    for name in names:
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_bytes(name + b"\n")
    logs = find_logs([str(tmp_path)])
    lines = [line for log in logs for line in log.lines(print)]
    assert [(line.data, line.source) for line in lines] == [
        (b"smtp-\xe4.log", f"{tmp_path}/smtp-\\xe4.log"),
        (b"smtp-\xf6.log", f"{tmp_path}/smtp-\\xf6.log"),
    ]
