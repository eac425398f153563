"""After a crash: a file that ends within a line is brought back to its last whole one. No byte is thrown away."""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO

CUT_SHORT = "cut-short.txt"
_BLOCK = 1 << 16


def mend(path: Path) -> int:
    """Moves what stands after the last line end of a spool file to `cut-short.txt` beside it; returns how many bytes.

    The rest of such a line was never received, so that it would be read as another line than the sender's.
    """
    with path.open("r+b") as file:
        size = file.seek(0, os.SEEK_END)
        end = _after_last_line(file, size)
        if end == size:
            return 0
        file.seek(end)
        _set_aside(path.with_name(CUT_SHORT), file.read())
        file.truncate(end)
        os.fsync(file.fileno())
    return size - end


def _after_last_line(file: BinaryIO, size: int) -> int:
    begin = size
    while begin > 0:
        end, begin = begin, max(0, begin - _BLOCK)
        file.seek(begin)
        at = file.read(end - begin).rfind(b"\n")
        if at >= 0:
            return begin + at + 1
    return 0


def _set_aside(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "ab") as file:
        file.write(data + b"\n")
        file.flush()
        os.fsync(file.fileno())
