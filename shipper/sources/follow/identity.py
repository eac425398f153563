"""Which log a file holds: the one that begins like it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from shipper.model import Checkpoint
from shipper.sources.files import HEAD_BYTES
from shipper.sources.follow.log import FollowedLog
from shipper.sources.follow.scan import File


def is_telling(head: bytes) -> bool:
    """Whether it is enough to know a log by: a whole line, or as much as is ever looked at."""
    return b"\n" in head or len(head) >= HEAD_BYTES


def is_alike(head: bytes, other: bytes) -> bool:
    """Whether they may be of one log, as far as the shorter one goes."""
    shared = min(len(head), len(other))
    return head[:shared] == other[:shared]


class Logs:
    """All logs that were ever followed, by how they begin.

    Two logs may begin with the same line. While one is short, it cannot be told from a copy of the other and is taken
    for one; once it goes on differently it is a log of its own, from its first byte. A file that goes on where a known
    log ended is that log only if no other file holds it and it was not over.
    """

    def __init__(self, known: Sequence[Checkpoint], begins: Callable[[str, bytes], float]) -> None:
        self.replaced: list[bytes] = []
        self._begins = begins
        self._by_line: dict[bytes, list[FollowedLog]] = {}
        self._by_head: dict[bytes, FollowedLog] = {}
        for checkpoint in known:
            self._keep(FollowedLog(checkpoint, begins(checkpoint.path, checkpoint.head), is_stored=True))

    def __iter__(self) -> Iterator[FollowedLog]:
        return iter(self._by_head.values())

    def of(self, head: bytes) -> FollowedLog:
        """The log that is known by this head. Raises KeyError when there is none."""
        return self._by_head[head]

    def owns(self, file: File, head: bytes) -> bool:
        """Whether a log that begins so was seen in this very file."""
        return any(_is_in(log, file) and is_alike(log.checkpoint.head, head) for log in self._candidates(head))

    def last_seen_in(self, file: File) -> FollowedLog | None:
        """The log of a file that cannot be looked at: the one seen there last."""
        return next((log for log in self if _is_in(log, file) and log.checkpoint.path == file.name), None)

    def match(self, head: bytes, file: File) -> FollowedLog | None:
        """The log that a file with this beginning holds; of several, the one with the longest beginning in common."""
        found = [log for log in self._candidates(head) if _fits(log, head, file)]
        return max(found, key=lambda log: _nearness(log, head, file), default=None)

    def shorter(self, head: bytes) -> list[FollowedLog]:
        """Logs that begin so, as far as is known of them, which is less."""
        found = [log for log in self._candidates(head) if is_alike(log.checkpoint.head, head)]
        return [log for log in found if len(log.checkpoint.head) < len(head)]

    def add(self, head: bytes, file: File) -> FollowedLog:
        """A log that was not known."""
        log = FollowedLog(Checkpoint(head, file.name, *file.key), self._begins(file.name, head), is_stored=False)
        self._keep(log)
        return log

    def grow(self, log: FollowedLog, head: bytes) -> FollowedLog:
        """More of its beginning is known. Returns the log that it is: another where it turns out to be its copy."""
        self._by_head.pop(log.checkpoint.head)
        self._by_line[_first_line(log.checkpoint.head)].remove(log)
        whole = next((other for other in self._candidates(head) if other.checkpoint.head.startswith(head)), None)
        if whole is not None:
            whole.absorb(log)
            self.replaced += [log.stored_head] if log.stored_head else []
            return whole
        log.change(head=head)
        if log.begins == float("inf"):
            log.begins = self._begins(log.checkpoint.path, head)
        self._keep(log)
        return log

    def _candidates(self, head: bytes) -> list[FollowedLog]:
        line = _first_line(head)
        return [*self._by_line.get(line, ()), *(self._by_line.get(b"", ()) if line else ())]

    def _keep(self, log: FollowedLog) -> None:
        head = log.checkpoint.head
        self._by_head[head] = log
        self._by_line.setdefault(_first_line(head), []).append(log)


def _first_line(head: bytes) -> bytes:
    """Its first line; none where a short head does not hold a whole one."""
    end = head.find(b"\n") + 1
    return head[:end] if end or len(head) < HEAD_BYTES else head


def _is_in(log: FollowedLog, file: File) -> bool:
    return file.key == (log.checkpoint.device, log.checkpoint.inode)


def _fits(log: FollowedLog, head: bytes, file: File) -> bool:
    known = log.checkpoint
    if not is_alike(known.head, head):
        return False
    if not (is_telling(known.head) and is_telling(head)):
        return head == known.head  # many logs begin with the same half of a line
    if len(head) <= len(known.head) or _is_in(log, file):
        return True
    return not log.tails and not known.is_over


def _nearness(log: FollowedLog, head: bytes, file: File) -> tuple[bool, int, bool, float]:
    known = log.checkpoint
    return _is_in(log, file), min(len(known.head), len(head)), known.path == file.name, known.seen
