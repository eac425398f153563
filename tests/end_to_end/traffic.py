"""The logs that these tests ship, made once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from random import Random

from tests.generator import Traffic, cut, generate, merge
from tests.generator.archive import write_days

START = datetime(2019, 6, 10, 8, tzinfo=UTC)
EVENING = datetime(2019, 6, 10, 19, tzinfo=UTC)


@cache
def two_gateways() -> Traffic:
    """Every scenario of two generations, some 700 messages of two hosts in one log."""
    older = generate(1, messages=350, start=START, dialect="4.82", host="utm-a")
    newer = generate(2, messages=350, start=START, dialect="4.97", host="utm-b")
    return merge(older, newer)


@cache
def several_days() -> Traffic:
    """Some days of a slow gateway: messages that wait over midnight, requeues, late answers."""
    return generate(3, messages=220, start=EVENING, dialect="4.82", rate=0.25)


@cache
def busy_hour() -> Traffic:
    """Many connections at once, so that every cut goes through some."""
    return generate(4, messages=220, start=START, dialect="4.82", rate=15)


def write_daily(traffic: Traffic, folder: Path) -> list[Path]:
    """One file a day, as the gateway keeps them."""
    return write_days((line.text for line in traffic.lines), folder)


def write_pieces(traffic: Traffic, folder: Path, number: int, seed: int) -> list[Path]:
    """The log cut between lines at random, each piece a file."""
    points = Random(seed).sample(range(1, len(traffic.lines)), number - 1)
    return list(_written(cut(traffic.lines, points), folder))


def _written(pieces: Sequence[list], folder: Path) -> Iterator[Path]:
    for position, piece in enumerate(pieces):
        path = folder / f"piece-{position:02d}.log"
        path.write_bytes(b"".join(line.text + b"\n" for line in piece))
        yield path
