"""Logs shipped piece by piece, in separate runs, end up as if shipped at once: the state carries what is open."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.end_to_end.node import Place, assert_same, without_place
from tests.end_to_end.traffic import busy_hour, several_days, write_daily, write_pieces
from tests.generator import Traffic

pytestmark = pytest.mark.cluster


def assert_ends_as_at_once(place: Place, pieces: Sequence[Path], whole: Path) -> None:
    events, messages = place.parsed(whole)
    assert without_place(place.stored("events")) == without_place(events)
    assert_same(messages, place.stored("messages"))


def write_whole(traffic: Traffic, folder: Path) -> Path:
    folder.mkdir()
    path = folder / "whole.log"
    path.write_bytes(traffic.text)
    return path


@pytest.mark.parametrize("order", ["forwards", "backwards"])
def test_one_archive_a_day(place: Place, tmp_path: Path, order: str) -> None:
    days = write_daily(several_days(), tmp_path / "log")
    assert len(days) > 2
    for day in days if order == "forwards" else reversed(days):
        place.ship(day)
    assert_ends_as_at_once(place, days, write_whole(several_days(), tmp_path / "whole"))


def test_one_archive_a_day_with_the_state_lost_and_all_shipped_again(simple: Place, tmp_path: Path) -> None:
    days = write_daily(several_days(), tmp_path / "log")
    for day in days:
        simple.ship(day)
    simple.ship(*days, state="new")
    assert_ends_as_at_once(simple, days, write_whole(several_days(), tmp_path / "whole"))


@pytest.mark.parametrize("order", ["forwards", "backwards"])
def test_cut_in_the_middle_of_sessions(simple: Place, tmp_path: Path, order: str) -> None:
    pieces = write_pieces(busy_hour(), tmp_path, 8, seed=1)
    for piece in pieces if order == "forwards" else reversed(pieces):
        simple.ship(piece)
    assert_ends_as_at_once(simple, pieces, write_whole(busy_hour(), tmp_path / "whole"))


SESSION = """\
2019:06:10-14:01:20 utm exim-in[2202]: 2019-06-10 14:01:20 SMTP connection from [198.51.100.7]:4329 (TCP/IP connection count = 2)
2019:06:10-14:01:20 utm exim-in[24860]: 2019-06-10 14:01:20 H=(pc25.example.org) [198.51.100.7]:4329 F=<a@example.org> rejected RCPT <nobody@example.com>: no such user
2019:06:10-14:01:21 utm exim-in[24860]: 2019-06-10 14:01:21 [198.51.100.7] F=<a@example.org> R=<b@example.com> Accepted: from relay
2019:06:10-14:01:21 utm exim-in[24860]: 2019-06-10 14:01:21 1haIzJ-0006Sy-1b <= a@example.org H=(pc25.example.org) [198.51.100.7]:4329 P=esmtp S=1200 id=x@y.example
2019:06:10-14:01:22 utm exim-in[24860]: 2019-06-10 14:01:22 SMTP connection from (pc25.example.org) [198.51.100.7]:4329 closed by QUIT
"""  # noqa: E501

REFUSED = """\
2019:06:10-14:01:20 utm exim-in[2202]: 2019-06-10 14:01:20 SMTP connection from [198.51.100.7]:4329 (TCP/IP connection count = 2)
2019:06:10-14:01:20 utm exim-in[24860]: 2019-06-10 14:01:20 [198.51.100.7] F=<a@example.org> R=<b@example.com> Accepted: from relay
2019:06:10-14:01:21 utm exim-in[24860]: 2019-06-10 14:01:21 H=(pc25.example.org) [198.51.100.7]:4329 F=<a@example.org> temporarily rejected RCPT <c@example.com>: later
2019:06:10-14:01:22 utm exim-in[24860]: 2019-06-10 14:01:22 H=(pc25.example.org) [198.51.100.7]:4329 F=<a@example.org> rejected RCPT <d@example.com>: never
2019:06:10-14:01:23 utm exim-in[24860]: 2019-06-10 14:01:23 SMTP connection from (pc25.example.org) [198.51.100.7]:4329 closed by QUIT
"""  # noqa: E501

SPLIT = """\
2019:06:10-14:01:21 utm exim-in[24860]: 2019-06-10 14:01:21 [198.51.100.7] F=<a@example.org> R=<b@example.com> Accepted: from relay
2019:06:10-14:01:22 utm exim-in[24860]: [1\\3] 2019-06-10 14:01:21 1haIzJ-0006Sy-1b H=(pc25.example.org) [198.51.100.7]:4329 F=<a@example.org> rejected after DATA: spam
2019:06:10-14:01:22 utm exim-in[24860]: [2\\3] Envelope-from: <a@example.org>
2019:06:10-14:01:22 utm exim-in[24860]: [3/3] Envelope-to: <b@example.com>
"""  # noqa: E501

ZONE = ("--zone", "Europe/Berlin")


TEXTS = {"accepted": SESSION, "refused": REFUSED, "split": SPLIT}
CUTS = [(name, cut) for name, text in TEXTS.items() for cut in range(1, text.count("\n"))]


@pytest.mark.parametrize("order", ["forwards", "backwards"])
@pytest.mark.parametrize(("name", "cut"), CUTS)
def test_one_session_cut_at_each_line(simple: Place, tmp_path: Path, name: str, cut: int, order: str) -> None:
    lines = TEXTS[name].splitlines(keepends=True)
    whole, first, second = (tmp_path / name for name in ("whole.log", "first.log", "second.log"))
    whole.write_text(TEXTS[name])
    first.write_text("".join(lines[:cut]))
    second.write_text("".join(lines[cut:]))
    pieces = [first, second]
    for piece in pieces if order == "forwards" else reversed(pieces):
        simple.ship(*ZONE, piece)
    events, messages = simple.parsed(*ZONE, whole)
    assert without_place(simple.stored("events")) == without_place(events)
    assert_same(messages, simple.stored("messages"))
