"""A piece is read like a log, with the places that its lines have in the whole one."""

from __future__ import annotations

import pytest

from shipper.model import Checkpoint, LogLine
from shipper.sources.follow.piece import Piece


def test_its_lines() -> None:
    data = b"\x1f\x8b is no archive here\r\n\ncut"
    piece = Piece("smtp.log.1", b"head", 1000, data, Checkpoint(b"head", "smtp.log", 1, 2, 1000), is_live=False)
    sizes: list[int] = []
    assert list(piece.lines(pytest.fail, sizes.append)) == [
        LogLine(b"\x1f\x8b is no archive here", "smtp.log.1", 1000),
        LogLine(b"", "smtp.log.1", 1023),
        LogLine(b"cut", "smtp.log.1", 1024, ended=False),
    ]
    assert (piece.size, sizes, piece.is_stream) == (len(data), [len(data)], False)
    assert list(piece.lines(pytest.fail)) == list(piece.lines(pytest.fail))
