"""Which lines of a growing log wait: what decides about their time comes after them."""

from __future__ import annotations

import pytest

from shipper.model import Checkpoint
from shipper.parse.clock import Reached
from shipper.parse.head import local_second
from shipper.pipeline.holding import Holding
from shipper.sources.follow.piece import Piece

BEFORE = 2_000_000
"""Offset of the piece in its log."""

# Its id was made by process 9103 at 15:04:40 UTC, four hours ahead of the local time.
OWN = "{stamp} utm exim-in[9103]: {inner} 1haLqi-0002Mp-2G <= a@example.net H=x.example [192.0.2.10]:53500 P=esmtp S=9"
OTHER = "{stamp} utm exim-in[4711]: {inner} SMTP connection from [192.0.2.10]:53500 (TCP/IP connection count = 1)"


def line(form: str, time: str) -> bytes:
    return form.format(stamp=f"2019:06:10-{time}", inner=f"2019-06-10 {time}").encode() + b"\n"


def piece(*lines: bytes, is_live: bool = True) -> Piece:
    head = b"2019:06:10-08:00:00 utm"
    return Piece("smtp.log", head, BEFORE, b"".join(lines), Checkpoint(head, "smtp.log", 1, 1), is_live=is_live)


def reached(time: str, offset: int = -14400) -> dict[str, Reached]:
    local = local_second(2019, f"06:10-{time}")
    assert local is not None
    return {"utm": Reached(offset, local)}


def kept(given: Piece, known: dict[str, Reached], after: float = 0, *, has_zone: bool = False) -> int:
    """How many lines of the piece are not held, so many seconds after they were first looked at."""
    holding = Holding("", has_zone=has_zone)
    holding.cut(given, known, 1000)
    return holding.cut(given, known, 1000 + after).data.count(b"\n")


NOW = line(OTHER, "11:04:30")
ID = line(OWN, "11:04:41")
SLOW = line(OWN, "11:40:00")
"""The line of a message that took 36 minutes to come in: its id alone would tell another offset."""


@pytest.mark.parametrize(
    ("lines", "known", "wanted"),
    [
        pytest.param((NOW, NOW), reached("11:00:00"), 2, id="soon after the last line"),
        pytest.param((NOW, NOW), reached("10:40:00"), 0, id="after a silence"),
        pytest.param((NOW, ID), reached("10:40:00"), 2, id="a silence, then an id that confirms"),
        pytest.param((NOW, NOW), reached("11:30:00"), 0, id="after a jump back"),
        pytest.param((NOW, SLOW), reached("11:00:00"), 1, id="an id that contradicts after a silence"),
        pytest.param((NOW, ID), reached("10:04:00", -18000), 0, id="an hour is missing, and the id says so"),
        pytest.param((NOW,), {}, 0, id="no id ever"),
        pytest.param((NOW, ID), {}, 0, id="a single id"),
        pytest.param((NOW, ID, ID), {}, 3, id="two ids that agree"),
    ],
)
def test_lines_in_doubt_wait(lines: tuple[bytes, ...], known: dict[str, Reached], wanted: int) -> None:
    assert kept(piece(*lines), known) == wanted


@pytest.mark.parametrize(
    ("lines", "known", "patience"),
    [
        pytest.param((NOW,), reached("10:40:00"), 60, id="no id since the silence"),
        pytest.param((NOW, SLOW), reached("10:40:00"), 900, id="an id that contradicts"),
        pytest.param((NOW,), {}, 3600, id="no id ever"),
        pytest.param((NOW, ID), {}, 5, id="a single id"),
    ],
)
def test_patience_ends(lines: tuple[bytes, ...], known: dict[str, Reached], patience: float) -> None:
    assert kept(piece(*lines), known, patience - 1) == 0
    assert kept(piece(*lines), known, patience) == len(lines)


def test_a_log_that_is_over_waits_for_nothing() -> None:
    assert kept(piece(NOW, is_live=False), {}) == 1


def test_with_a_zone_nothing_waits() -> None:
    assert kept(piece(NOW), {}, has_zone=True) == 1


def test_what_is_kept_is_whole_lines_from_the_beginning() -> None:
    given = piece(NOW, SLOW)
    assert Holding("", has_zone=False).cut(given, reached("11:00:00"), 0).data == NOW


def test_each_host_is_judged_for_itself() -> None:
    other = line(OTHER, "11:04:31").replace(b" utm ", b" utm-b ")
    assert kept(piece(NOW, other, ID), reached("11:00:00")) == 1
