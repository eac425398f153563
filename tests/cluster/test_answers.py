"""Answers that are not what they ought to be, from a broken server or from what stands before it."""

from __future__ import annotations

import pytest

from shipper.cluster.answers import read_json
from shipper.cluster.interface import Answer
from shipper.sinks.bulk_verdicts import read_results


@pytest.mark.parametrize(
    "body", [b"", b"\xff", b"[]", b'"x"', b'{"items": [', b'{"items": [{"create": {"error": "\xff"}}]}']
)
def test_an_answer_that_is_no_json_object(body: bytes) -> None:
    answer = Answer(200, body, {}, "http://127.0.0.1:9200")

    assert read_json(answer) is None
    assert read_results(answer, 1) is None
