"""What one clean run would have put into a place, and whether it is there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from shipper.pipeline.balance import Balance
from tests.end_to_end.node import Key, Place, Stored
from tests.pipeline.running import run

K = TypeVar("K")
V = TypeVar("V")

_PREFIX = "utm-smtp-"


@dataclass(frozen=True)
class Outcome:
    """Documents as text, without where the lines were read: index (without its prefix) and id -> version and text."""

    balance: dict[str, int]
    events: dict[Key, str] = field(default_factory=dict)
    messages: dict[Key, tuple[int, str]] = field(default_factory=dict)


@cache
def outcome(*logs: bytes) -> Outcome:
    """What shipping these logs at once comes to."""
    with TemporaryDirectory() as folder:
        paths = [Path(folder) / f"smtp-{number}.log" for number in range(len(logs))]
        for path, log in zip(paths, logs, strict=True):
            path.write_bytes(log)
        result = run(*paths)
    found = Outcome(books(result.balance))
    for (index, id), document in zip(result.event_ids, result.events, strict=True):
        del document["log"]
        found.events[index.removeprefix(_PREFIX), id] = json.dumps(document)
    for (index, id), document in result.by_id.items():
        version = document["sophos"]["utm"]["event_count"]
        found.messages[index.removeprefix(_PREFIX), id] = (version, json.dumps(document))
    return found


def books(balance: Balance) -> dict[str, int]:
    """What the balance says of lines and messages, however they were read."""
    return {name: number for name, number in balance.counted().items() if name != "repeated"}


def found_in(place: Place, balance: Balance) -> Outcome:
    """What is there; the balance is that of all runs."""
    events, messages = (_texts(place, place.stored(kind)) for kind in ("events", "messages"))
    return Outcome(books(balance), {key: text for key, (_, text) in events.items()}, messages)


def _texts(place: Place, stored: Stored) -> dict[Key, tuple[int, str]]:
    for document in stored.documents.values():
        document.pop("log", None)
    return {
        (index.removeprefix(f"{place.prefix}-"), id): (stored.versions[index, id], json.dumps(document))
        for (index, id), document in stored.documents.items()
    }


def count(place: Place, kind: str = "events") -> int:
    """How many documents searches find there."""
    pattern = f"/{place.prefix}-{kind}-*"
    place.node.ask("POST", f"{pattern}/_refresh")
    return int(place.node.ask("GET", f"{pattern}/_count")["count"])


def assert_same(wanted: Outcome, found: Outcome) -> None:
    """Fails with the first few differences."""
    _assert_equal(wanted.balance, found.balance)
    _assert_equal(wanted.events, found.events)
    _assert_equal(wanted.messages, found.messages)


def _assert_equal(ours: Mapping[K, V], theirs: Mapping[K, V]) -> None:
    differing = [key for key in {**ours, **theirs} if ours.get(key) != theirs.get(key)]
    shown = "\n".join(f"{key}:\n    wanted {ours.get(key)}\n    found  {theirs.get(key)}" for key in differing[:3])
    assert not differing, f"{len(differing)} of {len(ours)} differ\n{shown}"
