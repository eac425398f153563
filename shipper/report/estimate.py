"""What shipping logs would come to: what was counted, and what follows from a sample of it."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping

import msgspec

from shipper.missing_days import Stretch, missing_days

INDEX_BYTES_OF_A_LOG_BYTE = 1.4
"""Bytes on the cluster's disks, of one copy of all documents, for each byte of the unpacked log. On OpenSearch 3.4 1.3
and 1.4 were measured, once merged (tests/benchmarks/benchmarks.md)."""


class HostDays(msgspec.Struct, frozen=True):
    """One host's lines by the days of its own clock."""

    host: str
    lines_of_days: Mapping[datetime.date, int]

    @property
    def lines(self) -> int:
        """Lines with a readable time."""
        return sum(self.lines_of_days.values())

    @property
    def days(self) -> int:
        """Days with a line."""
        return len(self.lines_of_days)

    @property
    def first(self) -> datetime.date:
        """The day of the earliest line."""
        return min(self.lines_of_days)

    @property
    def last(self) -> datetime.date:
        """The day of the latest line."""
        return max(self.lines_of_days)

    @property
    def missing(self) -> list[Stretch]:
        """Days between the first and the last one without any line."""
        return missing_days(self.lines_of_days)

    @property
    def missing_days(self) -> int:
        """How many days these are."""
        return (self.last - self.first).days + 1 - self.days


class Counted(msgspec.Struct, frozen=True):
    """A whole pass over the logs: `bytes` are unpacked ones, `ignored` lines are left out by rule, `unreadable` ones
    have no readable time."""

    logs: int
    bytes: int
    lines: int
    ignored: int
    unreadable: int
    hosts: tuple[HostDays, ...]

    @property
    def events(self) -> int:
        """Each line that is neither ignored nor unreadable becomes a document."""
        return self.lines - self.ignored - self.unreadable


class Sample(msgspec.Struct, frozen=True):
    """What came of the lines that were really parsed: `messages` begin among them, `sent` are bytes of bulk requests.

    `seconds` of one core; `places`: how many stretches of lines; `is_all`: they were all lines.
    """

    places: int
    lines: int
    messages: int
    sent: int
    seconds: float
    is_all: bool


class Estimate(msgspec.Struct, frozen=True):
    """`seconds`: of reading and building on one core, or what the limit of documents a second makes of it."""

    counted: Counted
    sample: Sample
    messages: int
    documents: int
    sent: int
    index_bytes: int
    seconds: float


def estimated(counted: Counted, sample: Sample, documents_per_second: float | None = None) -> Estimate:
    """What all lines come to, if they are like those of the sample."""
    share = counted.lines / sample.lines if sample.lines else 0.0
    messages = round(sample.messages * share)
    documents = counted.events + messages
    limited = documents / documents_per_second if documents_per_second else 0.0
    return Estimate(
        counted=counted,
        sample=sample,
        messages=messages,
        documents=documents,
        sent=round(sample.sent * share),
        index_bytes=round(counted.bytes * INDEX_BYTES_OF_A_LOG_BYTE),
        seconds=max(sample.seconds * share, limited),
    )


def host_days(counts: Iterable[tuple[str, datetime.date, int]]) -> tuple[HostDays, ...]:
    """From (host, day, lines), each host and day once, by name."""
    hosts: dict[str, dict[datetime.date, int]] = {}
    for host, day, lines in counts:
        hosts.setdefault(host, {})[day] = lines
    return tuple(HostDays(host, dict(sorted(hosts[host].items()))) for host in sorted(hosts))
