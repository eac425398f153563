"""The statement as a value: what was asked, by what it was judged, what there was, and what came of it."""

from __future__ import annotations

from typing import Literal

import msgspec

from shipper.proof.legs import Leg
from shipper.proof.period import Period
from shipper.proof.tally import Row, Table

Outcome = Literal["meets", "exceptions", "nothing proven"]


class File(msgspec.Struct, frozen=True):
    """A log that was read. `sha256` of its bytes on disk; None where it can be read only once, or changed meanwhile."""

    path: str
    bytes: int
    sha256: str | None


class Source(msgspec.Struct, frozen=True):
    """Where the documents came from: a cluster and its prefix, or logs (`files`), and what became of their lines.
    `remarks`: what could not be read, such as a closed index or a damaged log."""

    kind: Literal["cluster", "logs"]
    where: str
    files: tuple[File, ...] = ()
    lines: str = ""
    remarks: tuple[str, ...] = ()


class Question(msgspec.Struct, frozen=True):
    """What was asked: half-open times as documents have them, and hosts (all, where none is named)."""

    partners: tuple[str, ...]
    subdomains: bool
    accepted_only: bool
    since: str | None
    until: str | None
    hosts: tuple[str, ...]


class PolicyFacts(msgspec.Struct, frozen=True):
    """Which policy, and where its criteria come from."""

    name: str
    title: str
    source: str
    url: str
    edition: str
    date: str
    about: str


class Shown(msgspec.Struct, frozen=True):
    """A leg with its lines as logged; none where they are not in the archive."""

    leg: Leg
    lines: tuple[str, ...]


class Listed(msgspec.Struct, frozen=True):
    """The first legs of a kind, in the order of their messages, and how many there are."""

    total: int
    shown: tuple[Shown, ...]

    @property
    def more(self) -> int:
        """How many are not shown."""
        return self.total - len(self.shown)


class Statement(msgspec.Struct, frozen=True):
    """`made`: when, in UTC, as the caller says. `local`, `refused`: legs that are none of these, as they stayed on the
    gateway, or were left out because their mail was refused. `refused_exceptions`: exceptions that brought no mail."""

    version: str
    made: str
    outcome: Outcome
    verdict: str
    question: Question
    policy: PolicyFacts
    source: Source
    period: Period
    messages: int
    total: Row
    local: int
    refused: int
    refused_exceptions: int
    tables: tuple[Table, ...]
    exceptions: Listed
    unproven: Listed
    legs: Listed
    definitions: tuple[tuple[str, str], ...]
