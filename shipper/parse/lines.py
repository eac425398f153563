"""Line text -> what it states: finds the declaration that fits and runs its converters."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from shipper.errors import FormatError
from shipper.formats.declarations import Declaration
from shipper.model import Fields
from shipper.parse.head import Head
from shipper.parse.values import CONVERTERS, Converter

STAGES = {"exim-in": "exim-in", "smtpd": "smtpd", "exim-out": "exim-out"}
_PROGRAMS = {"exim-in": "exim", "exim-out": "exim", "exim": "exim", "smtpd": "smtpd"}


class Statement(msgspec.Struct, frozen=True, gc=False):
    """What a line's text states: the kind that fits, its action, stage and queue id, and the fields."""

    kind: str
    action: str
    stage: str
    queue_id: str | None
    fields: Fields


class _Shape:
    """A declaration made ready for speed: group numbers beside their converters."""

    __slots__ = (
        "action",
        "actions",
        "contains",
        "converters",
        "declaration",
        "fullmatch",
        "name",
        "sets",
        "stage",
        "starts",
        "states_id",
    )

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
        self.contains = kind.contains
        self.sets = kind.sets
        self.fullmatch = declaration.regex.fullmatch
        self.converters: list[tuple[Converter | None, str] | None] = [None] * declaration.regex.groups
        for group, capture in declaration.captures.items():
            self.converters[index[group] - 1] = (_converter(capture.type, declaration), capture.field)


def _converter(name: str, declaration: Declaration) -> Converter | None:
    """The function for a type; None for text that is taken as it stands."""
    if name not in CONVERTERS:
        where = f"{declaration.origin}: kind {declaration.kind.name!r}"
        raise FormatError(f"{where}: unknown type {name!r}", advice=f"use one of {', '.join(sorted(CONVERTERS))}")
    return None if name == "keyword" else CONVERTERS[name]


class LineParser:
    """Finds the shape of a text. Shapes are narrowed by program, by the presence of a queue id and by first letters."""

    _MOST_CACHED = 1 << 13

    def __init__(self, declarations: Sequence[Declaration]) -> None:
        self._shapes = [_Shape(declaration) for declaration in declarations]
        self._candidates: dict[tuple[str, bool, str], tuple[_Shape, ...]] = {}

    def parse(self, head: Head, text: str | None = None) -> Statement:
        """What the line states; `text` replaces the head's own where a split entry was put together again."""
        if text is None:
            text = head.text
        key = (head.process, head.queue_id is not None, text[:4])
        shapes = self._candidates.get(key)
        if shapes is None:
            shapes = self._narrow(key)
        for shape in shapes:
            if not text.startswith(shape.starts) or shape.contains not in text:
                continue
            match = shape.fullmatch(text)
            if match is not None:
                return _state(shape, match.groups(), head)
        return Statement("unrecognized", "unrecognized", STAGES.get(head.process, "other"), head.queue_id, {})

    def _narrow(self, key: tuple[str, bool, str]) -> tuple[_Shape, ...]:
        if len(self._candidates) >= self._MOST_CACHED:
            self._candidates.clear()
        process, has_id, letters = key
        program = _PROGRAMS.get(process, "other")
        shapes = tuple(
            shape
            for shape in self._shapes
            if shape.declaration.kind.program in (program, "any")
            and shape.declaration.kind.queue_id in (("yes", "either") if has_id else ("no", "either"))
            and any(s.startswith(letters) or letters.startswith(s[:4]) for s in shape.starts)
        )
        self._candidates[key] = shapes
        return shapes


def _state(shape: _Shape, groups: tuple[str | None, ...], head: Head) -> Statement:
    fields = dict(shape.sets)
    converters = shape.converters
    for number, text in enumerate(groups):
        if text is None or (converter := converters[number]) is None:
            continue
        convert, path = converter
        if convert is not None:
            convert(fields, path, text)
        elif text:
            fields[path] = text
    action = shape.action
    for number, other in shape.actions:
        if groups[number] is not None:
            action = other
    if head.role:
        fields["sophos.utm.role"] = head.role
    queue_id = head.queue_id
    if shape.states_id:
        stated_id = fields.pop("queue_id", None)
        queue_id = queue_id or stated_id
    stage = STAGES.get(head.process) or (shape.stage if head.process == "exim" else "other")
    return Statement(shape.name, action, stage, queue_id, fields)
