"""The lines that tell of a leg."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from shipper.model import StageEvent
from shipper.proof.legs import Leg
from shipper.retrieval import AnyOf, Archive, Document, Exists, Scope, Terms, host_of, place_of, queue_ids_of

_RECEIVED = frozenset({"message-received", "rejected", "temporarily-rejected", "message-abandoned"})
_ENDED = frozenset({"connection-lost", "connection-closed", "tls-failed"})
_ATTEMPTED = frozenset({"delivered", "deferred", "failed"})
_TRIED = frozenset({"tls-failed", "tls-fallback", "host-failed"})
_OF_MESSAGES = _RECEIVED | _ATTEMPTED | _TRIED
_OF_ATTEMPTS = _RECEIVED | _ENDED
_Client = tuple[str, str]
"""Host of the gateway, and address of a client."""


def is_evidence(event: StageEvent) -> bool:
    """Whether a line may be one that tells of a leg."""
    return event.action in _OF_MESSAGES or event.action in _ENDED


def lines_of(archive: Archive, messages: Sequence[Document]) -> dict[str, list[Document]]:
    """`_id` of each of these messages (some hundreds) -> the lines that tell of its legs, in the order of their log."""
    with_id = [message for message in messages if queue_ids_of(message)]
    attempts = [message for message in messages if not queue_ids_of(message)]
    found = archive.lines_of(with_id, _OF_MESSAGES) if with_id else {}
    return found | (_lines_of_attempts(archive, attempts) if attempts else {})


def lines_of_leg(leg: Leg, lines: Iterable[Document]) -> tuple[str, ...]:
    """As logged; of one delivery all attempts, also those at its server that came to nothing."""
    chosen = _of_delivery if leg.direction == "outbound" else _of_reception
    return tuple(line["event"]["original"] for line in lines if chosen(leg, line))


def _of_reception(leg: Leg, line: Document) -> bool:
    action = line["event"]["action"]
    if leg.queue_id is None:
        sender: str = line.get("email", {}).get("sender", {}).get("address", leg.address)
        return action in _OF_ATTEMPTS and sender.casefold() == leg.address.casefold()
    return action in _RECEIVED and line["sophos"]["utm"]["stage"] != "exim-out"


def _of_delivery(leg: Leg, line: Document) -> bool:
    action = line["event"]["action"]
    if action in _TRIED:
        return bool(line["sophos"]["utm"].get("queue_id") == leg.queue_id)
    recipients: list[str] = line.get("email", {}).get("to", {}).get("address", [""])
    return action in _ATTEMPTED and recipients[0].casefold() == leg.address.casefold()


def _lines_of_attempts(archive: Archive, messages: Sequence[Document]) -> dict[str, list[Document]]:
    """A refused attempt has no queue id: its lines are those of its client's address and port, within its time.

    SecureMail's line names no port.
    """
    owners: dict[_Client, list[Document]] = {}
    for message in messages:
        if message.get("source", {}).keys() >= {"ip", "port"}:
            owners.setdefault(_client(message), []).append(message)
    found: dict[str, list[Document]] = {message["_id"]: [] for message in messages}
    for line in archive.events(_scope(owners)) if owners else ():
        if "queue_id" in line["sophos"]["utm"]:
            continue
        for message in owners.get(_client(line), ()):
            port = message["source"]["port"]
            is_its_time = message["event"]["start"] <= line["@timestamp"] <= message["event"]["end"]
            if is_its_time and line["source"].get("port", port) == port:
                found[message["_id"]].append(line)
    return {id: sorted(lines, key=place_of) for id, lines in found.items()}


def _scope(owners: Mapping[_Client, Sequence[Document]]) -> Scope:
    times = [message["event"] for messages in owners.values() for message in messages]
    ports = {message["source"]["port"] for messages in owners.values() for message in messages}
    first, last = min(time["start"] for time in times), max(time["end"] for time in times)
    hosts = {host for host, _ in owners}
    return Scope(
        datetime.fromisoformat(first),
        datetime.fromisoformat(last) + timedelta(seconds=1),
        () if "" in hosts else tuple(sorted(hosts)),
        (
            Terms("source.ip", tuple(sorted({ip for _, ip in owners}))),
            AnyOf((Terms("source.port", tuple(sorted(ports))), Exists("sophos.utm.securemail.id"))),
            Terms("event.action", tuple(sorted(_OF_ATTEMPTS))),
        ),
    )


def _client(document: Document) -> _Client:
    return host_of(document), document.get("source", {}).get("ip", "")
