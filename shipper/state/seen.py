"""Which keys may be stored: a Bloom filter, so that most look-ups of new keys need no query."""

from __future__ import annotations

_BITS = 1 << 26
_MASK = _BITS - 1


class Seen:
    """Never says no of a key that was added; says yes of a few others (1 % at five million keys). Takes 8 MB."""

    def __init__(self) -> None:
        self._bits = bytearray(_BITS >> 3)

    def add(self, key: tuple[str, str]) -> None:
        """Remembers a key."""
        bits = self._bits
        for bit in _positions(key):
            bits[bit >> 3] |= 1 << (bit & 7)

    def __contains__(self, key: tuple[str, str]) -> bool:
        """Of a new key the first bit is not set, most of the time."""
        bits, first = self._bits, hash(key) & _MASK
        if not bits[first >> 3] & 1 << (first & 7):
            return False
        return all(bits[bit >> 3] & 1 << (bit & 7) for bit in _positions(key))


def _positions(key: tuple[str, str]) -> tuple[int, int, int, int]:
    number = hash(key)
    step = number >> 32 | 1
    return number & _MASK, number + step & _MASK, number + 2 * step & _MASK, number + 3 * step & _MASK
