"""What `listen` needs of other steps: which received lines are mail's, and which spool files are stored for good."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path

from shipper.parse.head import read_head
from shipper.sources.syslog.spent import spent_files
from shipper.state.read_only import view_checkpoints


def is_of(programs: Iterable[str]) -> Callable[[bytes], bool]:
    """Whether a line was written by one of these programs (`*` stands for any text).

    A line whose program cannot be told is kept: it ends as a dead letter that says so, not as a silent loss.
    """
    patterns = tuple(programs)

    @lru_cache(maxsize=1024)
    def is_named(program: str) -> bool:
        return any(fnmatchcase(program, pattern) for pattern in patterns)

    def is_wanted(line: bytes) -> bool:
        head = read_head(line)
        return head is None or is_named(head.process)

    return is_wanted


def delete_spent(finished: Iterable[Path], state: Path, *, before: float) -> int:
    """Deletes the finished spool files that are wholly stored, as the state says, and were last written before then.

    Returns how many. Raises StateError, OSError.
    """
    spent = list(spent_files(finished, view_checkpoints(state), before=before))
    for path in spent:
        path.unlink()
    return len(spent)
