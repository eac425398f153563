"""Several logs in time order."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shipper.sources.merge import merge


class Log:
    """A log of (second, name) items, which knows how many logs are open."""

    opened = 0

    def __init__(self, name: str, seconds: list[int]) -> None:
        self.name, self.seconds = name, seconds

    @property
    def begins(self) -> float:
        return self.seconds[0] if self.seconds else float("inf")

    def items(self) -> Iterator[tuple[int, str]]:
        Log.opened += 1
        for number, second in enumerate(self.seconds):
            yield second, f"{self.name}{number}"
        Log.opened -= 1


def order(*logs: Log) -> list[str]:
    return [item for _, item in merge(logs)]


@pytest.mark.parametrize(
    ("logs", "wanted"),
    [
        ([], []),
        ([[]], []),
        ([[1, 2, 3]], ["a0", "a1", "a2"]),
        ([[4, 5], [1, 2]], ["b0", "b1", "a0", "a1"]),
        ([[1, 4], [2, 3]], ["a0", "b0", "b1", "a1"]),
        ([[1, 9, 2], [3, 4]], ["a0", "b0", "b1", "a1", "a2"]),  # a clock that goes back: the file order stands
        ([[1, 5], [], [2]], ["a0", "c0", "a1"]),
        ([[1, 2], [2, 3]], ["a0", "a1", "b0", "b1"]),  # the earlier log ends where the next one begins
    ],
)
def test_order(logs: list[list[int]], wanted: list[str]) -> None:
    assert order(*(Log("abc"[number], seconds) for number, seconds in enumerate(logs))) == wanted


@given(st.lists(st.lists(st.integers(0, 30)).map(sorted), max_size=6))
@settings(deadline=None, derandomize=True, print_blob=True, database=None)
def test_nothing_is_lost_and_time_runs(logs: list[list[int]]) -> None:
    streams = [Log(f"{number}-", seconds) for number, seconds in enumerate(logs)]
    found = [(stream.seconds[int(item.partition("-")[2])], item) for stream, item in merge(streams)]
    assert sorted(item for _, item in found) == sorted(
        f"{number}-{place}" for number, seconds in enumerate(logs) for place in range(len(seconds))
    )
    assert [second for second, _ in found] == sorted(second for second, _ in found)


def test_a_log_is_opened_only_when_its_time_has_come() -> None:
    Log.opened = 0
    logs = [Log(str(day), [day * 100, day * 100 + 50]) for day in range(50)]
    most = 0
    for _ in merge(logs):
        most = max(most, Log.opened)
    assert most <= 2
