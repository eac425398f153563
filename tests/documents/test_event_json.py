"""The JSON of an event, written by forms, is that of its document: byte by byte, whatever the values are."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shipper.documents.event import event_document
from shipper.documents.event_json import event_json
from shipper.documents.shape import encode
from shipper.model import StageEvent

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8) | st.sampled_from(
    ['"', "\\", "\n", "{x}", "%s", "ü", "<>"]
)
VALUES = (
    TEXTS | st.integers(-(2**63), 2**63 - 1) | st.booleans() | st.floats(allow_nan=False) | st.lists(TEXTS) | st.none()
)
LINE: dict[str, Any] = {
    "id": "0123456789abcdef01234567", "host": "utm", "time": 1_560_164_680, "order": 1, "stage": "exim-in",
    "process": "exim-in", "pid": 9103, "action": "delivered", "kind": "delivered", "queue_id": "1haLqi-0002Mp-2G",
    "original": "the line", "source": "/var/log/smtp.log", "offset": 0,
}  # fmt: skip
OFTEN = 20


def is_written_alike(event: StageEvent) -> bool:
    return event_json(event) == encode(event_document(event))


def event(**stated: Any) -> StageEvent:
    return StageEvent(**LINE | stated)


@given(
    st.dictionaries(
        st.sampled_from(
            ["source.ip", "source.domain", "source.port", "sophos.utm.helo", "email.sender.address", "event.reason",
             "tls.established", "sophos.utm.spam.scores.re", "event.action", "process.pid"]
        ),
        VALUES.filter(lambda value: not isinstance(value, list)),
    ),
    st.lists(TEXTS, max_size=3),
    TEXTS,
)  # fmt: skip
def test_any_values_after_usual_ones(stated: dict[str, Any], recipients: list[str], original: str) -> None:
    """The form is made of usual values; the same fields then hold anything."""
    fields = {name: f"10.0.0.{number}" for number, name in enumerate(stated)} | {"email.to.address": ["a@example.com"]}
    assert all(is_written_alike(event(fields=fields)) for _ in range(OFTEN))

    named = {"source.ip", "source.domain", "sophos.utm.helo", "email.sender.address"}
    texts = {name: value if name not in named or isinstance(value, str) else "a" for name, value in stated.items()}
    assert is_written_alike(event(fields=texts | {"email.to.address": recipients}, original=original))


@pytest.mark.parametrize(
    "odd",
    [
        {"host": ""}, {"host": 'u"tm'}, {"pid": None}, {"queue_id": None}, {"encoding": "latin-1"}, {"kind": "ki{nd}"},
        {"source": "back\\slash"}, {"process": "ü"}, {"original": 'a "quote"\t'}, {"time": -1}, {"action": "a\x7f\x00"},
    ],
)  # fmt: skip
def test_odd_lines_among_usual_ones(odd: dict[str, Any]) -> None:
    fields = {"source.ip": "192.0.2.1", "destination.ip": "192.0.2.1", "source.domain": "a", "sophos.utm.helo": "a b"}
    for number in range(OFTEN * 2):
        assert is_written_alike(event(fields=fields, **odd if number % 3 == 2 else {}))
    for _ in range(OFTEN):
        assert is_written_alike(event(fields=fields, **odd))


@pytest.mark.parametrize(
    ("first", "other"),
    [
        ({"sophos.utm.x": True}, {"sophos.utm.x": 1}),
        ({"sophos.utm.x": 1}, {"sophos.utm.x": True}),
        ({"sophos.utm.x": "1"}, {"sophos.utm.x": 1}),
        ({"sophos.utm.x": 1.0}, {"sophos.utm.x": "1"}),
        ({"source.ip": ["192.0.2.1"]}, {"source.ip": ["192.0.2.1", "192.0.2.1"]}),
        ({"related.ip": ["192.0.2.1"]}, {"related.ip": []}),
        ({"related.x": 1, "source.ip": "192.0.2.1"}, {"related.x": 2, "source.ip": "192.0.2.1"}),
        ({"sophos.utm.x": {"y": 1}}, {"sophos.utm.x": None}),
    ],
)
def test_fields_of_a_declaration_of_ones_own(first: dict[str, Any], other: dict[str, Any]) -> None:
    assert all(is_written_alike(event(fields=first)) for _ in range(OFTEN))
    assert all(is_written_alike(event(fields=other)) for _ in range(OFTEN))
