"""The Lucene query strings of panels, as predicates on documents; what is not understood is refused.

    NOT a:x AND b:(y OR "z") AND _exists_:c AND (e:f OR e:g)

Between clauses stand `AND` or `OR`, never both on one level, and `NOT` never beside `OR`: there Lucene's clauses mean
something else than logic (org.apache.lucene.queryparser.classic). Nor are there ranges, wildcards and boosts.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from luqum.exceptions import ParseError
from luqum.parser import parser
from luqum.tree import AndOperation, FieldGroup, Group, Item, Not, OrOperation, Phrase, SearchField, Word

from shipper.errors import PanelsError
from shipper.figures.facts import Facts, spelled
from shipper.retrieval.fields import field_named

Predicate = Callable[[Facts], bool]

_EXISTS = "_exists_"
_SPECIAL = re.compile(r"[*?\\~^]")


def predicate(query: str) -> Predicate:
    """Whether a document is found by a query; by an empty one each is. Raises PanelsError, SettingsError."""
    if not query.strip():
        return lambda facts: True
    try:
        return _Reading(query).clause(parser.parse(query))
    except ParseError as error:
        raise PanelsError(f"the query {query!r} cannot be read: {' '.join(str(error).split())}") from error


class _Reading:
    def __init__(self, query: str) -> None:
        self._query = query

    def clause(self, item: Item) -> Predicate:
        """A clause outside of any field."""
        if isinstance(item, SearchField):
            return self._of_field(item.name, item.expr)
        return self._joined(item, self.clause)

    def _of_field(self, name: str, item: Item) -> Predicate:
        if name == _EXISTS:
            field = field_named(self._word(item)).name
            return lambda facts: bool(facts.values(field))
        if isinstance(item, Word | Phrase):
            field = field_named(name).name
            wanted = spelled(self._word(item), field_named(name))
            return lambda facts: wanted in facts.values(field)
        return self._joined(item, lambda inner: self._of_field(name, inner))

    def _joined(self, item: Item, part: Callable[[Item], Predicate]) -> Predicate:
        """Clauses that one connective joins, or one in parentheses."""
        if isinstance(item, Group | FieldGroup):
            return part(item.expr)
        if isinstance(item, Not):
            negated = part(item.a)
            return lambda facts: not negated(facts)
        if isinstance(item, AndOperation | OrOperation):
            forbidden = (Not, AndOperation) if isinstance(item, OrOperation) else (OrOperation,)
            if any(isinstance(child, forbidden) for child in item.children):
                raise self._unknown("AND, OR and NOT on one level")
            parts = [part(child) for child in item.children]
            if isinstance(item, OrOperation):
                return lambda facts: any(each(facts) for each in parts)
            return lambda facts: all(each(facts) for each in parts)
        raise self._unknown(str(item).strip())

    def _word(self, item: Item) -> str:
        text = str(item.value).strip('"') if isinstance(item, Word | Phrase) else ""
        if not text or _SPECIAL.search(text):
            raise self._unknown(str(item).strip())
        return text

    def _unknown(self, what: str) -> PanelsError:
        return PanelsError(
            f"the query {self._query!r} has {what}, which cannot be counted without a cluster",
            advice="see CONTRIBUTING.md for what a query may say",
        )
