"""Every way in which logs are rotated, looked at between any of its system calls, with and without a restart."""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.sources.follow.logs import line
from tests.sources.follow.reader import Reader

OLD = b"".join(line(1, number, "x" * 60) + b"\n" for number in range(40))
NEW = b"".join(line(2, number, "y" * 60) + b"\r\n" for number in range(30))
CUT = len(OLD) // 2 + 17

Step = Callable[[Path], object]


def append(data: bytes, name: str = "smtp.log") -> Step:
    def step(folder: Path) -> None:
        descriptor = os.open(folder / name, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.write(descriptor, data)
        os.close(descriptor)

    return step


def rename(name: str, to: str) -> Step:
    return lambda folder: (folder / name).rename(folder / to)


def truncate(name: str = "smtp.log") -> Step:
    return lambda folder: os.truncate(folder / name, 0)


def delete(name: str) -> Step:
    return lambda folder: (folder / name).unlink()


def pack(name: str) -> list[Step]:
    packed = gzip.compress(OLD)
    return [
        append(b"", f"{name}.gz"),
        append(packed[:300], f"{name}.gz"),
        append(packed[300:], f"{name}.gz"),
        delete(name),
    ]


BEGUN = [append(OLD[:CUT]), append(OLD[CUT:])]
ROTATED = rename("smtp.log", "smtp.log.1")
GOES_ON = [append(NEW[:100]), append(NEW[100:])]

STYLES: dict[str, list[Step]] = {
    "rename and create": [*BEGUN, ROTATED, append(b""), *GOES_ON],
    "the writer goes on in the renamed file": [BEGUN[0], ROTATED, append(OLD[CUT:], "smtp.log.1"), *GOES_ON],
    "the writer is told late": [BEGUN[0], ROTATED, append(b""), append(OLD[CUT:], "smtp.log.1"), append(NEW)],
    "rename, pack, delete": [*BEGUN, ROTATED, GOES_ON[0], *pack("smtp.log.1"), GOES_ON[1]],
    "rename to a date, pack, rename": [
        *BEGUN, rename("smtp.log", "smtp-20240301.log"), GOES_ON[0], *pack("smtp-20240301.log"),
        rename("smtp-20240301.log.gz", "smtp-20240302.log.gz"), GOES_ON[1],
    ],
    "copy and truncate": [
        *BEGUN, append(OLD[:90], "smtp.log.1"), append(OLD[90:], "smtp.log.1"), truncate(), *GOES_ON,
    ],
    "copy and truncate, pack": [
        *BEGUN, append(OLD, "smtp.log.1"), truncate(), GOES_ON[0], *pack("smtp.log.1"), GOES_ON[1],
    ],
    "pack while the next one is rotated": [
        *BEGUN, ROTATED, GOES_ON[0], rename("smtp.log.1", "smtp.log.2"), *pack("smtp.log.2"), GOES_ON[1],
        rename("smtp.log.2.gz", "smtp.log.3.gz"),
    ],
}  # fmt: skip
UNSEEN = {
    "two rotations": [*BEGUN, ROTATED, *GOES_ON, rename("smtp.log.1", "smtp.log.2"), ROTATED, *pack("smtp.log.2")],
}


def run(reader: Reader, folder: Path, steps: Sequence[Step], polls: Sequence[int], restart: int | None) -> None:
    for number, step in enumerate(steps):
        step(folder)
        if number == restart:
            reader.restart()
        if number in polls:
            reader.poll(700)
    reader.finish()


def check(folder: Path, steps: Sequence[Step], *, by_name: bool) -> None:
    """A first look, then one after every step or after any one of them; a restart at any step, or none."""
    for polls in (range(len(steps)), *((0, number) for number in range(1, len(steps)))):
        for restart in (None, *range(1, len(steps))):
            place = folder / f"{polls} {restart}"
            place.mkdir()
            reader = Reader(place / "smtp.log" if by_name else place)
            run(reader, place, steps, polls, restart)
            assert reader.logs == [OLD, NEW], (polls, restart)


@pytest.mark.parametrize("style", STYLES)
def test_a_named_file(tmp_path: Path, style: str) -> None:
    check(tmp_path, STYLES[style], by_name=True)


@pytest.mark.parametrize("style", [*STYLES, *UNSEEN])
def test_a_folder(tmp_path: Path, style: str) -> None:
    check(tmp_path, (STYLES | UNSEEN)[style], by_name=False)
