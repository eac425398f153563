"""What a queue id holds (Exim specification, section 3.4): the UTC second and the pid of the process that made it.

`tttttt-pppppp-ss` up to Exim 4.96, `tttttt-ppppppppppp-ssss` from 4.97, both in base 62 (0-9, A-Z, a-z).
"""

from __future__ import annotations

from functools import lru_cache

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_PAIRS = {high + low: 62 * i + j for i, high in enumerate(_DIGITS) for j, low in enumerate(_DIGITS)}


def _number(digits: str) -> int:
    value = 0
    for place in range(len(digits) % 2, len(digits), 2):
        value = value * 3844 + _PAIRS[digits[place : place + 2]]
    return value if len(digits) % 2 == 0 else value + _PAIRS["0" + digits[0]] * 62 ** (len(digits) - 1)


@lru_cache(maxsize=1 << 13)
def made(queue_id: str) -> tuple[int, int]:
    """When (UTC second) and by which process (pid) the id was made."""
    return _number(queue_id[:6]), _number(queue_id[7 : queue_id.rindex("-")])


def made_at(queue_id: str) -> int:
    """UTC second in which the id was made."""
    return made(queue_id)[0]
