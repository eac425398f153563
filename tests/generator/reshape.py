"""Other shapes of the same log: prefix forms, cuts, other interleavings, several hosts in one."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from random import Random
from typing import TypeVar

from tests.generator.model import IGNORED, Line, Traffic

MONTHS = (b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec")
FORMS = ("P1", "P2", "P3", "P4", "P5", "P6")
STAMP = 19  # length of `2019:06:10-11:04:40`
Part = TypeVar("Part", bytes, list[Line], list[bytes])


def render(lines: Sequence[Line], form: str = "P1") -> list[bytes]:
    """The lines as they look on the UTM (P1), with a syslog priority (P2), relayed (P3, P4), without host or pid."""
    return [line.text and _form(line, form) for line in lines]


def _form(line: Line, form: str) -> bytes:
    text = line.text
    stamp, rest = text[:STAMP], text[STAMP + 1 :]
    if form == "P2":
        return b"<%d>%s" % (line.priority, text)
    if form == "P3":
        month, day = MONTHS[int(stamp[5:7]) - 1], int(stamp[8:10])
        return b"%s %2d %s 192.0.2.1 %s: %s" % (month, day, stamp[11:], stamp[:4], text[5:])
    if form == "P4":
        return text[5:]
    if form == "P5":
        return b"%s %s" % (stamp, rest.partition(b" ")[2])
    if form == "P6":
        return re.sub(rb"^(\S+ \S+ [^\s\[]+)\[\d+\]:", rb"\1:", text, count=1)
    assert form == "P1", form
    return text


def cut(whole: Part, points: Sequence[int]) -> list[Part]:
    """At these positions: of a list of lines, or of bytes anywhere."""
    edges = [0, *sorted(points), len(whole)]
    return [whole[begin:end] for begin, end in pairwise(edges)]


def interleave(lines: Sequence[Line], seed: int) -> list[Line]:
    """Another order in which syslog may have taken the same lines: each second's processes are dealt anew."""
    rng, out, begin = Random(seed), [], 0
    while begin < len(lines):
        end = begin
        while end < len(lines) and lines[end].utc == lines[begin].utc:
            end += 1
        hands: dict[tuple[str, str, int | None], deque[Line]] = {}
        for line in lines[begin:end]:
            hands.setdefault((line.host, line.process, line.pid), deque()).append(line)
        turns = [key for key, hand in hands.items() for _ in hand]
        rng.shuffle(turns)
        out += [hands[key].popleft() for key in turns]
        begin = end
    return out


def merge(*logs: Traffic) -> Traffic:
    """Several hosts' logs in one, in time order; keys are made distinct."""
    whole, first = Traffic(), 0
    for log in logs:
        highest = max((max(line.message, default=0) for line in log.lines), default=0)
        for line in log.lines:
            whole.lines.append(replace(line, message=tuple(first + key for key in line.message)))
        whole.messages += log.messages
        whole.keys += [first + key for key in log.keys]
        whole.scenarios += log.scenarios
        first += highest + 1
    whole.lines.sort(key=lambda line: line.at)
    whole.ignored = [number for number, line in enumerate(whole.lines) if line.action == IGNORED]
    return whole
