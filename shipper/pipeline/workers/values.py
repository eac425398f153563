"""What the owner of the state and its workers tell each other."""

from __future__ import annotations

from pathlib import Path

import msgspec

from shipper.correlate.correlator import HostState
from shipper.correlate.session import Session
from shipper.correlate.touched import Touched
from shipper.model import BulkItem, DeadLetter
from shipper.pipeline.balance import Balance
from shipper.pipeline.logs import Looked
from shipper.pipeline.reading import Memory
from shipper.sinks.bulk_settings import BulkCounts


class Border(msgspec.Struct, frozen=True):
    """What is known between two slices, or guessed.

    `latest`: each host's latest UTC second in this run. `fragments`: of later logs, by path, the first lines that went
    to the last ones of logs before. `over`: each host's sessions that were open at the border before this one, not
    guessed by the worker in between, and ended since.
    """

    memory: Memory = msgspec.field(default_factory=Memory)
    hosts: dict[str, HostState] = msgspec.field(default_factory=dict)
    latest: dict[str, int] = msgspec.field(default_factory=dict)
    fragments: dict[str, bytes] = msgspec.field(default_factory=dict)
    over: dict[str, list[Session]] = msgspec.field(default_factory=dict)


class Task(msgspec.Struct, frozen=True):
    """A slice to read. `warm` are the logs of whose ends the guess is made, `later` those that may go on with a line.

    `start` is what is known for certain: all of it where `warm` is empty, else the clocks' offsets alone.
    """

    number: int
    warm: list[Looked]
    logs: list[Looked]
    later: list[Looked]
    start: Border


class Asked(msgspec.Struct, frozen=True):
    """What the lines of one host in a slice asked for. `earliest` and `latest`: their UTC seconds."""

    earliest: int
    latest: int
    touched: Touched | None


class Outcome(msgspec.Struct, frozen=True):
    """A slice that was read: the guess that it began with, what is known at its end, what its lines asked for.

    `store` is the file with its messages and dead letters; `indices` are those that its documents go to, `later`
    documents whose ids may still change.
    """

    number: int
    guess: Border
    end: Border
    asked: dict[str, Asked]
    balance: Balance
    notices: list[str]
    indices: set[str]
    later: dict[str, BulkItem]
    store: Path


class Sent(msgspec.Struct, frozen=True):
    """The cluster has the documents of a slice, but for those it refused. `deleted`: (index, id)."""

    number: int
    counts: BulkCounts
    letters: list[DeadLetter]
    deleted: list[tuple[str, str]]
