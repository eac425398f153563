"""What both documents share: nesting, dates, ids, index names."""

from __future__ import annotations

import base64
import datetime
from collections.abc import Iterable
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


class _Paths(dict[str, tuple[tuple[str, ...], str]]):
    """Dotted path -> (parents, leaf), taken apart once."""

    def __missing__(self, dotted: str) -> tuple[tuple[str, ...], str]:
        *parents, leaf = dotted.split(".")
        taken_apart = self[dotted] = (tuple(parents), leaf)
        return taken_apart


_PATHS = _Paths()


def place(document: dict[str, Any], fields: Fields) -> dict[str, Any]:
    """Puts values under their dotted paths into a document of nested objects, in the order given."""
    for dotted, value in fields.items():
        parents, leaf = _PATHS[dotted]
        inner = document
        for name in parents:
            child = inner.get(name)
            if child is None:
                child = inner[name] = {}
            inner = child
        inner[leaf] = value
    return document


def nest(fields: Fields) -> dict[str, Any]:
    """Dotted paths as nested objects."""
    return place({}, fields)


def without_nothing(fields: Fields) -> Fields:
    """Leaves out what is not known: None and empty lists. False and 0 are facts and stay."""
    return {path: value for path, value in fields.items() if value is not None and value != []}


def unique(values: Iterable[Any]) -> list[Any]:
    """Each value once, in the order of appearance; None left out."""
    found = dict.fromkeys(values)
    found.pop(None, None)
    return list(found)
