"""Copies of a log within one run."""

from __future__ import annotations


class Recent:
    """The events of the last minute: a line that a copy of its log gives again is left out."""

    _SECONDS = 64

    def __init__(self) -> None:
        self._seen: dict[str, dict[int, set[str]]] = {}

    def has(self, host: str, time: int, id: str) -> bool:
        """Whether this event was there before; it is from now on."""
        seconds = self._seen.setdefault(host, {})
        ids = seconds.get(time)
        if ids is None:
            ids = seconds[time] = set()
            if len(seconds) > self._SECONDS:
                del seconds[next(iter(seconds))]
        if id in ids:
            return True
        ids.add(id)
        return False
