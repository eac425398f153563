"""A declaration made ready for speed: one function that puts the captured texts of a match into fields.

It is written from the declaration, a line for each capture in the order of the groups. The types that nearly every line
has stand there as a line of their own (`INLINE`), for the others their converter is called.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import itemgetter
from typing import Any

from shipper.errors import FormatError
from shipper.formats.declarations import Capture, Declaration
from shipper.model import Fields
from shipper.parse.values import CONVERTERS, NULL_SENDER, is_ip

Groups = tuple[str | None, ...]
Reader = Callable[[Groups], Fields]
"""All groups of a match -> what they state. A group that took no part is None."""

INLINE = {
    "keyword": "if {text}: fields[{path}] = {text}",
    "long": "if {text} is not None and len({text}) < 19: fields[{path}] = int({text})",
    "flag": "if {text} is not None: fields[{path}] = True",
    "sender": f"if {{text}} is not None: fields[{{path}}] = {{text}} or {NULL_SENDER!r}",
    "recipient": "if {text}: fields[{path}] = [{text}]",
    "address": "if {text}: fields[{path_ip} if is_ip({text}) else {path_address}] = {text}",
    "dkim_tag": "if {text} and {text} != '<UNSET>': fields[{path}] = {text}",
    "words": "if {text}: words(fields, {path}, {text})",
}
"""Type -> the line that does what its converter does."""
_CALL = "if {text} is not None: {type}(fields, {path}, {text})"


def compile_reader(declaration: Declaration) -> Reader:
    """The function that reads what this declaration captures.

    Raises FormatError (file, kind, type) for a type that does not exist.
    """
    regex, sets = declaration.regex, declaration.kind.sets
    captures = sorted(
        ((regex.groupindex[group], capture) for group, capture in declaration.captures.items()), key=itemgetter(0)
    )
    lines = [
        f"{''.join(f'text{number}, ' for number in range(1, regex.groups + 1))} = groups" if regex.groups else "",
        "fields = sets.copy()" if sets else "fields = {}",
        *(_line(f"text{number}", capture, declaration) for number, capture in captures),
        "return fields",
    ]
    known: dict[str, Any] = {**CONVERTERS, "is_ip": is_ip, "sets": sets}
    exec("def read(groups):\n" + "".join(f"    {line}\n" for line in lines if line), known)
    reader: Reader = known["read"]
    return reader


def _line(text: str, capture: Capture, declaration: Declaration) -> str:
    if capture.type not in CONVERTERS:
        where = f"{declaration.origin}: kind {declaration.kind.name!r}"
        advice = f"use one of {', '.join(sorted(CONVERTERS))}"
        raise FormatError(f"{where}: unknown type {capture.type!r}", advice=advice)
    path = capture.field
    paths = {"path": repr(path), "path_ip": repr(f"{path}.ip"), "path_address": repr(f"{path}.address")}
    return INLINE.get(capture.type, _CALL).format(text=text, type=capture.type, **paths)
