"""Counts legs: what each table of a statement adds up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping

import msgspec

from shipper.proof.legs import NOT_LOGGED, PLAINTEXT, Leg, Verdict
from shipper.proof.partners import Partners, domain_in

_VERDICTS: tuple[Verdict, ...] = ("meets", "fails", "plaintext", "not provable")
_GRADES = ("recommended", "acceptable", "weak", "insecure", "unknown", PLAINTEXT, NOT_LOGGED)
_Values = tuple[str, ...]


class Row(msgspec.Struct, frozen=True):
    """legs = meeting + failing + plaintext + unproven."""

    values: _Values
    legs: int
    meeting: int
    failing: int
    plaintext: int
    unproven: int

    @property
    def counts(self) -> tuple[int, int, int, int, int]:
        """The numbers alone."""
        return self.legs, self.meeting, self.failing, self.plaintext, self.unproven


class Table(msgspec.Struct, frozen=True):
    """All legs, divided: each is in one row. `columns` name the values of a row."""

    name: str
    title: str
    columns: _Values
    rows: tuple[Row, ...]


class Tally:
    """All legs as they come."""

    def __init__(self, partners: Partners) -> None:
        self._partners = partners
        self._divisions = [*_DIVISIONS, *([_BY_DOMAIN] if partners.subdomains else [])]
        self._counts: dict[str, Counter[tuple[_Values, Verdict]]] = {each.name: Counter() for each in self._divisions}
        self._all = Counter[Verdict]()

    def add(self, leg: Leg) -> None:
        """Counts a leg in every table."""
        verdict = leg.session.verdict
        self._all[verdict] += 1
        for division in self._divisions:
            self._counts[division.name][division.of(leg), verdict] += 1

    def total(self) -> Row:
        """Of all legs."""
        return _row((), self._all)

    def tables(self) -> tuple[Table, ...]:
        """Every table. Each partner and each direction has its row, with or without legs."""
        always = {
            "partner": [(domain,) for domain in self._partners.domains],
            "direction": [("inbound",), ("outbound",)],
        }
        return tuple(
            Table(each.name, each.title, each.columns, self._rows(each, always.get(each.name, [])))
            for each in self._divisions
        )

    def _rows(self, division: _Division, always: Iterable[_Values]) -> tuple[Row, ...]:
        groups: dict[_Values, Counter[Verdict]] = {values: Counter() for values in always}
        for (values, verdict), count in self._counts[division.name].items():
            groups.setdefault(values, Counter())[verdict] += count
        rows = [_row(values, counts) for values, counts in groups.items()]
        return tuple(sorted(rows, key=division.order)) if division.order else tuple(rows)


class _Division(msgspec.Struct, frozen=True):
    name: str
    title: str
    columns: _Values
    of: Callable[[Leg], _Values]
    order: Callable[[Row], tuple[object, ...]] | None = None


def _row(values: _Values, counts: Mapping[Verdict, int]) -> Row:
    meeting, failing, plaintext, unproven = (counts.get(verdict, 0) for verdict in _VERDICTS)
    return Row(values, meeting + failing + plaintext + unproven, meeting, failing, plaintext, unproven)


def _most_first(row: Row) -> tuple[object, ...]:
    return (-row.legs, row.values)


def _newest_first(row: Row) -> tuple[object, ...]:
    """Versions by number; then what is not logged of them, plaintext, and what nothing is known of."""
    version = row.values[0]
    if version in (PLAINTEXT, NOT_LOGGED):
        return (2, version != PLAINTEXT, "")
    protocol, _, number = version.partition(" ")
    is_known = number.replace(".", "").isdigit()
    return (0 if is_known else 1, protocol == "SSL", tuple(-int(part) for part in number.split(".") if is_known))


_DIVISIONS = (
    _Division("partner", "By partner", ("partner",), lambda leg: (leg.partner,)),
    _Division("direction", "By direction", ("direction",), lambda leg: (leg.direction,)),
    _Division("month", "By month", ("month",), lambda leg: (leg.received[:7],), lambda row: row.values),
    _Division("version", "By version", ("version",), lambda leg: (leg.session.version,), _newest_first),
    _Division(
        "grade", "By grade", ("grade",), lambda leg: (leg.session.grade,), lambda row: (_GRADES.index(row.values[0]),)
    ),
    _Division(
        "suite",
        "By suite and key bits",
        ("suite", "bits"),
        lambda leg: (leg.session.suite, "" if leg.session.bits is None else str(leg.session.bits)),
        _most_first,
    ),
    _Division(
        "status",
        "By what became of the mail",
        ("direction", "status"),
        lambda leg: (leg.direction, leg.status),
        lambda row: row.values,
    ),
    _Division(
        "reason",
        "Why not met, or not provable",
        ("reason",),
        lambda leg: (leg.session.reason or "(meets the policy)",),
        _most_first,
    ),
)
_BY_DOMAIN = _Division("domain", "By domain", ("domain",), lambda leg: (domain_in(leg.address),), _most_first)
