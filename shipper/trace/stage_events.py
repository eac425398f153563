"""The document of a line -> the stage event that it was made of."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from shipper.model import StageEvent
from shipper.retrieval import Document, host_of

_FRAME = frozenset(("_id", "@timestamp", "ecs", "observer", "log", "host", "process", "related"))
_STATED_BY_ALL = """
event.kind event.category event.module event.dataset event.action event.original sophos.utm.stage sophos.utm.kind
sophos.utm.queue_id sophos.utm.original_encoding
"""
_OWN = frozenset(_STATED_BY_ALL.split())
"""What stands in every line's document, beside what the line states."""


def stage_event(line: Document, order: int) -> StageEvent:
    """The event of a line's document; `order` is its place among the lines of its host."""
    event, utm, process = line["event"], line["sophos"]["utm"], line["process"]
    log = line.get("log", {})
    fields = {path: value for path, value in _flat(line, "") if path not in _OWN}
    return StageEvent(
        line["_id"], host_of(line), second_of(line), order, utm["stage"], process["name"], process.get("pid"),
        event["action"], utm["kind"], utm.get("queue_id"), fields, event["original"],
        log.get("file", {}).get("path", ""), log.get("offset", 0), utm.get("original_encoding"),
    )  # fmt: skip


def second_of(document: Document) -> int:
    """The UTC second of a document."""
    return int(datetime.fromisoformat(document["@timestamp"]).timestamp())


def _flat(found: Document, above: str) -> Iterator[tuple[str, Any]]:
    for name, value in found.items():
        if not above and name in _FRAME:
            continue
        if isinstance(value, dict):
            yield from _flat(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", value
