"""The clock on small sequences: (local time, queue-id time or nothing) -> offset in quarters of an hour."""

from __future__ import annotations

import pytest

from shipper.parse.clock import MOST_HELD, Clock, observe
from shipper.parse.head import read_head

HOUR = 3600


def at(text: str) -> int:
    """`d hh:mm` or `hh:mm` or `hh:mm:ss` as seconds; day 0 is 1970-01-11."""
    day, _, clock = text.rpartition(" ")
    hours, minutes, *seconds = map(int, clock.split(":"))
    return (10 + int(day or 0)) * 86400 + hours * HOUR + minutes * 60 + sum(seconds)


def offsets(steps: list[tuple[str, float | None]], carried: float | None = None) -> list[float | None]:
    """Feeds (local time, offset in hours that the line proves); gives each line's offset in hours, in order."""
    clock: Clock[int] = Clock(None if carried is None else int(carried * HOUR))
    given = []
    for number, (local, proof) in enumerate(steps):
        proven = None if proof is None else int(proof * HOUR)
        sure = clock.confirmed(at(local), proven)
        given += clock.feed(at(local), proven, number) if sure is None else [(at(local), sure, True, number)]
    given += clock.finish()
    assert [line for *_, line in given] == list(range(len(steps)))
    return [None if offset is None else offset / HOUR for _, offset, _, _ in given]


TABLE: dict[str, tuple[list[tuple[str, float | None]], list[float | None]]] = {
    "nothing tells it": ([("11:00", None), ("11:01", None)], [None, None]),
    "one id tells all around it": ([("11:00", None), ("11:01", 2), ("11:02", None)], [2, 2, 2]),
    "a slow message does not change it": ([("11:00", 2), ("11:20", 2.25), ("11:21", 2), ("11:22", None)], [2, 2, 2, 2]),
    "a slow message comes first": ([("11:00", 2.25), ("11:01", 2), ("11:30", 2)], [2, 2, 2]),
    "behind UTC": ([("11:00", -4), ("11:01", None)], [-4, -4]),
    "half and three quarters of an hour": ([("11:00", 5.75), ("11:01", None)], [5.75, 5.75]),
    "clocks go forward": (
        [("01:58", 1), ("01:59", None), ("03:00", None), ("03:01", 2), ("03:20", 2)],
        [1, 1, 2, 2, 2],
    ),
    "clocks go back": (
        [("02:58", 2), ("02:59", None), ("02:00", None), ("02:01", 1), ("02:59", None), ("03:00", 1)],
        [2, 2, 1, 1, 1, 1],
    ),
    "clocks go back half an hour": (
        [("01:58", 11), ("01:59", None), ("01:30", None), ("01:31", 10.5), ("01:59", None)],
        [11, 11, 10.5, 10.5, 10.5],
    ),
    "clocks went back in a gap": (
        [("01:10", 2), ("02:10", None), ("04:00", 1), ("04:01", None)],
        [2, 2, 1, 1],
    ),
    "clocks went back, no id follows": ([("02:58", 2), ("02:59", None), ("02:01", None)], [2, 2, 1]),
}  # fmt: skip


@pytest.mark.parametrize("name", TABLE)
def test_offsets(name: str) -> None:
    steps, wanted = TABLE[name]
    assert offsets(steps) == wanted


def test_a_log_without_ids_has_the_offset_that_was_carried_to_it() -> None:
    assert offsets([("11:00", None), ("11:01", None)], carried=2) == [2, 2]


def test_a_carried_offset_wins_over_one_slow_line() -> None:
    """An id tells at most the offset: a file whose only such line is half an hour late must not move its clock."""
    assert offsets([("11:00", None), ("11:01", 2.5), ("11:02", None)], carried=2) == [2, 2, 2]


def test_lines_are_not_held_without_end() -> None:
    clock: Clock[int] = Clock(7200)
    given = sum((len(clock.feed(at("11:00") + number, None, number)) for number in range(MOST_HELD + 2)), 0)
    assert given > MOST_HELD


@pytest.mark.parametrize(
    ("line", "local", "offset"),
    [
        ("exim-in[9103]: 2019-06-10 11:04:40 1haLqi-0002Mp-2G x", "2019-06-10 11:04:40", -4),
        ("smtpd[9095]: SCANNER[9095]: 1haLql-0002Mh-MA <= x", "2019-06-10 11:04:43", -4),
        ("smtpd: SCANNER[9095]: 1haLql-0002Mh-MA <= x", "2019-06-10 11:04:43", -4),
        ("exim-out[9113]: 2019-06-10 11:04:44 1haLql-0002Mh-MA x", "2019-06-10 11:04:44", None),
        ("exim-in[9103]: 2019-06-10 11:04:40 text", "2019-06-10 11:04:40", None),
        ("exim-in[9103]: 2019-06-10 11:04:40 +0530 text", "2019-06-10 11:04:40", 5.5),
        ("exim-in[9103]: 2019-06-12 11:04:40 1haLqi-0002Mp-2G x", "2019-06-12 11:04:40", None),
    ],
)
def test_what_a_line_proves(line: str, local: str, offset: float | None) -> None:
    """Only a line of the process that made the id, and only an offset that a zone on Earth can have."""
    head = read_head(f"2019:06:10-11:04:40 utm {line}".encode())
    assert head is not None
    second = {"2019-06-10 11:04:40": 1560164680, "2019-06-10 11:04:43": 1560164683, "2019-06-10 11:04:44": 1560164684}
    seen = observe(head, second.get(local, 1560164680 + 2 * 86400))
    assert seen == (None if offset is None else offset * HOUR)
