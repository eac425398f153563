"""Some stretches of logs, parsed and joined in full as `ship` does, and thrown away: how much becomes of a line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from time import process_time

import msgspec

from shipper.documents.message import MessageDocument
from shipper.documents.shape import Indices
from shipper.model import LogLine
from shipper.pipeline.balance import Balance
from shipper.pipeline.items import event_item, message_item
from shipper.pipeline.joining import Joiner
from shipper.pipeline.preparing import Preparation
from shipper.pipeline.reading import LogReader
from shipper.report.estimate import Sample
from shipper.sinks.bulk_lines import encode_item
from shipper.sources.files import LogFile
from shipper.sources.unpack import Report
from shipper.state.store import temporary_store


class Extent(msgspec.Struct, frozen=True):
    """How much is parsed: about so many lines, in stretches of so many that are spread evenly over all lines."""

    lines: int = 60_000
    stretch: int = 3_000


class Stretch(LogFile, frozen=True):
    """Some lines of a log, as a log: `count` lines from number `first` on (the first line has the number 0)."""

    first: int = 0
    count: int = 0

    def lines(self, report: Report, on_bytes: Callable[[int], None] | None = None) -> Iterator[LogLine]:
        """These lines. Damage has been told of by whoever counted them."""
        yield from islice(LogFile.lines(self, lambda what: None), self.first, self.first + self.count)


def stretches(files: Sequence[LogFile], lines_of_logs: Sequence[int], extent: Extent) -> list[Stretch]:
    """Where to look: evenly over all lines, none twice."""
    logs = [(file, count) for file, count in zip(files, lines_of_logs, strict=True) if count]
    total = sum(count for _, count in logs)
    mean = max(1, min(extent.stretch, total // len(logs))) if logs else 1
    number = -(-extent.lines // mean)
    found: dict[tuple[str, int], Stretch] = {}
    for middle in ((2 * place + 1) * total // (2 * number) for place in range(number)):
        for file, count in logs:
            if middle < count:
                first = min(middle // extent.stretch * extent.stretch, max(0, count - extent.stretch))
                length = min(extent.stretch, count - first)
                found.setdefault((file.place, first), Stretch(file.place, file.size, b"", False, first, length))
                break
            middle -= count
    return list(found.values())


def sampled(files: Sequence[LogFile], lines_of_logs: Sequence[int], preparation: Preparation, extent: Extent) -> Sample:
    """Parses all lines where there are few, else some stretches of them."""
    if sum(lines_of_logs) <= extent.lines:
        measured = [_measured(list(files), preparation, is_all=True)]
    else:
        measured = [_measured([stretch], preparation) for stretch in stretches(files, lines_of_logs, extent)]
    return Sample(
        places=len(measured),
        lines=sum(one.lines for one in measured),
        messages=sum(one.messages for one in measured),
        sent=sum(one.sent for one in measured),
        seconds=sum(one.seconds for one in measured),
        is_all=all(one.is_all for one in measured),
    )


class _Counter:
    """Where documents end: only their number and size remain."""

    def __init__(self, indices: Indices) -> None:
        self._indices = indices
        self.since = 0
        self.messages = 0
        self.sent = 0

    def render(self, document: MessageDocument) -> bytes:
        item = message_item(document, self._indices)
        return b"%d\n" % (document.second >= self.since) + encode_item(item)

    def write(
        self, documents: Sequence[MessageDocument], written: dict[str, tuple[str, int]], *, may_move: bool
    ) -> None:
        for document in documents:
            self.write_rendered(self.render(document))

    def write_rendered(self, rendered: bytes) -> None:
        has_begun, _, body = rendered.partition(b"\n")
        if has_begun == b"1":
            self.messages += 1
            self.sent += len(body)


def _measured(files: list[LogFile], preparation: Preparation, *, is_all: bool = False) -> Sample:
    """Of a stretch, messages count that began in it: each begins once, its other lines may be anywhere."""
    counter, balance, indices = _Counter(preparation.indices), Balance(), preparation.indices
    began = process_time()
    with temporary_store() as store:
        reader = LogReader(
            preparation.reading, preparation.parser, balance, on_dead=lambda letter: None, on_notice=lambda what: None
        )
        joiner = Joiner(store, counter, preparation.policy, preparation.limits, preparation.expire_after)
        for event in reader.read(files):
            if not (is_all or counter.since):
                counter.since = event.time
            counter.sent += len(encode_item(event_item(event, indices)))
            joiner.add(event)
        joiner.close()
    return Sample(1, balance.lines, counter.messages, counter.sent, process_time() - began, is_all)
