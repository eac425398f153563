"""Dead letters as people and programs read them."""

from __future__ import annotations

from typing import Any

import msgspec

from shipper.documents.shape import encode
from shipper.model import DeadLetter
from shipper.parse.head import Head, read_head

_UNKNOWN_YEAR = "????"


class _Timed(msgspec.Struct):
    time: str = msgspec.field(name="@timestamp")


def dead_letter_line(letter: DeadLetter, number: int | None = None) -> bytes:
    """A dead letter as JSON; bytes that are no UTF-8 are shown with backslashes."""
    return encode(describe_letter(letter, number))


def describe_letter(letter: DeadLetter, number: int | None = None) -> dict[str, Any]:
    """All that is known of a dead letter: a line's place and bytes, or the document, how it was sent, and the cluster's
    own error."""
    told: dict[str, Any] = {} if number is None else {"number": number}
    told |= {"step": letter.step, "reason": letter.reason}
    if time := log_time(letter):
        told["time"] = time
    if letter.operation is None:
        told["log"] = {"file": {"path": letter.source}, "offset": letter.offset}
        told["data"] = letter.data.decode("utf-8", "backslashreplace")
    else:
        told["document"] = {"operation": letter.operation, "index": letter.index, "id": letter.id}
        if letter.version is not None:
            told["document"]["version"] = letter.version
        if letter.error:
            told["error"] = msgspec.Raw(letter.error)
        if letter.data:
            told["document"]["source"] = msgspec.Raw(letter.data)
    return told


def log_time(letter: DeadLetter) -> str | None:
    """When the line was, by its own local clock (`2019-06-10 11:04:40`); a document's UTC time. None if unknown."""
    if letter.operation is None:
        head = read_head(letter.data)
        return None if head is None else _local_time(head)
    try:
        return msgspec.json.decode(letter.data, type=_Timed).time
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


def _local_time(head: Head) -> str:
    month, day, time = head.stamp[:2], head.stamp[3:5], head.stamp[6:]
    return f"{head.year or _UNKNOWN_YEAR}-{month}-{day} {time}"
