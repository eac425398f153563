"""Bytes of a log that were read and not yet taken."""

from __future__ import annotations

LONGEST_LINE = 1 << 24
"""Bytes of a line that are given at once; a longer line comes in parts of so many."""


class Buffer:
    """Grows at its end and is taken from its beginning, in whole lines."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._searched = 0

    def __len__(self) -> int:
        return len(self._data)

    def add(self, data: bytes) -> None:
        """More of the log."""
        self._data += data

    def first(self, size: int) -> bytes:
        """The first bytes."""
        return bytes(self._data[:size])

    def drop(self, size: int) -> None:
        """The first bytes are taken."""
        del self._data[:size]
        self._searched = 0

    def shorten(self, size: int) -> None:
        """Only the first bytes are right."""
        del self._data[size:]
        self._searched = 0

    def has_line(self) -> bool:
        """Whether its first line is whole, or too long to wait for its end."""
        end = self._data.find(b"\n", self._searched)
        self._searched = len(self._data) if end < 0 else end
        return end >= 0 or len(self._data) >= LONGEST_LINE

    def lines(self, size: int) -> int:
        """How many bytes the whole lines among the first `size` bytes have; more where the first line is longer."""
        end = self._data.rfind(b"\n", 0, size) + 1 or self._data.find(b"\n", size) + 1
        if not end and len(self._data) >= LONGEST_LINE:
            return LONGEST_LINE
        return end

    def has_line_after(self, size: int) -> bool:
        """Whether a whole line stands after the first `size` bytes."""
        return self._data.find(b"\n", size) >= 0

    def after(self, size: int) -> bytes:
        """All but the first bytes."""
        return bytes(self._data[size:])
