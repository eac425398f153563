"""Exim queue ids: base 62 of the UTC second, of the pid that made the id, and of the part of a second."""

from __future__ import annotations

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
VALUES = {digit: value for value, digit in enumerate(DIGITS)}


def base62(number: int, width: int) -> str:
    digits = []
    for _ in range(width):
        number, rest = divmod(number, 62)
        digits.append(DIGITS[rest])
    return "".join(reversed(digits))


def from_base62(text: str) -> int:
    number = 0
    for digit in text:
        number = number * 62 + VALUES[digit]
    return number


def encode(at: float, pid: int, *, long: bool) -> str:
    """`6-6-2` (sub-second in 1/2000 s) up to Exim 4.96, `6-11-4` (microseconds) from 4.97."""
    second = int(at)
    fraction = at - second
    if long:
        return f"{base62(second, 6)}-{base62(pid, 11)}-{base62(int(fraction * 1_000_000), 4)}"
    return f"{base62(second, 6)}-{base62(pid, 6)}-{base62(int(fraction * 2000), 2)}"


def decode(queue_id: str) -> tuple[int, int]:
    """The UTC second and the pid inside a queue id."""
    second, pid, _ = queue_id.split("-")
    return from_base62(second), from_base62(pid)
