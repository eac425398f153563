"""Messages with their lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

import msgspec

from shipper.retrieval import Archive, Document
from shipper.trace.candidates import candidates_of
from shipper.trace.own_lines import own_lines

_TOGETHER = 40


class Story(msgspec.Struct, frozen=True):
    """A message's document, the documents of its lines in the order of their log, and the queue ids of bounces that
    report it."""

    message: Document
    lines: list[Document]
    bounces: list[str]

    @property
    def missing(self) -> int:
        """How many of the lines that the message was made of are not there (any more)."""
        count: int = self.message["sophos"]["utm"]["event_count"]
        return max(0, count - len(self.lines))


def stories_of(archive: Archive, messages: Iterable[Document]) -> Iterator[Story]:
    """The stories of these messages, in their order; some dozens are in memory at a time."""
    waiting = iter(messages)
    while some := list(islice(waiting, _TOGETHER)):
        for message, found in zip(some, candidates_of(archive, some), strict=True):
            yield Story(message, own_lines(message, found.lines), found.bounces)
