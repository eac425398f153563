"""Bytes on the disk for each byte of the log, once all segments are merged."""

from __future__ import annotations

import time
from dataclasses import dataclass

from tests.benchmarks.node import ask

_SETTLING_SECONDS = 60


@dataclass(frozen=True)
class Disk:
    """Bytes: `raw` the log's, the others those of both kinds of indices without copies."""

    raw: int
    events: int
    messages: int

    @property
    def ratio(self) -> float:
        return (self.events + self.messages) / self.raw


def measure(url: str, raw: int) -> Disk:
    return Disk(raw, *(_merged(url, f"utm-smtp-{kind}-*") for kind in ("events", "messages")))


def _merged(url: str, indices: str) -> int:
    """Deleted files go some moments after a merge: the size counts once it no longer changes."""
    ask(url, "POST", f"/{indices}/_forcemerge?max_num_segments=1")
    ask(url, "POST", f"/{indices}/_refresh")
    end, sizes = time.monotonic() + _SETTLING_SECONDS, [-1, _size(url, indices)]
    while sizes[-1] != sizes[-2] and time.monotonic() < end:
        time.sleep(1)
        sizes.append(_size(url, indices))
    return sizes[-1]


def _size(url: str, indices: str) -> int:
    ask(url, "POST", f"/{indices}/_flush?force=true")
    return int(ask(url, "GET", f"/{indices}/_stats/store")["_all"]["primaries"]["store"]["size_in_bytes"])
