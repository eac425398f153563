"""What may narrow a selection: a closed set of conditions, each a query for a cluster and a predicate on documents.

Both say the same of every document that the templates' mappings describe: case where a field's normalizer lowers it,
values that are too long to be found, addresses in any spelling, and objects in nested arrays included.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

import msgspec

from shipper.errors import SettingsError
from shipper.retrieval.fields import Field, field_named, values_at
from shipper.retrieval.words import lowered, words_of

Document = dict[str, Any]
Query = dict[str, Any]
Value = str | int | bool
_Address = IPv4Address | IPv6Address

_WORDS = frozenset({"keyword", "wildcard"})
_PATTERN = re.compile(r"([\\*?])")
_LITERAL = r"\\\1"
_MAPPED = ip_network("::ffff:0:0/96")


class _OfField(msgspec.Struct, frozen=True, dict=True):
    """A condition on one field. In a nested array, some object of it must meet it."""

    field: str

    def __post_init__(self) -> None:
        self._check(field_named(self.field))

    @cached_property
    def _known(self) -> Field:
        return field_named(self.field)

    def _check(self, field: Field) -> None:
        """Raises SettingsError where the condition makes no sense for such a field."""

    def query(self, inside: str = "") -> Query:
        """For a cluster; `inside` is the nested array whose objects are asked about already."""
        nested = self._known.nested
        return self._leaf() if nested == inside else _in_nested(nested, self._leaf())

    def accepts(self, document: Document, below: str = "") -> bool:
        """Whether a document (or the object of it that stands at `below`) meets it."""
        path = self.field.removeprefix(f"{below}.") if below else self.field
        return any(self._fits(value) for value in self._found(document, path))

    def _found(self, document: Document, path: str) -> Iterator[Any]:
        longest = self._known.longest
        for value in values_at(document, path):
            if longest is None or not isinstance(value, str) or len(value) <= longest:
                yield value

    def _leaf(self) -> Query:
        raise NotImplementedError

    def _fits(self, value: Any) -> bool:
        raise NotImplementedError


class Terms(_OfField, frozen=True, dict=True):
    """The field has one of these values: words, whole numbers, yes or no, or addresses."""

    values: tuple[Value, ...]

    def _check(self, field: Field) -> None:
        wanted: dict[str, type] = {"long": int, "boolean": bool, "ip": str, "keyword": str, "wildcard": str}
        kind = wanted.get(field.type)
        if kind is None or not all(type(value) is kind for value in self.values):
            raise SettingsError(f"{field.name} ({field.type}) cannot be compared with {list(self.values)!r}")
        if field.type == "ip":
            _ = self._wanted

    @cached_property
    def _wanted(self) -> frozenset[Any]:
        return frozenset(_comparable(value, self._known) for value in self.values)

    def _leaf(self) -> Query:
        return {"terms": {self.field: sorted(self.values)}}

    def _fits(self, value: Any) -> bool:
        return _comparable(value, self._known) in self._wanted


class Prefix(_OfField, frozen=True, dict=True):
    """A value of the field begins so. Only for fields of words."""

    beginning: str

    def _check(self, field: Field) -> None:
        _need_words(field, f"begin with {self.beginning!r}")

    def _leaf(self) -> Query:
        beginning = lowered(self.beginning) if self._known.lowers else self.beginning
        return {"prefix": {self.field: {"value": beginning}}}

    def _fits(self, value: Any) -> bool:
        if self._known.lowers:
            return lowered(str(value)).startswith(lowered(self.beginning))
        return str(value).startswith(self.beginning)


class Ending(_OfField, frozen=True, dict=True):
    """A value of the field ends so. Only for fields of words; a cluster compares all values there are."""

    end: str

    def _check(self, field: Field) -> None:
        _need_words(field, f"end with {self.end!r}")

    def _leaf(self) -> Query:
        end = lowered(self.end) if self._known.lowers else self.end
        return {"wildcard": {self.field: {"value": f"*{_PATTERN.sub(_LITERAL, end)}"}}}

    def _fits(self, value: Any) -> bool:
        if self._known.lowers:
            return lowered(str(value)).endswith(lowered(self.end))
        return str(value).endswith(self.end)


class Cidr(_OfField, frozen=True, dict=True):
    """An address of the field lies in this network, such as `192.0.2.0/24`."""

    network: str

    def _check(self, field: Field) -> None:
        if field.type != "ip":
            raise SettingsError(f"{field.name} ({field.type}) holds no addresses")
        _ = self._net

    @cached_property
    def _net(self) -> IPv4Network | IPv6Network:
        try:
            return _unmapped(ip_network(self.network, strict=False))
        except ValueError:
            raise SettingsError(
                f"{self.network!r} is no network", advice="write it like 192.0.2.0/24 or 2001:db8::/32"
            ) from None

    def _leaf(self) -> Query:
        return {"term": {self.field: str(self._net)}}

    def _fits(self, value: Any) -> bool:
        return address_of(value) in self._net


class Exists(_OfField, frozen=True, dict=True):
    """The field has a value."""

    def _leaf(self) -> Query:
        return {"exists": {"field": self.field}}

    def _fits(self, value: Any) -> bool:
        return True


class Words(_OfField, frozen=True, dict=True):
    """The field has all of the words of a text, in any order and case. Only for fields that have a view by words."""

    text: str

    def _check(self, field: Field) -> None:
        if not field.has_words:
            raise SettingsError(f"{field.name} ({field.type}) cannot be searched by words")

    @cached_property
    def _wanted(self) -> frozenset[str]:
        return frozenset(words_of(self.text))

    def accepts(self, document: Document, below: str = "") -> bool:
        """Whether a document (or the object of it that stands at `below`) meets it."""
        path = self.field.removeprefix(f"{below}.") if below else self.field
        found = {word for value in values_at(document, path) for word in words_of(str(value))}
        return bool(self._wanted) and self._wanted <= found

    def _leaf(self) -> Query:
        return {"match": {f"{self.field}.text": {"query": self.text, "operator": "and"}}}


class AnyOf(msgspec.Struct, frozen=True):
    """One of these conditions at least; none of them is never met."""

    conditions: tuple[Condition, ...]

    def query(self, inside: str = "") -> Query:
        """For a cluster."""
        return _some([condition.query(inside) for condition in self.conditions])

    def accepts(self, document: Document, below: str = "") -> bool:
        """Whether a document meets one of them."""
        return any(condition.accepts(document, below) for condition in self.conditions)


class Within(msgspec.Struct, frozen=True):
    """One object of a nested array meets all of these conditions: *this* recipient's delivery was without TLS."""

    array: str
    conditions: tuple[Terms | Prefix | Ending | Cidr | Exists | Words | AnyOf, ...]

    def __post_init__(self) -> None:
        for field in _fields_of(self.conditions):
            if field_named(field).nested != self.array:
                raise SettingsError(f"{field} does not stand in the objects of {self.array}")

    def query(self, inside: str = "") -> Query:
        """For a cluster."""
        return _in_nested(self.array, _all([condition.query(self.array) for condition in self.conditions]))

    def accepts(self, document: Document, below: str = "") -> bool:
        """Whether a document has such an object."""
        return any(
            all(condition.accepts(item, self.array) for condition in self.conditions)
            for item in values_at(document, self.array)
        )


Condition = Terms | Prefix | Ending | Cidr | Exists | Words | AnyOf | Within


def _need_words(field: Field, doing: str) -> None:
    if field.type not in _WORDS:
        raise SettingsError(f"{field.name} ({field.type}) has no words that could {doing}")


def term(field: str, value: Value) -> Terms:
    """The field has this value."""
    return Terms(field, (value,))


def _fields_of(conditions: tuple[Condition, ...]) -> Iterator[str]:
    for condition in conditions:
        if isinstance(condition, AnyOf | Within):
            yield from _fields_of(condition.conditions)
        else:
            yield condition.field


def _in_nested(path: str, query: Query) -> Query:
    return {"nested": {"path": path, "query": query}}


def _some(queries: list[Query]) -> Query:
    return {"bool": {"should": queries, "minimum_should_match": 1}} if queries else {"match_none": {}}


def _all(queries: list[Query]) -> Query:
    return {"bool": {"filter": queries}}


def _comparable(value: Any, field: Field) -> Any:
    if field.type == "ip":
        return address_of(value)
    return lowered(value) if field.lowers else value


def address_of(text: Any) -> _Address:
    """An address in any spelling; one of IPv4 that is mapped into IPv6 is that of IPv4. Raises SettingsError."""
    try:
        address = ip_address(text)
    except ValueError:
        raise SettingsError(f"{text!r} is no address") from None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _unmapped(network: IPv4Network | IPv6Network) -> IPv4Network | IPv6Network:
    """Servers hold IPv4 addresses and those mapped into IPv6 for the same."""
    if isinstance(network, IPv6Network) and isinstance(_MAPPED, IPv6Network) and network.subnet_of(_MAPPED):
        mapped = network.network_address.ipv4_mapped
        return ip_network(f"{mapped}/{network.prefixlen - 96}")
    return network
