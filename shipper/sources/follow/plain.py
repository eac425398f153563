"""Reads a plain file from any place, as far as it is written."""

from __future__ import annotations

import os

from shipper.sources.files import HEAD_BYTES

_BLOCK = 1 << 18


class PlainReader:
    """An open file; positions count its bytes from the first that is not zero.

    The zero bytes before that are a `hole`: a log was truncated while its writer went on at the place where it was.
    """

    has_ended = is_whole = is_behind = False
    fault = ""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self.hole = 0

    def status(self) -> os.stat_result:
        """The open file's own, whatever its path leads to by now."""
        return os.fstat(self._descriptor)

    def head(self) -> bytes:
        """How the log begins now: at most 1024 bytes."""
        head = os.pread(self._descriptor, HEAD_BYTES, self.hole)
        if not head.startswith(b"\0"):
            return head
        self.hole = self._after_hole()
        return os.pread(self._descriptor, HEAD_BYTES, self.hole)

    def is_as_before(self, head: bytes) -> bool:
        """Whether the log still begins so."""
        return os.pread(self._descriptor, len(head), self.hole) == head

    def read(self, position: int, size: int) -> bytes:
        """At most `size` bytes from `position` on; none at the end."""
        return os.pread(self._descriptor, size, self.hole + position)

    def duplicate(self) -> int:
        """Another descriptor of the file."""
        return os.dup(self._descriptor)

    def close(self) -> None:
        """Closes the file."""
        os.close(self._descriptor)

    def _after_hole(self) -> int:
        size = self.status().st_size
        at = self.hole
        while at < size:
            try:
                at = os.lseek(self._descriptor, at, os.SEEK_DATA)
            except OSError:
                return size  # nothing but holes up to the end
            block = os.pread(self._descriptor, _BLOCK, at)
            rest = block.lstrip(b"\0")
            if rest or not block:
                return at + len(block) - len(rest)
            at += len(block)
        return at
