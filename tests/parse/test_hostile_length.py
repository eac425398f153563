"""No pattern may take long: each shape's sample is stuffed with what makes patterns go back and forth."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import pytest

from shipper.formats.declarations import Declaration, load
from shipper.parse.head import read_head
from shipper.parse.lines import LineParser

LENGTH = 12_000  # quadratic steps in this text take longer than the limit, linear ones a few milliseconds
LIMIT = 0.5
STUFFING = (
    ") [", " (", '"', "\\", ' "', "[", " a=b", " K", "@", " a@b", ": ", "a", "<", ' "x"', '="', " host a [", "1", " ",
)  # fmt: skip
PARSER = LineParser(load())


class TookTooLongError(Exception):
    pass


def _give_up(number: int, frame: FrameType | None) -> None:
    raise TookTooLongError


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    before = signal.signal(signal.SIGPROF, _give_up)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def places(line: str) -> list[int]:
    """The beginning of the text, a few places between its words, and its end."""
    begin = line.index(": ") + 2
    words = [begin + found.start() for found in re.finditer(r"(?<=[ =<(\[\"])", line[begin:])]
    return sorted({begin, *words[3 :: max(1, len(words) // 5)], len(line)})


@pytest.mark.parametrize("declaration", load(), ids=lambda declaration: declaration.kind.name)
def test_stuffed_samples(declaration: Declaration) -> None:
    slow = []
    line = declaration.kind.samples[-1].line
    for place in places(line):
        for stuffing in STUFFING:
            for tail in (line[place:], ""):
                head = read_head((line[:place] + stuffing * (LENGTH // len(stuffing)) + tail).encode())
                if head is None:
                    continue
                try:
                    with at_most(LIMIT):
                        PARSER.parse(head)
                except TookTooLongError:
                    slow.append((line[:place], stuffing, tail))
        if slow:
            break
    assert slow == []
