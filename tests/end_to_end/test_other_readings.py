"""The same lines by other ways: packed, from standard input, with a priority in front, relayed."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from tests.end_to_end.node import Place, assert_same, without_place
from tests.end_to_end.traffic import START
from tests.generator import generate, render

pytestmark = pytest.mark.cluster

TRAFFIC = generate(7, messages=90, start=START)
DAY = "2019-06-10"


def write(path: Path, form: str = "P1") -> Path:
    path.write_bytes(b"".join(line + b"\n" for line in render(TRAFFIC.lines, form)))
    return path


def test_a_plain_file_and_its_archive_are_one_log(simple: Place, tmp_path: Path) -> None:
    plain = write(tmp_path / f"smtp-{DAY}.log")
    packed = tmp_path / f"smtp-{DAY}.log.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    simple.ship(plain)
    before = simple.stored("events"), simple.stored("messages")
    for again in [(packed,), (plain, packed), (tmp_path,)]:
        simple.ship(*again)
        assert_same(before[0], simple.stored("events"))
        assert_same(before[1], simple.stored("messages"))


def test_standard_input(place: Place, tmp_path: Path) -> None:
    plain = write(tmp_path / "smtp.log")
    place.ship("-", given=plain.read_bytes())
    events, messages = place.parsed(plain)
    assert without_place(place.stored("events")) == without_place(events)
    assert_same(messages, place.stored("messages"))


def test_standard_input_after_the_file(simple: Place, tmp_path: Path) -> None:
    plain = write(tmp_path / "smtp.log")
    simple.ship(plain)
    before = simple.stored("events"), simple.stored("messages")
    simple.ship("-", given=plain.read_bytes())
    assert_same(before[0], simple.stored("events"))
    assert_same(before[1], simple.stored("messages"))


@pytest.mark.parametrize("form", ["P2", "P3"])
def test_lines_that_a_relay_changed(simple: Place, tmp_path: Path, form: str) -> None:
    """With a `<PRI>` in front, or sent on by another syslog: the same events, so that nothing is added."""
    simple.ship(write(tmp_path / "smtp.log"))
    before = simple.stored("events"), simple.stored("messages")
    simple.ship(write(tmp_path / f"relayed-{DAY}.log", form))
    assert_same(before[0], simple.stored("events"))
    assert_same(before[1], simple.stored("messages"))


def test_a_folder_with_an_archive_and_the_live_log(simple: Place, tmp_path: Path) -> None:
    lines = render(TRAFFIC.lines)
    half = len(lines) // 2
    archive = tmp_path / "log" / "2019" / "06" / f"smtp-{DAY}.log.gz"
    archive.parent.mkdir(parents=True)
    archive.write_bytes(gzip.compress(b"".join(line + b"\n" for line in lines[:half])))
    (tmp_path / "log" / "smtp.log").write_bytes(b"".join(line + b"\n" for line in lines[half:]))
    simple.ship(tmp_path / "log")
    events, messages = simple.parsed(write(tmp_path / "whole.log"))
    assert without_place(simple.stored("events")) == without_place(events)
    assert_same(messages, simple.stored("messages"))
