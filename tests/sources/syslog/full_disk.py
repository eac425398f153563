"""A disk without room: the system's limit on the size of files, which cuts writes short as a full disk does."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager, suppress


@contextmanager
def no_file_beyond(size: int, pid: int = 0) -> Iterator[None]:
    """Meanwhile no file of the process (0 is this one) grows beyond that many bytes."""
    _, hard = before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        with suppress(ProcessLookupError):  # it may have ended meanwhile
            resource.prlimit(pid, resource.RLIMIT_FSIZE, before)
