"""How much of a log on disk is not stored yet, told from outside of the process that follows it."""

from __future__ import annotations

from pathlib import Path

import msgspec

from shipper.model import Checkpoint
from shipper.sources.unpack import GZIP


class Lag(msgspec.Struct, frozen=True):
    """`unread`: bytes on disk that are not stored; None where that is not to be told, and then `why` says why not."""

    unread: int | None
    why: str = ""


def lag_of(checkpoint: Checkpoint) -> Lag:
    """Looks at the file where the log was seen last. Packed ones do not tell: an offset counts what is in them."""
    if checkpoint.is_over:
        return Lag(0)
    try:
        with Path(checkpoint.path).open("rb") as file:
            head = file.read(len(checkpoint.head))
            size = file.seek(0, 2)
    except FileNotFoundError:
        return Lag(None, "gone")
    except OSError as error:
        return Lag(None, f"cannot be read: {error.strerror or error}")
    if head.startswith(GZIP):
        return Lag(None, "packed")
    if head != checkpoint.head:
        return Lag(None, "another log has its name")
    if size < checkpoint.offset:
        return Lag(None, "truncated")
    return Lag(size - checkpoint.offset)
