"""The messages that fit: counted, and which of them are to be told."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice

import msgspec

from shipper.errors import NothingFoundError
from shipper.retrieval import Archive, Document, Scope, key_of
from shipper.trace.sought import Sought
from shipper.trace.story import stories_of

MOST_LINES = 10_000


class Hits(msgspec.Struct, frozen=True):
    """`total`: how many fit; `newest`: the last of them, with their numbers in the order of time from 1 on."""

    total: int
    newest: list[tuple[int, Document]]


class Naming(msgspec.Struct, frozen=True):
    """`lines` name what is looked for (at most `MOST_LINES` are counted); `strays` of them are of no message, None
    where that was not looked at."""

    lines: int
    strays: int | None


def narrowed(scope: Scope, sought: Sought) -> Scope:
    """The messages of a scope that fit."""
    return msgspec.structs.replace(scope, where=(*scope.where, sought.in_messages))


def naming_lines(archive: Archive, scope: Scope, sought: Sought) -> Iterator[Document]:
    """The lines in a scope's time and hosts that name what is looked for."""
    return archive.events(msgspec.structs.replace(scope, where=(sought.in_lines,)))


def newest_of(messages: Iterable[Document], most: int) -> Hits:
    """Counts messages and keeps the last ones."""
    kept: deque[tuple[int, Document]] = deque(maxlen=most)
    number = 0
    for number, message in enumerate(messages, start=1):
        kept.append((number, message))
    return Hits(number, list(kept))


def picked(messages: Iterable[Document], number: int) -> Document:
    """The one with this number. Raises NothingFoundError."""
    found = next(islice(messages, number - 1, None), None)
    if found is None:
        raise NothingFoundError(f"there is no number {number}", advice="without --pick the messages are listed")
    return found


def with_id(messages: Iterable[Document], id: str) -> Document:
    """The one whose document has this id. Raises NothingFoundError."""
    found = next((message for message in messages if message["_id"] == id), None)
    if found is None:
        raise NothingFoundError(f"none of the messages has the id {id}", advice="without --id they are listed")
    return found


def count_naming(archive: Archive, scope: Scope, sought: Sought, hits: Hits) -> Naming:
    """Lines that name what is looked for; how many are of no message, where all messages that fit are at hand."""
    lines = [line["_id"] for line in islice(naming_lines(archive, scope, sought), MOST_LINES)]
    if len(lines) == MOST_LINES or hits.total > len(hits.newest):
        return Naming(len(lines), None)
    messages = sorted((message for _, message in hits.newest), key=key_of)
    owned = {line["_id"] for story in stories_of(archive, messages) for line in story.lines}
    return Naming(len(lines), sum(id not in owned for id in lines))
