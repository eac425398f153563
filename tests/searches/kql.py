"""A small part of KQL (and DQL, which began as the same), turned into the queries that Kibana and Dashboards send.

What each node of the grammar becomes stands in `kuery/functions/{is,and,or,not,range,exists,nested}.ts` of both
(packages/kbn-es-query/src, src/plugins/data/common/opensearch_query): a quoted value is `match_phrase`, a bare one
`match`, `*` alone `exists`, other wildcards are `query_string`. What is not understood is refused.
"""

from __future__ import annotations

import re
from typing import Any

Query = dict[str, Any]

_TOKEN = re.compile(
    r"""\s+ | (?P<quoted>"(?:[^"\\]|\\.)*") | (?P<mark>[(){}]) | (?P<operator>>=|<=|>|<|:)
    | (?P<word>[^\s():<>"{}\\]+)""",
    re.VERBOSE,
)
_RANGES = {">": "gt", ">=": "gte", "<": "lt", "<=": "lte"}
_SPECIAL = re.compile(r'([+\-=&|!(){}\[\]^"~?:\\/<>])')


def translated(query: str) -> Query:
    """The query in query DSL. Raises ValueError for what is not understood."""
    return _Parser(query).parsed()


class _Parser:
    def __init__(self, query: str) -> None:
        self._query = query
        self._tokens = list(self._read())
        self._at = 0
        self._path = ""

    def _read(self) -> Any:
        at = 0
        while at < len(self._query):
            match = _TOKEN.match(self._query, at)
            if match is None:
                raise self._refused(self._query[at:])
            at = match.end()
            if match.lastgroup:
                yield match.lastgroup, match[match.lastgroup]

    def _refused(self, what: str) -> ValueError:
        return ValueError(f"no test understands {what!r} in the query {self._query!r}")

    def parsed(self) -> Query:
        found = self._either(self._expression)
        if self._at < len(self._tokens):
            raise self._refused(self._peek()[1])
        return found

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._at] if self._at < len(self._tokens) else ("end", "")

    def _took(self, text: str) -> bool:
        kind, found = self._peek()
        if kind == "quoted" or found.lower() != text:
            return False
        self._at += 1
        return True

    def _either(self, part: Any) -> Query:
        parts = [self._all(part)]
        while self._took("or"):
            parts.append(self._all(part))
        return parts[0] if len(parts) == 1 else {"bool": {"should": parts, "minimum_should_match": 1}}

    def _all(self, part: Any) -> Query:
        parts = [self._maybe_not(part)]
        while self._took("and"):
            parts.append(self._maybe_not(part))
        return parts[0] if len(parts) == 1 else {"bool": {"filter": parts}}

    def _maybe_not(self, part: Any) -> Query:
        if self._took("not"):
            return {"bool": {"must_not": self._grouped(part)}}
        return self._grouped(part)

    def _grouped(self, part: Any) -> Query:
        if not self._took("("):
            found: Query = part()
            return found
        found = self._either(part)
        if not self._took(")"):
            raise self._refused("a parenthesis that is left open")
        return found

    def _expression(self) -> Query:
        kind, name = self._peek()
        self._at += 1
        operator = self._peek()
        self._at += 1
        if kind != "word" or operator[0] != "operator":
            raise self._refused(name)
        field = f"{self._path}{name}"
        if operator[1] != ":":
            return {"range": {field: {_RANGES[operator[1]]: self._value()[1]}}}
        if self._took("{"):
            return self._nested(field)
        return self._grouped(lambda: self._is(field))

    def _nested(self, path: str) -> Query:
        self._path = f"{path}."
        found = self._either(self._expression)
        self._path = ""
        if not self._took("}"):
            raise self._refused("a brace that is left open")
        return {"nested": {"path": path, "query": found, "score_mode": "none"}}

    def _value(self) -> tuple[str, str]:
        kind, text = self._peek()
        if kind not in ("quoted", "word"):
            raise self._refused(text)
        self._at += 1
        return kind, text

    def _is(self, field: str) -> Query:
        kind, text = self._value()
        if kind == "quoted":
            return {"match_phrase": {field: re.sub(r"\\(.)", r"\1", text[1:-1])}}
        if text == "*":
            return {"exists": {"field": field}}
        if "*" in text:
            return {"query_string": {"fields": [field], "query": _SPECIAL.sub(r"\\\1", text)}}
        return {"match": {field: text}}
