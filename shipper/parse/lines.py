"""Line text -> what it states: finds the declaration that fits and reads what it captures."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence

import msgspec

from shipper.formats.declarations import Declaration
from shipper.model import Fields
from shipper.parse.compiled import compile_reader
from shipper.parse.head import Head

STAGES = {"exim-in": "exim-in", "smtpd": "smtpd", "exim-out": "exim-out"}
_PROGRAMS = {"exim-in": "exim", "exim-out": "exim", "exim": "exim", "smtpd": "smtpd"}
_LETTERS, _MORE_LETTERS = 4, 16


class Statement(msgspec.Struct, frozen=True, gc=False):
    """What a line's text states: the kind that fits, its action, stage and queue id, and the fields."""

    kind: str
    action: str
    stage: str
    queue_id: str | None
    fields: Fields


class _Shape:
    """A declaration made ready for speed."""

    __slots__ = ("action", "actions", "declaration", "fullmatch", "name", "read", "stage", "starts", "states_id")

    def __init__(self, declaration: Declaration) -> None:
        kind = declaration.kind
        index = declaration.regex.groupindex
        self.declaration = declaration
        self.name = kind.name
        self.action = kind.action
        self.actions = [(index[group] - 1, action) for group, action in kind.actions.items()]
        self.states_id = any(capture.type in ("queue_id", "securemail") for capture in declaration.captures.values())
        self.stage = kind.stage
        self.starts = tuple(kind.starts) or ("",)
        self.fullmatch = declaration.regex.fullmatch
        self.read = compile_reader(declaration)


Stated = tuple[str, str, str, str | None, Fields]
"""Kind, action, stage, queue id and fields, as in `Statement`."""

_Candidate = tuple[tuple[str, ...], str, Callable[[str], re.Match[str] | None], _Shape, str]
"""A shape that texts with the same first letters may have: what is still to be seen of its `starts` (nothing when
empty), its `contains`, its pattern, and the stage."""


class LineParser:
    """Finds the shape of a text. Shapes are narrowed by program, by the presence of a queue id and by first letters."""

    _MOST_CACHED = 1 << 13

    def __init__(self, declarations: Sequence[Declaration]) -> None:
        self._shapes = [_Shape(declaration) for declaration in declarations]
        self._candidates: dict[tuple[str, bool, str], tuple[_Candidate, ...]] = {}
        beginnings = Counter(start[:_LETTERS] for shape in self._shapes for start in shape.starts if len(start) > 6)
        self._frequent = {letters for letters, times in beginnings.items() if times > 2}

    def parse(self, head: Head, text: str | None = None) -> Statement:
        """What the line states; `text` replaces the head's own where a split entry was put together again."""
        return Statement(*self.read(head, head.text if text is None else text))

    def read(self, head: Head, text: str) -> Stated:
        """The same as plain values."""
        letters = text[:_LETTERS]
        if letters in self._frequent:
            letters = text[:_MORE_LETTERS]
        queue_id = head.queue_id
        key = (head.process, queue_id is not None, letters)
        for starts, contains, fullmatch, shape, stage in self._candidates.get(key) or self._narrow(key):
            if (starts and not text.startswith(starts)) or (contains and contains not in text):
                continue
            match = fullmatch(text)
            if match is None:
                continue
            fields = shape.read(groups := match.groups())
            if head.role:
                fields["sophos.utm.role"] = head.role
            if shape.states_id:
                stated_id = fields.pop("queue_id", None)
                queue_id = queue_id or stated_id
            action = _action(shape, groups) if shape.actions else shape.action
            return shape.name, action, stage, queue_id, fields
        return "unrecognized", "unrecognized", STAGES.get(head.process, "other"), queue_id, {}

    def _narrow(self, key: tuple[str, bool, str]) -> tuple[_Candidate, ...]:
        if len(self._candidates) >= self._MOST_CACHED:
            self._candidates.clear()
        process, has_id, letters = key
        program = _PROGRAMS.get(process, "other")
        candidates = self._candidates[key] = tuple(
            _candidate(shape, process, letters)
            for shape in self._shapes
            if shape.declaration.kind.program in (program, "any")
            and shape.declaration.kind.queue_id in (("yes", "either") if has_id else ("no", "either"))
            and any(start.startswith(letters) or letters.startswith(start) for start in shape.starts)
        )
        return candidates


def _candidate(shape: _Shape, process: str, letters: str) -> _Candidate:
    certain = any(letters.startswith(start) for start in shape.starts)
    starts = () if certain else tuple(start for start in shape.starts if start.startswith(letters))
    stage = STAGES.get(process) or (shape.stage if process == "exim" else "other")
    return starts, shape.declaration.kind.contains, shape.fullmatch, shape, stage


def _action(shape: _Shape, groups: tuple[str | None, ...]) -> str:
    action = shape.action
    for number, other in shape.actions:
        if groups[number] is not None:
            action = other
    return action
