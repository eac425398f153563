"""The hour that a clock shows twice."""

from __future__ import annotations

import datetime
from zoneinfo import ZoneInfo


class ZoneFold:
    """The configured zone's offset for local times in file order; after a jump back, the later reading of an hour."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._last = 0
        self._later = 0

    def offset(self, local: int) -> int:
        if local < self._last - 1800:
            self._later = 1
        elif local > self._last + 7200:
            self._later = 0
        self._last = local
        return self._at(local, self._later)

    def other(self, local: int) -> int:
        return self._at(local, 1 - self._later)

    def is_possible(self, offset: int) -> bool:
        """Whether the zone has this offset at some time of the year (daylight saving or not)."""
        year = datetime.datetime.fromtimestamp(self._last, datetime.UTC).year
        days = (datetime.datetime(year, month, 1, 12, tzinfo=self._zone) for month in (1, 7))
        return offset in [int((day.utcoffset() or datetime.timedelta()).total_seconds()) for day in days]

    def _at(self, local: int, fold: int) -> int:
        naive = datetime.datetime.fromtimestamp(local, datetime.UTC).replace(tzinfo=self._zone, fold=fold)
        return int((naive.utcoffset() or datetime.timedelta()).total_seconds())
