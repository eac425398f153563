"""Messages of an archive -> the statement about them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice

import msgspec

from shipper.proof.evidence import lines_of, lines_of_leg
from shipper.proof.legs import REFUSED, Judge, Leg
from shipper.proof.period import period
from shipper.proof.statement import Listed, PolicyFacts, Question, Shown, Source, Statement
from shipper.proof.tally import Tally
from shipper.proof.words import definitions, outcome_of, verdict_of
from shipper.retrieval import Archive, Document, Scope

_BATCH = 300
"""Messages whose lines are asked for together."""

OnLeg = Callable[[Leg, Sequence[str]], None]


class Made(msgspec.Struct, frozen=True):
    """Of a statement: the program's version, the time as it is to be shown, and the source."""

    version: str
    at: str
    source: Source


def prove(
    archive: Archive, scope: Scope, judge: Judge, made: Made, *, rows: int, on_leg: OnLeg = lambda leg, lines: None
) -> Statement:
    """Reads what is in scope (a period and hosts) once; memory does not grow with it.

    `rows`: as many legs are in each list. `on_leg` gets every leg, with its lines where it is an exception or not
    provable, in the order of messages, within one inbound before outbound.
    """
    findings = _Findings(judge, rows)
    wanted = Scope(scope.since, scope.until, scope.hosts, (judge.partners.condition(),))
    coverage = archive.coverage(scope)
    for leg, lines in findings.read(archive, archive.messages(wanted)):
        on_leg(leg, lines)
    span, total = period(scope, coverage), findings.tally.total()
    question = Question(
        judge.partners.domains, judge.partners.subdomains, judge.accepted_only, span.since, span.until, scope.hosts
    )
    policy = PolicyFacts(**{name: getattr(judge.policy, name) for name in PolicyFacts.__struct_fields__})
    return Statement(
        version=made.version,
        made=made.at,
        outcome=outcome_of(total),
        verdict=verdict_of(question, policy, total, findings.refused_exceptions, span.missing_days),
        question=question,
        policy=policy,
        source=made.source,
        period=span,
        messages=findings.messages,
        total=total,
        local=findings.local,
        refused=findings.refused,
        refused_exceptions=findings.refused_exceptions,
        tables=findings.tally.tables(),
        exceptions=findings.exceptions.listed(),
        unproven=findings.unproven.listed(),
        legs=findings.legs.listed(),
        definitions=definitions(question),
    )


class _List:
    def __init__(self, most: int) -> None:
        self._most = most
        self._total = 0
        self._shown: list[Shown] = []

    def add(self, leg: Leg, lines: tuple[str, ...]) -> None:
        self._total += 1
        if len(self._shown) < self._most:
            self._shown.append(Shown(leg, lines))

    def listed(self) -> Listed:
        return Listed(self._total, tuple(self._shown))


class _Findings:
    """What is kept of the legs that went by. `messages`: those that have one."""

    def __init__(self, judge: Judge, rows: int) -> None:
        self._judge = judge
        self.tally = Tally(judge.partners)
        self.exceptions, self.unproven, self.legs = _List(rows), _List(rows), _List(rows)
        self.messages = self.local = self.refused = self.refused_exceptions = 0

    def read(self, archive: Archive, messages: Iterator[Document]) -> Iterator[tuple[Leg, tuple[str, ...]]]:
        """Every leg, with the lines of those that do not meet the policy."""
        while some := list(islice(messages, _BATCH)):
            found = [(message, self._legs(message)) for message in some]
            asked = [message for message, legs in found if any(leg.session.verdict != "meets" for leg in legs)]
            lines = lines_of(archive, asked) if asked else {}
            for message, legs in found:
                for leg in legs:
                    own = () if leg.session.verdict == "meets" else lines_of_leg(leg, lines[message["_id"]])
                    self._take(leg, own)
                    yield leg, own

    def _legs(self, message: Document) -> tuple[Leg, ...]:
        found = self._judge.legs(message)
        self.local += found.local
        self.refused += found.refused
        self.messages += bool(found.legs)
        return found.legs

    def _take(self, leg: Leg, lines: tuple[str, ...]) -> None:
        self.tally.add(leg)
        self.legs.add(leg, ())
        if leg.session.verdict == "not provable":
            self.unproven.add(leg, lines)
        elif leg.session.verdict != "meets":
            self.exceptions.add(leg, lines)
            self.refused_exceptions += leg.direction == "inbound" and leg.status in REFUSED
