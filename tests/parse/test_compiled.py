"""The lines that stand for a type in a compiled declaration do what its converter does."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shipper.formats.declarations import Capture, Declaration, Kind
from shipper.parse.compiled import INLINE, compile_reader
from shipper.parse.values import CONVERTERS

TEXTS = ["", "<>", "<UNSET>", "192.0.2.1", "2001:db8::1", "10.0.0.x", "a b  c", " ", "0", "7" * 18, "7" * 19, "a@b"]
BEFORE = {"x.y": ["before"]}


def compiled(pattern: str, types: dict[str, str], **kind: Any) -> Declaration:
    captures = {group: Capture(type, "x.y") for group, type in types.items()}
    return Declaration(Kind("own", "daemon", pattern, [], **kind), re.compile(pattern), captures, "own.yaml")


def converted(name: str, text: str | None) -> dict[str, Any]:
    fields: dict[str, Any] = dict(BEFORE)
    if text is not None:
        CONVERTERS[name](fields, "x.y", text)
    return fields


@pytest.mark.parametrize("name", sorted(INLINE))
@given(text=st.none() | st.sampled_from(TEXTS) | st.text(max_size=5))
def test_a_line_of_a_type(name: str, text: str | None) -> None:
    if name == "long":
        text = (text and "".join(filter(str.isdecimal, text))) or None
    read = compile_reader(compiled("(?P<g>.*)", {"g": name}, sets=BEFORE))

    assert list(read((text,)).items()) == list(converted(name, text).items())


def test_captures_are_read_in_the_order_of_their_groups_into_fields_of_their_own() -> None:
    read = compile_reader(compiled("(?P<a>.)(.)(?P<b>.)", {"b": "words", "a": "words"}, sets={"k": 1}))

    first = read(("1", "2", "3"))
    assert list(first.items()) == [("k", 1), ("x.y", ["1", "3"])]
    assert read(("4", "5", None)) == {"k": 1, "x.y": ["4"]}
    assert first == {"k": 1, "x.y": ["1", "3"]}
