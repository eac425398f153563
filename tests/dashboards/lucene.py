"""A small part of Lucene's query strings, understood over documents in memory; what is not understood is refused.

    NOT a:x AND b:(y OR "z") AND _exists_:c AND d:[1 TO 5] AND (e:f* OR e:g)

Between clauses stand `AND` or `OR`, never both on one level, and `NOT` never beside `OR`: there Lucene's clauses mean
something else than logic (https://lucene.apache.org/core/10_3_0/queryparser/org/apache/lucene/queryparser/classic/).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from fnmatch import translate
from ipaddress import ip_address
from typing import Any

Values = Mapping[str, tuple[Any, ...]]
"""Field -> its values in one document, as they are indexed."""

Condition = Callable[[Values], bool]

_TOKEN = re.compile(
    r"""\s+ | (?P<quoted>"[^"\\]*") | (?P<open>\() | (?P<close>\)) | (?P<range>\[\S+[ ]TO[ ][^\s\]]+\])
    | (?P<field>@?[A-Za-z_][\w.]*): | (?P<word>(?:AND|OR|NOT)(?![^\s()])) | (?P<term>[\w.@*?][\w.@*?-]*)""",
    re.VERBOSE,
)


def condition(query: str, fields: Mapping[str, Any]) -> Condition:
    """What the query asks of a document; `fields` are the types of those that may be named (`Indexing`)."""
    return _Parser(query, fields).parsed() if query.strip() else lambda values: True


class _Parser:
    def __init__(self, query: str, fields: Mapping[str, Any]) -> None:
        self.query, self.fields = query, fields
        self.tokens = list(self._tokens())
        self.at = 0

    def _tokens(self) -> Any:
        at = 0
        while at < len(self.query):
            match = _TOKEN.match(self.query, at)
            if not match:
                raise self._unknown(self.query[at:])
            at = match.end()
            if match.lastgroup:
                yield match.lastgroup, match[match.lastgroup]

    def _unknown(self, what: object) -> ValueError:
        return ValueError(f"no test understands {what!r} in the query {self.query!r}")

    def _peek(self) -> tuple[str, str]:
        return self.tokens[self.at] if self.at < len(self.tokens) else ("end", "")

    def _take(self, *kinds: str) -> str:
        kind, text = self._peek()
        if kind not in kinds:
            raise self._unknown(text or "the end")
        self.at += 1
        return text

    def parsed(self) -> Condition:
        found = self._level(self._clause)
        if self.at < len(self.tokens):
            raise self._unknown(self._peek()[1])
        return found

    def _level(self, part: Callable[[], Condition]) -> Condition:
        """Parts that one connective joins."""
        parts, words, negated = [], set(), False
        while True:
            if self._peek() == ("word", "NOT"):
                self._take("word")
                negated = True
                parts.append(_not(part()))
            else:
                parts.append(part())
            if self._peek() not in (("word", "AND"), ("word", "OR")):
                break
            words.add(self._take("word"))
        if len(words) > 1 or (negated and "OR" in words):
            raise self._unknown("AND, OR and NOT on one level")
        if "OR" in words:
            return lambda values: any(each(values) for each in parts)
        return lambda values: all(each(values) for each in parts)

    def _clause(self) -> Condition:
        if self._peek()[0] == "open":
            return self._in_parentheses(self._clause)
        name = self._take("field")
        if name == "_exists_":
            return self._exists(self._take("term"))
        if name not in self.fields:
            raise self._unknown(name)
        if self._peek()[0] == "open":
            return self._in_parentheses(lambda: self._operand(name))
        return self._operand(name)

    def _exists(self, name: str) -> Condition:
        if name not in self.fields:
            raise self._unknown(name)
        return lambda values: name in values

    def _in_parentheses(self, part: Callable[[], Condition]) -> Condition:
        self._take("open")
        found = self._level(part)
        self._take("close")
        return found

    def _operand(self, name: str) -> Condition:
        kind, indexing = self._peek()[0], self.fields[name]
        text = self._take("quoted", "term", "range")
        if kind == "range":
            low, high = (indexing.value(end) for end in text[1:-1].split(" TO "))
            return lambda values: any(low <= value <= high for value in values.get(name, ()))
        if kind == "term" and re.search(r"[*?]", text):
            if not indexing.is_text:
                raise self._unknown(text)
            pattern = re.compile(translate(indexing.value(text)))
            return lambda values: any(pattern.match(value) for value in values.get(name, ()))
        wanted = indexing.value(text.strip('"'))
        return lambda values: wanted in values.get(name, ())


def _not(part: Condition) -> Condition:
    return lambda values: not part(values)


class Indexing:
    """How a server indexes a field of this mapping, and reads a word of a query for it."""

    def __init__(self, mapping: Mapping[str, Any]) -> None:
        self.type: str = mapping["type"]
        self.longest: int | None = mapping.get("ignore_above")
        self.is_lower = mapping.get("normalizer") == "lowercase"
        self.is_text = self.type in ("keyword", "wildcard")
        self._known: dict[Any, tuple[Any, ...]] = {}

    def value(self, found: Any) -> Any:
        """One value, in a form that can be compared. Raises ValueError for a type that no test knows."""
        if self.is_text:
            return found.lower() if self.is_lower else found
        if self.type == "ip":
            return ip_address(found)
        if self.type == "boolean":
            return {"true": True, "false": False, True: True, False: False}[found]
        if self.type in ("long", "float"):
            return {"long": int, "float": float}[self.type](found)
        if self.type == "date":
            return round(datetime.fromisoformat(found).timestamp() * 1000)
        raise ValueError(f"no test knows how {self.type} is indexed")

    def values(self, found: Any) -> tuple[Any, ...]:
        """Distinct values of a field as a document gives it, without those that are too long to be indexed."""
        if isinstance(found, list):
            return tuple(dict.fromkeys(value for each in found for value in self.values(each)))
        if found not in self._known:
            self._known[found] = () if self._is_too_long(found) else (self.value(found),)
        return self._known[found]

    def _is_too_long(self, found: Any) -> bool:
        return self.longest is not None and len(found.encode("utf-16-le")) // 2 > self.longest
