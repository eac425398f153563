"""What servers answer: the first letters of a recipient's local part decide."""

from __future__ import annotations

import re
from collections.abc import Sequence

CLOSE = ""
"""No answer: the connection is closed."""

_TO_RECIPIENT = {
    "bad": "550 5.1.1 no such user; see http://help.example/?a=1&b=2",
    "always": "452 4.2.2 over quota",
    "lines": "550-first line\n550-second: line\n550 third äö",
    "hangup": CLOSE,
}
_ONLY_AT_FIRST = {"busy": "451 4.7.1 Try again later, H=greylist [203.0.113.99]"}
_TO_DATA = {
    "datafail": "554 5.6.0 content refused",
    "datatemp": "451 4.3.0 disc full",
    "dataclose": CLOSE,
    "latin": '250 Empfangen für Sie "ok" \\ back',
    "long": "250 " + "x" * 300,
    "twolines": "250-first\n250 second line",
}


class Answers:
    """Those of all servers: the number of a message that was taken is its own among all of them."""

    def __init__(self) -> None:
        self._asked: set[str] = set()
        self._taken = 0

    def to_recipient(self, address: str) -> str:
        """The answer to RCPT."""
        word = _first_word(address)
        if word in _ONLY_AT_FIRST and address not in self._asked:
            self._asked.add(address)
            return _ONLY_AT_FIRST[word]
        return _TO_RECIPIENT.get(word, "250 OK")

    def to_data(self, recipients: Sequence[str]) -> str:
        """The answer to a whole message."""
        words = (_first_word(address) for address in recipients)
        known = next((_TO_DATA[word] for word in words if word in _TO_DATA), None)
        if known is not None:
            return known
        self._taken += 1
        return f'250 2.0.0 OK queued as {self._taken:04} "for" you'


def _first_word(address: str) -> str:
    found = re.match("[a-z]*", address)
    return found[0] if found else ""
