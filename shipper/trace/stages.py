"""A story stage by stage: reception, each scan, the deliveries of each queue id; what each says, and when."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import msgspec

from shipper.retrieval import Document
from shipper.trace.phrases import address_list, client, leg_of_line, leg_of_message, relay, size, told, verdict
from shipper.trace.stage_events import second_of
from shipper.trace.story import Story

_ATTEMPTS = {"delivered": "delivered", "deferred": "deferred", "failed": "failed", "host-failed": "server failed"}
_REFUSALS = ("rejected", "temporarily-rejected")
_FELL_BACK = "tls-fallback"

Fact = tuple[str, str]
"""A word for what is said, and what is said."""


class Stage(msgspec.Struct, frozen=True):
    """`began` and `ended` are UTC seconds, `after` the seconds since the stage before ended (None for the first one);
    `queue_id` is what its lines carry, empty for a reception without one."""

    name: str
    queue_id: str
    began: int
    ended: int
    after: int | None
    facts: list[Fact]
    lines: list[Document]


def stages_of(story: Story) -> list[Stage]:
    """The stages in the order of their first lines."""
    groups: dict[tuple[str, str], list[Document]] = {}
    scan_of = _scans(story.lines)
    for line in story.lines:
        groups.setdefault(_group(line, scan_of), []).append(line)
    stages: list[Stage] = []
    for (name, queue_id), lines in groups.items():
        seconds = [second_of(line) for line in lines]
        after = min(seconds) - stages[-1].ended if stages else None
        facts = [fact for fact in dict.fromkeys(_FACTS[name](story.message, lines)) if fact[1]]
        stages.append(Stage(name, queue_id, min(seconds), max(seconds), after, facts, lines))
    return stages


def _scans(lines: Iterable[Document]) -> dict[str, str]:
    """Queue id that was scanned -> the first id that came of it."""
    found: dict[str, str] = {}
    for line in lines:
        utm = line["sophos"]["utm"]
        if line["event"]["action"] == "scan-started" and "parent_queue_id" in utm:
            found.setdefault(utm["parent_queue_id"], utm["queue_id"])
    return found


def _group(line: Document, scan_of: dict[str, str]) -> tuple[str, str]:
    utm = line["sophos"]["utm"]
    queue_id = utm.get("queue_id", "")
    if utm["stage"] == "smtpd":
        return "scan", scan_of.get(queue_id, queue_id)
    if utm["stage"] == "exim-out":
        return "delivery", queue_id
    return "reception", ""


def _received(message: Document, lines: list[Document]) -> Iterator[Fact]:
    utm = message["sophos"]["utm"]
    yield "client", client(message) or "the gateway itself"
    yield "encryption", leg_of_message(message)
    yield "queue id", ", ".join(dict.fromkeys(_ids(lines)))
    yield "accepted", address_list(message.get("email", {}).get("to", {}).get("address", ()))
    for line in lines:
        if line["event"]["action"] in _REFUSALS:
            yield "refused", _refusal(line)
    yield "size", size(utm.get("size", {}).get("received"))
    yield "spam", told(utm.get("spam", {}), "result", "not_checked_reason")
    yield "DKIM", told(utm.get("dkim", {}), "result")


def _refusal(line: Document) -> str:
    who = address_list(line.get("email", {}).get("to", {}).get("address", ()))
    how = "for now" if line["event"]["action"] == "temporarily-rejected" else ""
    return ": ".join(filter(None, (" ".join(filter(None, (who, how))), line["event"].get("reason", ""))))


def _scanned(message: Document, lines: list[Document]) -> Iterator[Fact]:
    for line in lines:
        utm = line["sophos"]["utm"]
        if line["event"]["action"] == "scan-started":
            yield "queue id", f"{utm.get('queue_id', '')} from {utm.get('parent_queue_id', 'an id that is not logged')}"
            yield "size", size(utm.get("size", {}).get("scanned"))
    for line in lines:
        if line["event"]["action"] == "disposition":
            yield "verdict", verdict(line)


def _delivered(message: Document, lines: list[Document]) -> Iterator[Fact]:
    yield "queue id", ", ".join(dict.fromkeys(_ids(lines)))
    for line in lines:
        action = line["event"]["action"]
        if action in _ATTEMPTS:
            yield _ATTEMPTS[action], _attempt(line)
        elif action == "bounce-created":
            yield "bounce of", line["sophos"]["utm"].get("parent_queue_id", "")
        elif action == _FELL_BACK:
            yield "encryption", "given up: the same server was tried in plaintext"


def _attempt(line: Document) -> str:
    who = address_list(line.get("email", {}).get("to", {}).get("address", ()))
    utm = line["sophos"]["utm"]
    answer = " ".join(str(part) for part in utm.get("response", {}).values())
    said = answer or line["event"].get("reason", "") or utm.get("detail", "")
    server = relay(line)
    time = line["@timestamp"][:19].replace("T", " ")
    return ", ".join(filter(None, (time, who and f"to {who}", server and f"by {server}", leg_of_line(line), said)))


def _ids(lines: Iterable[Document]) -> Iterator[str]:
    return (queue_id for line in lines if (queue_id := line["sophos"]["utm"].get("queue_id")))


_FACTS: dict[str, Callable[[Document, list[Document]], Iterator[Fact]]] = {
    "reception": _received,
    "scan": _scanned,
    "delivery": _delivered,
}
