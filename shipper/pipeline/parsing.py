"""Logs -> documents as JSON lines, without a cluster and without a state that outlives the run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import BinaryIO, Literal

from shipper.documents.event_json import event_json
from shipper.documents.message import MessageDocument
from shipper.documents.shape import Indices, encode
from shipper.model import DeadLetter, StageEvent
from shipper.pipeline.balance import Balance
from shipper.pipeline.items import event_item, message_item
from shipper.pipeline.joining import Joiner, Outlet
from shipper.pipeline.letters import dead_letter_line
from shipper.pipeline.preparing import Preparation
from shipper.pipeline.reading import LogReader
from shipper.sinks.bulk_lines import encode_item
from shipper.sources.files import LogFile
from shipper.state.store import temporary_store

Emit = Literal["messages", "events", "dead-letters", "all"]


class _Printer:
    """Writes documents to a stream, each on a line of its own or as a `_bulk` body."""

    def __init__(self, output: BinaryIO, emit: Emit, indices: Indices, *, bulk: bool) -> None:
        self._write = output.write
        self._messages = emit in ("messages", "all")
        self._events = emit in ("events", "all")
        self._dead_letters = emit in ("dead-letters", "all")
        self._indices = indices
        self._bulk = bulk

    def event(self, event: StageEvent) -> None:
        if not self._events:
            return
        if self._bulk:
            self._write(encode_item(event_item(event, self._indices)))
        else:
            self._write(event_json(event) + b"\n")

    def dead_letter(self, letter: DeadLetter) -> None:
        if self._dead_letters and not self._bulk:
            self._write(dead_letter_line(letter) + b"\n")

    def render(self, document: MessageDocument) -> bytes:
        if not self._messages:
            return b""
        if self._bulk:
            return encode_item(message_item(document, self._indices))
        return encode(document.document) + b"\n"

    def write(
        self, documents: Sequence[MessageDocument], written: dict[str, tuple[str, int]], *, may_move: bool
    ) -> None:
        for document in documents:
            self._write(self.render(document))

    def write_rendered(self, rendered: bytes) -> None:
        self._write(rendered)


def parse_logs(
    files: Iterable[LogFile],
    preparation: Preparation,
    output: BinaryIO,
    emit: Emit = "messages",
    *,
    bulk: bool = False,
    on_notice: Callable[[str], None],
    on_bytes: Callable[[int], None] | None = None,
) -> Balance:
    """Writes the documents of these logs to `output` and returns the run's balance.

    Each message is written once: when it has expired, or as it stands at the end of the input.
    """
    printer = _Printer(output, emit, preparation.indices, bulk=bulk)
    return join_logs(
        files,
        preparation,
        printer,
        printer.event,
        on_dead=printer.dead_letter,
        on_notice=on_notice,
        on_bytes=on_bytes,
    )


def join_logs(
    files: Iterable[LogFile],
    preparation: Preparation,
    outlet: Outlet,
    on_event: Callable[[StageEvent], None],
    *,
    on_dead: Callable[[DeadLetter], None] = lambda letter: None,
    on_notice: Callable[[str], None],
    on_bytes: Callable[[int], None] | None = None,
) -> Balance:
    """Gives the events of these logs to `on_event` and their messages to the outlet; returns the run's balance."""
    balance = Balance()
    with temporary_store() as store:
        reader = LogReader(
            preparation.reading,
            preparation.parser,
            balance,
            on_dead=on_dead,
            on_notice=on_notice,
            on_bytes=on_bytes,
        )
        joiner = Joiner(store, outlet, preparation.policy, preparation.limits, preparation.expire_after)
        for event in reader.read(list(files)):
            on_event(event)
            joiner.add(event)
        joiner.close()
        balance.messages = joiner.messages
    return balance
