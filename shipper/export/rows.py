"""A message and its lines -> the rows of each table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any

from shipper.documents.transport import is_loopback
from shipper.export.tables import Column, Subject, Table
from shipper.retrieval import Document
from shipper.tls.grades import grade_of

Row = list[Any]
"""The values of a table's columns; None for what is not known."""

Things = dict[str, Any]
"""What a row is taken from: `message`, `line`, ... (see `tables.yaml`)."""

RECEIVED = "message-received"
SCANNED = ("scan-started", "disposition")
ATTEMPTED = ("delivered", "deferred", "failed")
LINES_OF: dict[Subject, tuple[str, ...]] = {"reception": (RECEIVED,), "scan": SCANNED, "attempt": ATTEMPTED}
"""The actions of the lines that rows about these are made of."""


class RowMaker:
    """Makes the rows of one table."""

    def __init__(self, table: Table) -> None:
        self._things = _SUBJECTS[table.of]
        self._getters = [_getter(column) for column in table.columns]

    def rows(self, message: Document, lines: Sequence[Document]) -> Iterator[Row]:
        """The rows of a message; `lines` are those of its queue ids, in the order of their log."""
        for things in self._things(message, lines):
            yield [get(things) for get in self._getters]


def lacks_lines(message: Document, lines: Sequence[Document], actions: Collection[str]) -> bool:
    """Whether the message tells of lines with these actions that are not there (any more)."""
    utm, found = message["sophos"]["utm"], {line["event"]["action"] for line in lines}
    if RECEIVED in actions and "received" in utm.get("size", {}) and "bounce_of" not in utm and RECEIVED not in found:
        return True
    return ATTEMPTED[0] in actions and bool(utm.get("deliveries")) and found.isdisjoint(ATTEMPTED)


def _getter(column: Column) -> Callable[[Things], Any]:
    paths = column.paths

    def get(things: Things) -> Any:
        for path in paths:
            value: Any = things
            for name in path:
                value = value.get(name)
                if value is None:
                    break
            else:
                return value
        return None

    return get


def _messages(message: Document, lines: Sequence[Document]) -> Iterator[Things]:
    yield {"message": message}


def _receptions(message: Document, lines: Sequence[Document]) -> Iterator[Things]:
    row = _crossed(message.get("source"))
    for line in lines:
        if line["event"]["action"] == RECEIVED and line["sophos"]["utm"]["stage"] == "exim-in":
            yield {"message": message, "line": line, "row": row}


def _scans(message: Document, lines: Sequence[Document]) -> Iterator[Things]:
    found: dict[str, Things] = {}
    for line in lines:
        utm, action = line["sophos"]["utm"], line["event"]["action"]
        if action not in SCANNED or utm["stage"] != "smtpd":
            continue
        scan = found.setdefault(utm["queue_id"], {"message": message})
        if action == "disposition":
            scan["judged"] = line
        else:
            scan.setdefault("started", line)
    yield from found.values()


def _attempts(message: Document, lines: Sequence[Document]) -> Iterator[Things]:
    numbers = Counter[str]()
    for line in lines:
        if line["event"]["action"] not in ATTEMPTED:
            continue
        row: dict[str, Any] = {"grade": _grade(line), **_crossed(line.get("destination"))}
        if recipients := line.get("email", {}).get("to", {}).get("address"):
            recipient = recipients[0]
            numbers[recipient.casefold()] += 1
            row |= {"recipient": recipient, "number": numbers[recipient.casefold()]}
        yield {"message": message, "line": line, "row": row}


def _deliveries(message: Document, lines: Sequence[Document]) -> Iterator[Things]:
    for delivery in message["sophos"]["utm"].get("deliveries", ()):
        yield {"message": message, "delivery": delivery, "row": _crossed(delivery.get("destination"))}


def _signatures(message: Document, lines: Sequence[Document]) -> Iterator[Things]:
    signatures = message["sophos"]["utm"].get("dkim", {}).get("signatures", ())
    for number, signature in enumerate(signatures, start=1):
        yield {"message": message, "signature": signature, "row": {"number": number}}


def _crossed(end: Document | None) -> dict[str, bool]:
    """Whether a leg left the gateway, where the other end's address is known."""
    ip = (end or {}).get("ip")
    return {} if ip is None else {"crossed": not is_loopback(ip)}


def _grade(line: Document) -> str | None:
    tls = line.get("tls", {})
    if "established" not in tls:
        return None
    if not tls["established"]:
        return "plaintext"
    bits = line["sophos"]["utm"].get("tls", {}).get("bits")
    return grade_of(tls.get("version"), tls.get("version_protocol"), tls.get("cipher"), bits)


_SUBJECTS: dict[Subject, Callable[[Document, Sequence[Document]], Iterator[Things]]] = {
    "message": _messages,
    "reception": _receptions,
    "scan": _scans,
    "attempt": _attempts,
    "delivery": _deliveries,
    "signature": _signatures,
}
