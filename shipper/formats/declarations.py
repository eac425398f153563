"""Loads what a line may look like: YAML declarations, checked while they are read.

A declaration file holds three optional tables:

* `fragments`: named pieces of a verbose regular expression, used in patterns as `{{name}}`;
* `captures`: named group -> `field` (dotted path in the event document) and `type` (see `shipper.parse.values`);
* `kinds`: the line shapes, in the order in which they are tried.

Files are read in the order of their names, a user's own after the built-in ones; a user's kind is tried first.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Literal

import msgspec
import yaml

from shipper.errors import FormatError
from shipper.model import ACTIONS

BUILT_IN = Path(__file__).parent

Program = Literal["exim", "smtpd", "any"]


class Capture(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a captured text goes: `field` is a dotted document path, `type` the name of a converter."""

    type: str = "keyword"
    field: str = ""


class Sample(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One whole line as logged, with every field that it must give (all of them, not some)."""

    line: str
    fields: dict[str, Any]
    queue_id: str | None = None
    action: str | None = None


class Kind(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line shape.

    `starts` are literal beginnings of the text after the time, role and queue id, `contains` a literal that every such
    text has: both only save trying the pattern. `queue_id` says whether the line
    carries one. `actions` maps a named group to the action that it means when it took part in the match; without one,
    `action` holds. `stage` counts where the process name does not tell (`exim` on old boxes). `sets` are constant
    fields. `seen` says how sure we are of the shape.
    """

    name: str
    action: str
    pattern: str
    samples: list[Sample]
    program: Program = "exim"
    queue_id: Literal["yes", "no", "either"] = "either"
    stage: Literal["exim-in", "exim-out", "smtpd", "other"] = "exim-in"
    starts: list[str] = msgspec.field(default_factory=list)
    contains: str = ""
    actions: dict[str, str] = msgspec.field(default_factory=dict)
    captures: dict[str, Capture] = msgspec.field(default_factory=dict)
    sets: dict[str, Any] = msgspec.field(default_factory=dict)
    about: str = ""
    seen: str = ""


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    fragments: dict[str, str] = msgspec.field(default_factory=dict)
    captures: dict[str, Capture] = msgspec.field(default_factory=dict)
    kinds: list[Kind] = msgspec.field(default_factory=list)


class Declaration(msgspec.Struct, frozen=True):
    """A kind ready for use: its compiled pattern and the capture of each named group."""

    kind: Kind
    regex: re.Pattern[str]
    captures: dict[str, Capture]
    origin: str


def load(extra_folders: tuple[Path, ...] = ()) -> tuple[Declaration, ...]:
    """All declarations in the order in which they are tried.

    Raises FormatError (file, kind, what is wrong) for a malformed file.
    """
    built_in = [_read(path) for path in sorted(BUILT_IN.glob("*.yaml"))]
    own = [_read(path) for folder in extra_folders for path in _yaml_files(folder)]
    fragments: dict[str, str] = {}
    captures: dict[str, Capture] = {}
    for _, file in built_in + own:
        fragments |= file.fragments
        captures |= file.captures
    return tuple(_compile(kind, str(path), fragments, captures) for path, file in own + built_in for kind in file.kinds)


def _yaml_files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise FormatError(f"{folder} is not a folder", advice="name a folder that holds *.yaml declarations")
    return sorted([*folder.glob("*.yaml"), *folder.glob("*.yml")])


def _read(path: Path) -> tuple[Path, _File]:
    try:
        return path, msgspec.convert(yaml.load(path.read_text("utf-8"), yaml.CSafeLoader) or {}, _File)
    except (yaml.YAMLError, msgspec.ValidationError, UnicodeDecodeError) as error:
        what = " ".join(str(error).split())
        raise FormatError(f"{path}: {what}", advice="see the formats section of CONTRIBUTING.md") from error


def _compile(kind: Kind, origin: str, fragments: dict[str, str], captures: dict[str, Capture]) -> Declaration:
    where = f"{origin}: kind {kind.name!r}"
    try:
        regex = re.compile(_expand(kind.pattern, fragments, where), re.VERBOSE | re.ASCII | re.DOTALL)
    except re.error as error:
        raise FormatError(f"{where}: the pattern is no regular expression: {error}") from error
    known = captures | kind.captures
    groups = {group: known[group] for group in regex.groupindex if group in known}
    unknown = [group for group in regex.groupindex if group not in known and group not in kind.actions]
    if unknown:
        raise FormatError(f"{where}: no capture declared for {', '.join(unknown)}", advice="add it under captures")
    for action in (kind.action, *kind.actions.values()):
        if action not in ACTIONS:
            raise FormatError(f"{where}: unknown action {action!r}", advice=f"use one of {', '.join(sorted(ACTIONS))}")
    if not kind.samples:
        raise FormatError(f"{where}: no sample", advice="each shape is proven by at least one line")
    return Declaration(kind, regex, groups, origin)


def _expand(pattern: str, fragments: dict[str, str], where: str) -> str:
    def replace(match: re.Match[str]) -> str:
        name = match[1]
        if name not in fragments:
            raise FormatError(f"{where}: unknown fragment {name!r}")
        return f"(?:{_expand(fragments[name], fragments, where)})"

    return re.sub(r"\{\{(\w+)\}\}", replace, pattern)
