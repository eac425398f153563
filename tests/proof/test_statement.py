"""Whole statements from logs against the generator's truth: every leg, every total, every line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.generator import generate, render
from tests.generator.dialects import DIALECTS
from tests.generator.model import Traffic
from tests.pipeline.running import write_log
from tests.proof.reading import proven
from tests.proof.truth import Question, Row, Truth, days_with_lines, read, truth_of

START = datetime(2019, 6, 28, 8, tzinfo=UTC)
NOT_COMPARED = ("lines", "reason", "document_id")
BOTH = ("nobody.example", "example.net", "example.org", "news.example.net", "lawyers.example")
QUESTIONS = {
    "asg7": Question(("EXAMPLE.net", "school.test"), accepted=True),
    "4.82": Question(BOTH, policy="bsi-tr-02102-2"),
    "4.94": Question(("example.net", "EXAMPLE.ORG", "news.example.net"), subdomains=True),
    "4.97": Question(("example.net",), since="2019-06-29T03:00:00.000Z", until="2019-07-01T12:00:01.000Z"),
}
KEYS: dict[str, Callable[[Row], tuple[str, ...]]] = {
    "partner": lambda leg: (leg["partner"],),
    "direction": lambda leg: (leg["direction"],),
    "month": lambda leg: (leg["received"][:7],),
    "version": lambda leg: (leg["version"],),
    "grade": lambda leg: (leg["grade"],),
    "suite": lambda leg: (suite_of(leg), str(leg["bits"] or "") if leg["bits"] != 0 else "0"),
    "status": lambda leg: (leg["direction"], leg["status"]),
    "domain": lambda leg: (leg["address"].rpartition("@")[2].lower(),),
}


def suite_of(leg: Row) -> str:
    if leg["version"] == "plaintext":
        return "plaintext"
    if leg["openssl_cipher"] is None:
        return "(not logged)"
    return str(leg["cipher"] or f"{leg['openssl_cipher']} (no IANA name)")


def asked(question: Question) -> Question:
    """As the truth has names."""
    return Question(
        tuple(partner.lower() for partner in question.partners), question.subdomains, question.accepted,
        question.policy, question.since, question.until,
    )  # fmt: skip


def identity(leg: Row) -> tuple[Any, ...]:
    return tuple(tuple(value) if isinstance(value, list) else value for value in comparable(leg).values())


def comparable(leg: Row) -> Row:
    return {name: leg[name] for name in sorted(leg) if name not in (*NOT_COMPARED, "policy")}


def assert_true_legs(found: list[Row], truth: Truth) -> None:
    """All rows, and the lines of all that do not meet the policy."""
    ours, theirs = Counter(map(identity, found)), Counter(map(identity, truth.legs))
    assert (list(theirs - ours)[:3], list(ours - theirs)[:3]) == ([], [])
    times = [leg["received"] for leg in found]
    assert times == sorted(times)
    wanted = Counter(
        (identity(leg), tuple(sorted(read(line.text) for line in leg["lines"]))) for leg in bad(truth.legs)
    )
    lines = Counter((identity(leg), tuple(sorted(leg["lines"]))) for leg in bad(found))
    assert (list(wanted - lines)[:3], list(lines - wanted)[:3]) == ([], [])


def bad(legs: list[Row]) -> list[Row]:
    return [leg for leg in legs if leg["verdict"] != "meets"]


def assert_true_totals(statement: Any, truth: Truth, question: Question) -> None:
    counts = {name: truth.counts(key) for name, key in KEYS.items() if name != "domain" or question.subdomains}
    for name, values in (("direction", ("inbound", "outbound")), ("partner", question.partners)):
        for value in values:
            counts[name].setdefault((value,), (0, 0, 0, 0, 0))
    tables = {table["name"]: table for table in statement["tables"]}
    reasons = tables.pop("reason")
    found = {name: {tuple(row["values"]): numbers(row) for row in table["rows"]} for name, table in tables.items()}
    assert found == counts
    total = truth.counts().get((), (0, 0, 0, 0, 0))
    assert numbers(statement["total"]) == total
    for table in (*tables.values(), reasons):
        assert tuple(map(sum, zip(*map(numbers, table["rows"]), strict=True))) == total
    assert total[0] == sum(total[1:])
    period = statement["period"]
    assert (period["messages"], period["first"], period["last"]) == (truth.in_period, truth.first, truth.last)
    assert (statement["messages"], statement["local"], statement["refused"]) == (
        truth.messages, truth.local, truth.refused,
    )  # fmt: skip


def numbers(row: Any) -> tuple[int, ...]:
    return tuple(row[name] for name in ("legs", "meeting", "failing", "plaintext", "unproven"))


def flat(shown: Any) -> Row:
    leg: Row = dict(shown["leg"])
    del leg["document"]
    session: Row = leg.pop("session")
    return leg | session | {"lines": shown["lines"], "queue_ids": sorted(leg["queue_ids"])}


def assert_true_lists(statement: Any, truth: Truth) -> None:
    lists = {
        "exceptions": ("fails", "plaintext"),
        "unproven": ("not provable",),
        "legs": ("meets", "fails", "plaintext", "not provable"),
    }
    for name, verdicts in lists.items():
        listed = [flat(shown) for shown in statement[name]["shown"]]
        wanted = truth.chosen(*verdicts)
        assert statement[name]["total"] == len(wanted)
        assert Counter(map(identity, listed)) == Counter(map(identity, wanted))
    refused = [leg for leg in truth.chosen("fails", "plaintext") if leg["direction"] == "inbound"]
    refused = [leg for leg in refused if leg["status"] in ("rejected", "temporarily_rejected", "abandoned")]
    assert statement["refused_exceptions"] == len(refused)


def traffic_of(dialect: str) -> Traffic:
    return generate(31, messages=400, start=START, dialect=dialect, rate=0.06)


@pytest.mark.parametrize("dialect", sorted(DIALECTS))
def test_all_is_true(tmp_path: Path, dialect: str) -> None:
    traffic, question = traffic_of(dialect), QUESTIONS[dialect]
    log = write_log(tmp_path / "smtp.log", render(traffic.lines, "P1"))
    statement, legs = proven(question, log, tmp_path)

    truth = truth_of([traffic], asked(question))
    assert_true_legs(legs, truth)
    assert {leg["policy"] for leg in legs} == {question.policy}
    assert_true_totals(statement, truth, asked(question))
    assert_true_lists(statement, truth)
    assert min(truth.counts()[()][1:]) > 0 or dialect == "asg7"
    assert {leg["direction"] for leg in truth.legs} == {"inbound", "outbound"}
    days = days_with_lines(traffic)
    (host,) = statement["period"]["hosts"]
    if not question.since:
        assert (host["days"], host["missing_days"]) == (len(days), (max(days) - min(days)).days + 1 - len(days))
