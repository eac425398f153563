"""The year of a line whose prefix lost it: from queue ids, else from the lines around it, else from the file's name."""

from __future__ import annotations

import re

from shipper.parse.head import Head, local_second
from shipper.queue_id import made_at

_IN_NAME = re.compile(r"(?:^|[^0-9])((?:19|20)[0-9]{2})[-_/.]?(?:0[1-9]|1[0-2])(?:[^0-9]|[-_/.]?[0-3][0-9])", re.ASCII)


def year_in_name(path: str) -> int | None:
    """`.../2019/06/smtp-2019-06-10.log.gz` -> 2019."""
    found = _IN_NAME.findall(path)
    return int(found[-1]) if found else None


def year_near(stamp: str, second: int) -> int | None:
    """The year in which `stamp` (`06:10-11:04:40`) is nearest to the given second (UTC or local)."""
    about = 1970 + second // 31556952
    times = [
        (abs(local - second), year) for year in (about - 1, about, about + 1) if (local := local_second(year, stamp))
    ]
    return min(times)[1] if times else None


class Years:
    """Fills in the years of one host's lines, in file order. `near` is the last line's local second."""

    __slots__ = ("near",)

    def __init__(self) -> None:
        self.near: int | None = None

    def local(self, head: Head) -> int | None:
        """The line's local second; None when its year is not known yet."""
        year = head.year
        if year is None:
            anchor = made_at(head.queue_id) if head.queue_id else self.near
            year = None if anchor is None else year_near(head.stamp, anchor)
            if year is None:
                return None
        local = local_second(year, head.stamp)
        if local is not None:
            self.near = local
        return local
