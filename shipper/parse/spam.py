"""The RefID list of a `ctasd` verdict: `key=value` items and bare flags, keys unknown beforehand."""

from __future__ import annotations

import re
from functools import lru_cache

from shipper.model import Fields

_NUMBER = re.compile(r"-?[0-9]{1,9}(?:\.[0-9]{1,9})?", re.ASCII)
_SCORES = frozenset(("re", "recu", "reip"))


def read_reference(fields: Fields, text: str) -> None:
    """Puts the items that have a field of their own there; all others are kept in `spam.items` as they stand."""
    fields["sophos.utm.spam.cached"] = False
    first, _, rest = text.partition(",")
    if not first.startswith("str=") or first == "str=":
        rest = text
    else:
        fields["sophos.utm.spam.ref_id"] = first[4:]
    stated, others = _read_items(rest)
    fields.update(stated)
    if others:
        fields["sophos.utm.spam.items"] = list(others)


@lru_cache(maxsize=1 << 12)
def _read_items(text: str) -> tuple[Fields, tuple[str, ...]]:
    """What repeats from mail to mail: all but the first item, which is its own."""
    stated, others = {}, []
    for item in text.split(","):
        path, value = _read_item(item)
        if path:
            stated[path] = value
        elif item:
            others.append(item)
    return stated, tuple(others)


def _read_item(item: str) -> tuple[str, str | int | float | bool]:
    """Path and value of an item with a field of its own; an empty path for all others. Most items repeat."""
    key, _, value = item.partition("=")
    if key == "str" and value:
        return "sophos.utm.spam.ref_id", value
    if key == "cl" and value.isdecimal() and len(value) < 10:
        return "sophos.utm.spam.class", int(value)
    if key in _SCORES and _NUMBER.fullmatch(value):
        return f"sophos.utm.spam.scores.{key}", float(value)
    if item == "sh":
        return "sophos.utm.spam.cached", True
    return "", item
