"""When each of several logs begins, in UTC: the order in which they are read.

A log's own ids tell its offset, but a short one may hold nothing but lines of slow mail, whose ids are old. Such a log
shows a larger offset than both its neighbours in local time.
"""

from __future__ import annotations

from collections.abc import Sequence

from shipper.pipeline.timing import Beginning, Offsets

NEVER = float("inf")


def order_beginnings(beginnings: Sequence[Beginning | None], offsets: Offsets) -> list[float]:
    """The UTC second in which each log begins, infinite for a log without any time. `offsets` learns what they tell."""
    by_host: dict[str, list[int]] = {}
    for index, beginning in enumerate(beginnings):
        if beginning is not None:
            by_host.setdefault(beginning.host, []).append(index)
    found = [NEVER] * len(beginnings)
    for host, indices in by_host.items():
        own = [(index, beginning) for index in indices if (beginning := beginnings[index]) is not None]
        own.sort(key=lambda pair: pair[1].local)
        for index, second in _of_one_host(host, own, offsets):
            found[index] = second
    return found


def _of_one_host(host: str, logs: Sequence[tuple[int, Beginning]], offsets: Offsets) -> list[tuple[int, float]]:
    told = [(beginning.local, beginning.offset) for _, beginning in logs if beginning.offset is not None]
    smoothed: list[tuple[int, int]] = []
    for number, (local, offset) in enumerate(told):
        around = [told[n][1] for n in (number - 1, number + 1) if 0 <= n < len(told)]
        smoothed.append((local, max(around) if len(around) == 2 and offset > max(around) else offset))
    for local, offset in smoothed:
        offsets.learn(host, local - offset, offset)
    return [(index, _second(host, beginning, smoothed, offsets)) for index, beginning in logs]


def _second(host: str, beginning: Beginning, told: Sequence[tuple[int, int]], offsets: Offsets) -> float:
    local = beginning.local
    if beginning.offset is None:
        if beginning.time is not None:
            return beginning.time
        return local - (offsets.near(host, local) or 0)
    return local - next(offset for at, offset in told if at == local)
