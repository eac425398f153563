"""What a queue id holds (Exim specification, section 3.4): the UTC second and the pid of the process that made it.

`tttttt-pppppp-ss` up to Exim 4.96, `tttttt-ppppppppppp-ssss` from 4.97, both in base 62 (0-9, A-Z, a-z).
"""

from __future__ import annotations

from functools import lru_cache

_DIGITS = {c: i for i, c in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")}


def _number(digits: str) -> int:
    value = 0
    for digit in digits:
        value = value * 62 + _DIGITS[digit]
    return value


@lru_cache(maxsize=1 << 16)
def made(queue_id: str) -> tuple[int, int]:
    """When (UTC second) and by which process (pid) the id was made."""
    return _number(queue_id[:6]), _number(queue_id[7 : queue_id.rindex("-")])


def made_at(queue_id: str) -> int:
    """UTC second in which the id was made."""
    return made(queue_id)[0]
