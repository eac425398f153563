"""The lines of messages: which belong to which."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from shipper.retrieval.conditions import Document


def queue_ids_of(message: Document) -> list[str]:
    """All queue ids of a message; none of a refused attempt."""
    ids: list[str] = message["sophos"]["utm"].get("queue_ids", [])
    return ids


def host_of(document: Document) -> str:
    """Empty where the log does not tell it."""
    name: str = document.get("host", {}).get("name", "")
    return name


def hosts_of(messages: Sequence[Document]) -> tuple[str, ...]:
    """The hosts of these messages; none where one of them is not known, so that any will do."""
    hosts = {host_of(message) for message in messages}
    return () if "" in hosts else tuple(sorted(hosts))


def group_lines(messages: Sequence[Document], lines: Iterable[Document]) -> dict[str, list[Document]]:
    """`_id` of each message -> its lines among these, in the order of their log."""
    owners: dict[tuple[str, str], list[str]] = {}
    for message in messages:
        for queue_id in queue_ids_of(message):
            owners.setdefault((host_of(message), queue_id), []).append(message["_id"])
    found: dict[str, list[Document]] = {message["_id"]: [] for message in messages}
    for line in lines:
        for id in owners.get((host_of(line), line["sophos"]["utm"].get("queue_id", "")), ()):
            found[id].append(line)
    for own in found.values():
        own.sort(key=place_of)
    return found


def place_of(line: Document) -> tuple[str, str, int, str]:
    """By which lines are in the order of their log."""
    log = line.get("log", {})
    return line["@timestamp"], log.get("file", {}).get("path", ""), log.get("offset", 0), line["_id"]
