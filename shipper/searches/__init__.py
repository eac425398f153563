"""Ready searches, declared once in `searches.yaml`, and the page that is made of them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec
import yaml


class Search(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A question with its queries. `values` are the example values of the names in braces; `count_by` is the field by
    whose values the hits are to be counted, `first_by` that of whose values the first hit is looked for."""

    name: str
    question: str
    index: Literal["messages", "events"]
    kql: str
    lucene: str = ""
    sql: str = ""
    values: dict[str, str] = {}
    count_by: str = ""
    first_by: str = ""
    note: str = ""


class Page(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All searches, and what is to be said before them."""

    intro: str
    traps: list[str]
    searches: list[Search]


@cache
def page() -> Page:
    """What `searches.yaml` declares."""
    declared = yaml.safe_load(files("shipper.searches").joinpath("searches.yaml").read_text("utf-8"))
    return msgspec.convert(declared, Page)


def as_markdown() -> str:
    """The page that people read."""
    return "\n".join(_lines(page()))


def _lines(declared: Page) -> Iterator[str]:
    yield "# Searches"
    yield ""
    yield declared.intro.rstrip()
    yield ""
    yield "## Traps"
    yield ""
    yield from (f"- {trap}" for trap in declared.traps)
    for search in declared.searches:
        yield ""
        yield f"## {search.question}"
        yield ""
        yield f"`{search.name}`, in *{search.index}*."
        yield from _queries(search)
        if remarks := list(_remarks(search)):
            yield ""
            yield " ".join(remarks)
    yield ""


def _queries(search: Search) -> Iterator[str]:
    for language, query in (
        ("DQL, KQL", search.kql),
        ("Lucene", search.lucene),
        ("SQL, not run by our tests", search.sql),
    ):
        if query:
            yield ""
            yield f"{language}:"
            yield ""
            yield "```text"
            yield query if language.startswith("SQL") else query.format(**search.values)
            yield "```"


def _remarks(search: Search) -> Iterator[str]:
    if search.count_by:
        yield f"Count the hits by `{search.count_by}` (a data table with *Terms*)."
    if search.first_by:
        yield f"In a data table with *Terms* of `{search.first_by}`, the metric *Min* of `@timestamp` tells it."
    if search.note:
        yield search.note
