"""Where one message ends and the next begins in a stream: octet counting and line ends (RFC 6587)."""

from __future__ import annotations

import re

_FILLER = b"\n\r\0"
_COUNT = re.compile(rb"([1-9][0-9]{0,9}) ")
_DIGITS = re.compile(rb"[1-9][0-9]{0,9}")
_MOST_DIGITS = 10


class Frames:
    """Takes the bytes of one connection in pieces of any size, and gives its messages.

    The first message tells the framing of all: a number and a space announce its length, anything else is a line. What
    cannot be a frame makes the stream `broken` (one line that says why); nothing is given after it. Lines longer than
    `largest` bytes are left out and counted in `too_long`; memory stays within `largest` and one piece.
    """

    def __init__(self, largest: int) -> None:
        self.broken = ""
        self.too_long = 0
        self._largest = largest
        self._is_counted: bool | None = None
        self._rest = bytearray()
        self._is_skipping = False

    @property
    def is_inside(self) -> bool:
        """Whether a message has begun that has not ended."""
        return self._is_skipping or bool(self._rest.strip(_FILLER))

    def feed(self, data: bytes) -> list[bytes]:
        """The messages that are whole now, without what frames them."""
        if self._is_counted is None:
            self._rest = (self._rest + data).lstrip(_FILLER)
            self._is_counted = self._begins_counted()
            if self._is_counted is None:
                return []
            data, self._rest = bytes(self._rest), bytearray()
        if self.broken:
            return []
        return self._counted(data) if self._is_counted else self._lines(data)

    def _begins_counted(self) -> bool | None:
        """None while there are too few bytes to tell."""
        digits = _DIGITS.match(self._rest)
        following = self._rest[digits.end() : digits.end() + 1] if digits else self._rest[:1]
        if not following:
            return None
        return digits is not None and (following == b" " or following.isdigit())

    def _lines(self, data: bytes) -> list[bytes]:
        *ended, last = data.split(b"\n")
        if ended and self._is_skipping:
            del ended[0]
            self._is_skipping = False
        elif ended:
            ended[0] = bytes(self._rest) + ended[0]
            self._rest.clear()
        messages = [line for line in ended if len(line) <= self._largest]
        self.too_long += len(ended) - len(messages)
        if not self._is_skipping:
            self._rest += last
            if len(self._rest) > self._largest:
                self._rest.clear()
                self._is_skipping = True
                self.too_long += 1
        return messages

    def _counted(self, data: bytes) -> list[bytes]:
        messages = []
        rest = self._rest
        rest += data
        while count := self._next_count(rest):
            begin = count.end()
            end = begin + int(count[1])
            if end - begin > self._largest:
                self.broken = f"a message of {int(count[1]):,} bytes is announced"
            if self.broken or end > len(rest):
                break
            messages.append(bytes(rest[begin:end]))
            del rest[:end]
        return messages

    def _next_count(self, rest: bytearray) -> re.Match[bytes] | None:
        """The number that announces the next message; None while it is not whole, or where there is none."""
        while rest and rest[0] in _FILLER:
            del rest[0]
        count = _COUNT.match(rest)
        digits = _DIGITS.match(rest)
        if count is None and rest and not (digits and digits.end() == len(rest)):
            self.broken = "bytes stand where the length of a message should"
        return count
