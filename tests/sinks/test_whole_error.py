"""What is kept of the cluster's own error: all of it, but no more than a dead letter can carry."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from shipper.sinks.bulk_verdicts import whole_error

KEPT = [
    None,
    "words only",
    {"type": "a", "reason": "b", "index": "i", "shard": "0", "caused_by": {"type": "c", "reason": None}},
    {"type": "a", "reason": "x" * 16_000},
]


@pytest.mark.parametrize("error", KEPT)
def test_an_ordinary_error_is_kept_whole(error: Any) -> None:
    assert whole_error(error) == (b"" if error is None else msgspec.json.encode(error))


def nested(depth: int) -> dict[str, Any]:
    error = {"type": "t", "reason": "r" * 3000, "suppressed": ["s" * 3000]}
    return error | {"caused_by": nested(depth - 1)} if depth else error


def test_of_a_very_long_one_the_beginnings_are_kept() -> None:
    cut = msgspec.json.decode(whole_error(nested(40)))

    for _ in range(8):
        assert {name: cut[name] for name in ("type", "reason")} == {"type": "t", "reason": "r" * 1000}
        assert cut.keys() == {"type", "reason", "caused_by"}
        cut = cut["caused_by"]
    assert cut == {"type": "t", "reason": "r" * 1000}


def test_words_are_cut_as_well() -> None:
    assert msgspec.json.decode(whole_error("w" * 20_000)) == "w" * 1000
