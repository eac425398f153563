"""Holds the program to the generator's ground truth: every dialect, every prefix form, whole documents."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.comparison import assert_equal, flatten
from tests.generator import FORMS, SCENARIOS, generate, render
from tests.generator.ciphers import DEFAULT_POLICY, POLICIES
from tests.generator.dialects import DIALECTS
from tests.generator.model import IGNORED, Traffic
from tests.generator.syslog import as_read, iso
from tests.pipeline.running import Result, run, write_log

START = datetime(2019, 6, 10, 8, tzinfo=UTC)
SETTINGS = {"P5": {"host": "utm"}}
OF_A_LINE = ("event.action", "sophos.utm.stage", "sophos.utm.queue_id", "@timestamp", "host.name", "process.name",
             "event.original")  # fmt: skip


def read(folder: Path, traffic: Traffic, form: str = "P1", **settings: str) -> Result:
    log = write_log(folder / "smtp.log", render(traffic.lines, form))
    return run(log, **SETTINGS.get(form, {}), **settings)


def assert_balance_holds(result: Result, traffic: Traffic) -> None:
    balance = result.balance
    assert balance.holds
    assert balance.lines == len(traffic.lines)
    assert balance.ignored == len(traffic.ignored)
    assert balance.dead_letters == 0
    assert balance.events == len(result.events) == len(traffic.lines) - len(traffic.ignored)
    assert balance.messages == len(result.messages)


@pytest.mark.parametrize("dialect", sorted(DIALECTS))
@pytest.mark.parametrize("seed", [1, 2])
def test_messages_of_all_scenarios(tmp_path: Path, dialect: str, seed: int) -> None:
    traffic = generate(seed, messages=350, start=START, dialect=dialect)
    wanted = {name for name, scenario in SCENARIOS.items() if dialect in scenario.dialects}
    assert {line.shape for line in traffic.lines} == wanted
    result = read(tmp_path, traffic)
    assert_equal(traffic.messages, result.messages, traffic.scenarios)
    assert_balance_holds(result, traffic)


@pytest.mark.parametrize("dialect", ["4.82", "4.97"])
@pytest.mark.parametrize("policy", sorted(POLICIES.keys() - {DEFAULT_POLICY}))
def test_messages_under_another_policy(tmp_path: Path, policy: str, dialect: str) -> None:
    named = {"every_session_inbound", "every_session_outbound", "partners_that_differ", "delivered_on_the_box"}
    traffic = generate(8, messages=300, start=START, dialect=dialect, scenarios=named, policy=policy)
    result = read(tmp_path, traffic, **{"tls.policy": policy})
    assert_equal(traffic.messages, result.messages, traffic.scenarios)
    answers = {flatten(message).get("sophos.utm.tls.compliant") for message in result.messages}
    assert answers == {True, False, None}


@pytest.mark.parametrize("form", [form for form in FORMS if form not in ("P1", "P6")])
@pytest.mark.parametrize("dialect", ["4.82", "4.97"])
def test_messages_of_every_prefix_form(tmp_path: Path, dialect: str, form: str) -> None:
    traffic = generate(3, messages=140, start=START, dialect=dialect)
    result = read(tmp_path, traffic, form)
    assert_equal(traffic.messages, result.messages, traffic.scenarios)
    assert_balance_holds(result, traffic)


@pytest.mark.parametrize("dialect", sorted(DIALECTS))
def test_messages_without_pids(tmp_path: Path, dialect: str) -> None:
    """P6 has no pids: a client's address and port still tell sessions apart while one client comes once at a time."""
    named = {"delivered", "several_messages", "several_senders", "refused_recipient", "several_recipients", "fan_out",
             "refused_several_transactions", "rejected_after_data", "data_timeout_with_id", "deferred_then_delivered",
             "requeued_after_failure", "quarantined", "sandboxed", "failed_with_bounce", "many_signatures"}  # fmt: skip
    traffic = generate(4, messages=80, start=START, dialect=dialect, scenarios=named, rate=0.5)
    result = read(tmp_path, traffic, "P6")
    assert_equal(traffic.messages, result.messages, traffic.scenarios)
    assert_balance_holds(result, traffic)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("dialect", sorted(DIALECTS))
def test_events(tmp_path: Path, dialect: str, form: str) -> None:
    """One event per line, with what the line is, whose it is and when it was."""
    traffic = generate(5, messages=120, start=START, dialect=dialect)
    result = read(tmp_path, traffic, form)
    found = {flat["log.offset"]: flat for flat in map(flatten, result.events)}
    assert len(found) == len(result.events)
    offset, wanted, got = 0, [], []
    for line, text in zip(traffic.lines, render(traffic.lines, form), strict=True):
        if line.action != IGNORED:
            flat = found[offset]
            original = as_read(text.decode("utf-8", "surrogateescape"))
            wanted.append((line.action, line.stage, line.queue_id, iso(line.utc), line.host, line.process, original))
            got.append(tuple(flat.get(name) for name in OF_A_LINE))
        offset += len(text) + 1
    assert [pair for pair in zip(wanted, got, strict=True) if pair[0] != pair[1]] == []


def test_ids_do_not_depend_on_the_prefix_that_a_relay_added(tmp_path: Path) -> None:
    """Read from the file or received over syslog with a <PRI> in front: the same event in the same index."""
    traffic = generate(6, messages=100, start=START)
    plain = read(tmp_path, traffic, "P1")
    received = read(tmp_path, traffic, "P2")
    assert plain.event_ids == received.event_ids
    assert len(set(plain.event_ids)) == len(plain.event_ids)
    assert plain.message_ids == received.message_ids
