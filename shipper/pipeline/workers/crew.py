"""Who works on an archive."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from shipper.cluster.connection import ConnectionSettings
from shipper.settings import Settings


class Crew(msgspec.Struct, frozen=True):
    """How many workers there are, how each reaches the cluster, and the folder that their files go to.

    A slice has `smallest` unpacked bytes at least, about. `redone` is told which slices were read again, and why.
    """

    workers: int
    settings: Settings
    connection: ConnectionSettings
    folder: Path
    smallest: int = 4_000_000
    redone: dict[int, str] = msgspec.field(default_factory=dict)


def available_cores() -> int:
    """How many processes can work at the same time."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
