"""The RefID list of a `ctasd` verdict: `key=value` items and bare flags, keys unknown beforehand."""

from __future__ import annotations

import re

from shipper.model import Fields

_NUMBER = re.compile(r"-?[0-9]{1,9}(?:\.[0-9]{1,9})?", re.ASCII)
_SCORES = frozenset(("re", "recu", "reip"))


def read_reference(fields: Fields, text: str) -> None:
    """Puts the items that have a field of their own there; all others are kept in `spam.items` as they stand."""
    others = []
    cached = False
    for item in text.split(","):
        key, _, value = item.partition("=")
        if key == "str" and value:
            fields["sophos.utm.spam.ref_id"] = value
        elif key == "cl" and value.isdecimal() and len(value) < 10:
            fields["sophos.utm.spam.class"] = int(value)
        elif key in _SCORES and _NUMBER.fullmatch(value):
            fields[f"sophos.utm.spam.scores.{key}"] = float(value)
        elif item == "sh":
            cached = True
        elif item:
            others.append(item)
    fields["sophos.utm.spam.cached"] = cached
    if others:
        fields["sophos.utm.spam.items"] = others
