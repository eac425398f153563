"""Every leg as a line of a CSV file."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from typing import TextIO

from shipper.export.formats.csv_file import SEPARATOR, defused
from shipper.proof.legs import Leg
from shipper.proof.proving import OnLeg

COLUMNS = (
    *("partner", "direction", "verdict", "reason", "received", "time", "host", "queue_id", "queue_ids", "address"),
    *("status", "attempts", "peer", "peer_ip", "peer_port", "version", "cipher", "openssl_cipher", "bits", "grade"),
    *("policy", "document_id", "lines"),
)


def csv_writer(file: TextIO, policy: str) -> OnLeg:
    """Writes the names of the columns, then every leg that it is given. `file` must leave line ends alone.

    A cell that a spreadsheet would execute is defused. Several queue ids have a bar between them, several lines a line
    end.
    """
    writer = csv.writer(file)
    writer.writerow(COLUMNS)

    def write(leg: Leg, lines: Sequence[str]) -> None:
        writer.writerow(map(_cell, _values(leg, lines, policy)))

    return write


def _values(leg: Leg, lines: Sequence[str], policy: str) -> Iterator[str | int | None]:
    session = leg.session
    yield from (leg.partner, leg.direction, session.verdict, session.reason, leg.received, leg.time, leg.host)
    yield from (leg.queue_id, SEPARATOR.join(leg.queue_ids), leg.address, leg.status, leg.attempts)
    yield from (leg.peer, leg.peer_ip, leg.peer_port)
    yield from (session.version, session.cipher, session.openssl_cipher, session.bits, session.grade)
    yield from (policy, leg.document, "\n".join(lines))


def _cell(value: str | int | None) -> str:
    return "" if value is None else defused(value) if isinstance(value, str) else str(value)
