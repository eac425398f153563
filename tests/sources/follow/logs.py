"""Lines that tell which log they are of, and what a follower is told about them."""

from __future__ import annotations

import re
from pathlib import Path

from shipper.sources.follow.follower import Content

NEVER = float("inf")
_LINE = re.compile(rb"log (\d+) line (\d+) ([^\n]*)\.")


def line(log: int, number: int, text: str = "") -> bytes:
    """A whole line without its end."""
    return b"log %06d line %06d %s." % (log, number, text.encode())


def begins(path: str, head: bytes) -> float:
    """The number of the log is the second in which it begins."""
    found = _LINE.search(head)
    return int(found[1]) if found else NEVER


def continues(rest: bytes, first: bytes) -> bool:
    """Whether both together are one line, and neither alone is one."""
    return bool(_LINE.fullmatch(rest + first)) and not (_LINE.fullmatch(rest) or _LINE.fullmatch(first))


CONTENT = Content(begins, continues)


def write(path: Path, *lines: bytes) -> bytes:
    """Appends whole lines; returns what was appended."""
    return append(path, b"".join(one + b"\n" for one in lines))


def append(path: Path, data: bytes) -> bytes:
    """Appends bytes; returns them."""
    with path.open("ab") as file:
        file.write(data)
    return data
