"""What both documents share: nesting, dates, ids, index names."""

from __future__ import annotations

import base64
import datetime
from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import Any, Literal

import msgspec

from shipper.model import Fields

Granularity = Literal["day", "month", "year"]

ECS_VERSION = "9.0.0"
OBSERVER = {"vendor": "Sophos", "product": "UTM", "type": "email-gateway"}
_FORMATS = {"day": "%Y.%m.%d", "month": "%Y.%m", "year": "%Y"}

encode = msgspec.json.Encoder().encode


class Indices(msgspec.Struct, frozen=True):
    """How indices are named: `<prefix>-events-YYYY.MM` and `<prefix>-messages-YYYY.MM`, by the document's UTC time."""

    prefix: str = "utm-smtp"
    granularity: Granularity = "month"

    def events(self, second: int) -> str:
        """The index of an event of this UTC second."""
        return _index(f"{self.prefix}-events-", self.granularity, second // 86400)

    def messages(self, second: int) -> str:
        """The index of a message of this UTC second."""
        return _index(f"{self.prefix}-messages-", self.granularity, second // 86400)


@lru_cache(maxsize=4096)
def _index(beginning: str, granularity: Granularity, day: int) -> str:
    date = datetime.datetime.fromtimestamp(day * 86400, datetime.UTC)
    return beginning + date.strftime(_FORMATS[granularity])


def digest(*parts: str) -> str:
    """A document id: 120 bits over the parts, 20 characters that need no escaping."""
    return base64.urlsafe_b64encode(blake2b("\0".join(parts).encode(), digest_size=15).digest()).decode()


class _Paths(dict[str, tuple[str, str]]):
    """Dotted path -> (path of the object around it, leaf), taken apart once."""

    def __missing__(self, dotted: str) -> tuple[str, str]:
        parent, _, leaf = dotted.rpartition(".")
        taken_apart = self[dotted] = (parent, leaf)
        return taken_apart


_PATHS = _Paths()


def place(document: dict[str, Any], fields: Fields) -> dict[str, Any]:
    """Puts values under their dotted paths into a document of nested objects, in the order given."""
    objects = {"": document}
    for dotted, value in fields.items():
        parent, leaf = _PATHS[dotted]
        inner = objects.get(parent)
        if inner is None:
            inner = _object(objects, parent)
        inner[leaf] = value
    return document


def _object(objects: dict[str, dict[str, Any]], path: str) -> dict[str, Any]:
    """The object at a path, made where it is not there; `objects` remembers those that were asked for."""
    known = objects.get(path)
    if known is None:
        parent, leaf = _PATHS[path]
        known = objects[path] = _object(objects, parent).setdefault(leaf, {})
    return known


_UNKNOWN: tuple[Any, ...] = (None, [], {})


def known(given: dict[str, Any]) -> dict[str, Any]:
    """What is known: without None, empty lists and empty objects; False and 0 are facts."""
    return {name: value for name, value in given.items() if value or value not in _UNKNOWN}


def unique(values: Sequence[Any]) -> list[Any]:
    """Each value once, in the order of appearance; None left out."""
    if len(values) < 2:
        return [value for value in values if value is not None]
    found = dict.fromkeys(values)
    found.pop(None, None)
    return list(found)
