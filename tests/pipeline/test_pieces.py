"""Logs that are read in pieces: the same events as at once, in the same order."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import msgspec

from shipper.model import Checkpoint, DeadLetter, StageEvent
from shipper.pipeline.balance import Balance
from shipper.pipeline.reading import LogReader
from shipper.sources.follow.piece import Piece
from tests.pipeline.running import preparation
from tests.pipeline.test_cut_lines import ZONE, opened


class Part(NamedTuple):
    """The next bytes of a log."""

    path: str
    data: bytes


class Pieces:
    """Reads parts of logs in rounds, as the follower gives them; `dead` are lines that no round could read."""

    def __init__(self) -> None:
        self.dead: list[DeadLetter] = []
        ways = preparation(**ZONE)
        self._reader = LogReader(
            ways.reading, ways.parser, Balance(), on_dead=self.dead.append, on_notice=lambda words: None
        )
        self._known: dict[str, Checkpoint] = {}

    def read(self, *parts: Part) -> list[StageEvent]:
        events = list(self._reader.read([self._piece(part) for part in parts]))
        for progress in self._reader.progress:
            piece = progress.log
            assert isinstance(piece, Piece)
            before = piece.checkpoint
            self._known[piece.path] = msgspec.structs.replace(
                before,
                offset=piece.offset + len(piece.data),
                lines=before.lines + progress.lines,
                began=before.began or progress.began,
                reached=progress.reached or before.reached,
            )
        return events

    def _piece(self, part: Part) -> Piece:
        known = self._known.get(part.path, Checkpoint(part.data[:1024], part.path, 1, 1))
        return Piece(part.path, known.head, known.offset, part.data, known, is_live=True)


def as_log(*lines: bytes) -> bytes:
    return b"".join(line + b"\n" for line in lines)


def test_a_log_goes_on_before_the_one_that_begins_in_the_same_second() -> None:
    first, second, third, fourth = (opened(second, port) for second, port in ((0, 1), (1, 2), (1, 3), (1, 4)))
    at_once = Pieces().read(Part("smtp.log", as_log(first, second, third, fourth)))
    pieces = Pieces()
    found = pieces.read(Part("smtp.log.1", as_log(first, second)))
    cut = Part("smtp.log", third[40:] + b"\n" + as_log(fourth))
    found += pieces.read(cut, Part("smtp.log.1", third[:40]))
    assert pieces.dead == []
    assert [event.id for event in found] == [event.id for event in at_once]


def test_lines_of_a_second_keep_their_order_over_logs_and_their_pieces() -> None:
    pieces = Pieces()
    events = pieces.read(Part("smtp.log.2", as_log(opened(0, 1), opened(1, 2))))
    events += pieces.read(
        Part("smtp.log.2", as_log(opened(1, 3))),
        Part("smtp.log.1", as_log(opened(1, 4))),
        Part("smtp.log", as_log(opened(1, 5))),
    )
    events += pieces.read(Part("smtp.log", as_log(opened(1, 6))))
    events += pieces.read(Part("smtp.log", as_log(opened(1, 7), opened(2, 8))))
    assert [event.fields["source.port"] for event in events] == list(range(1, 9))
    assert all(one.order < other.order for one, other in pairwise(events))
