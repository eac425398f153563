"""The large log of many years: as much as it promises, and something to see in every chart."""

from __future__ import annotations

import gzip
import json
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import chain, product
from pathlib import Path
from typing import Any

import pytest

from tests.comparison import flatten
from tests.generator import IGNORED, SCENARIOS, archive_traffic
from tests.generator.__main__ import main
from tests.generator.archive import write_months
from tests.generator.ciphers import POLICIES, SUITES
from tests.generator.model import Traffic
from tests.generator.tls import GRADES

RESULTS = ("clean", "suspect", "bulk", "confirmed", "error", "not_checked")


@pytest.fixture(scope="module")
def traffic() -> Traffic:
    return archive_traffic()


@pytest.fixture(scope="module")
def documents(traffic: Traffic) -> list[dict[str, Any]]:
    return [flatten(document) for document in traffic.messages]


def inbound(documents: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    names = {"sophos.utm.tls.inbound.grade": "grade", "sophos.utm.tls.inbound.openssl_cipher": "openssl_cipher",
             "tls.version": "version", "tls.cipher": "cipher"}  # fmt: skip
    for document in documents:
        yield {name: document[path] for path, name in names.items() if path in document}


def outbound(documents: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    deliveries = chain.from_iterable(document.get("sophos.utm.deliveries", ()) for document in documents)
    return (delivery.get("tls", {}) for delivery in deliveries)


def test_it_is_large_and_spans_months_and_years(documents: list[dict[str, Any]]) -> None:
    months = Counter((document["host.name"], document["@timestamp"][:7]) for document in documents)

    assert len(documents) >= 20_000
    assert {month[:4] for _, month in months} >= {"2013", "2018", "2019", "2021", "2022", "2023", "2024", "2025"}
    assert sum(count > 300 for count in months.values()) > 25


def test_every_kind_of_message_is_in_it(traffic: Traffic) -> None:
    assert set(traffic.scenarios) == {name for name, scenario in SCENARIOS.items() if scenario.documents}


def test_its_times_run_in_order(traffic: Traffic) -> None:
    times = [line.at for line in traffic.lines]
    assert times == sorted(times)


def test_its_events_are_its_lines_but_the_ignored_ones(traffic: Traffic) -> None:
    counts = Counter((line.action, line.stage) for line in traffic.events)

    assert counts.total() == len(traffic.lines) - len(traffic.ignored)
    assert {stage for _, stage in counts} == {"exim-in", "smtpd", "exim-out", "other"}
    assert counts["scan-started", "smtpd"] == sum(line.action == "scan-started" for line in traffic.lines)


def test_every_grade_and_suite_is_used_in_both_directions(documents: list[dict[str, Any]]) -> None:
    for legs in (list(inbound(documents)), list(outbound(documents))):
        assert {leg.get("grade") for leg in legs} == {None, *GRADES}
        assert {leg.get("openssl_cipher") for leg in legs} == {None, *SUITES}


@pytest.mark.parametrize("policy", POLICIES)
def test_each_policy_is_met_and_not_met_in_both_directions(documents: list[dict[str, Any]], policy: str) -> None:
    for legs in (inbound(documents), outbound(documents)):
        named = [leg for leg in legs if {"cipher", "version"} <= leg.keys()]
        answers = Counter(leg["cipher"] in POLICIES[policy].get(leg["version"], ()) for leg in named)
        assert min(answers[True], answers[False]) > 1000


def test_compliance_has_both_answers_and_none(documents: list[dict[str, Any]]) -> None:
    answers = Counter(document.get("sophos.utm.tls.compliant") for document in documents)
    assert min(answers[True], answers[False], answers[None]) > 1000


def test_a_policy_changes_nothing_else() -> None:
    logs = [archive_traffic(3, messages=400, policy=policy) for policy in POLICIES]
    told = [[flatten(document) for document in log.messages] for log in logs]
    policies = [{document.pop("sophos.utm.tls.policy", None) for document in documents} for documents in told]
    compliant = [[document.pop("sophos.utm.tls.compliant", None) for document in documents] for documents in told]

    assert policies == [{policy, None} for policy in POLICIES]
    assert told[0] == told[1] == told[2]
    assert len({tuple(answers) for answers in compliant}) == 3


def test_partners_differ_from_message_to_message_and_within_one(documents: list[dict[str, Any]]) -> None:
    versions: dict[str, set[str]] = defaultdict(set)
    together: Counter[tuple[bool, bool]] = Counter()
    for document in documents:
        partners = [name.split(" ") for name in document.get("sophos.utm.tls.outbound.partners", ())]
        together[len({domain for domain, _ in partners}) > 1, len({version for _, version in partners}) > 1] += 1
        for domain, version in partners:
            versions[domain].add(version)

    assert together[True, True] > 100
    assert together[False, True] > 10
    assert versions["example.org"] == {"none", "3.0", "1.0", "1.1", "1.2", "1.3"}


def test_every_spam_result_meets_every_disposition(documents: list[dict[str, Any]]) -> None:
    """What was refused without a verdict was not accepted, and states no result."""
    paths = ("sophos.utm.spam.result", "sophos.utm.disposition.name")
    found = {tuple(document.get(path) for path in paths) for document in documents}
    wanted = set(product(RESULTS, ("email passed", "email quarantined", "email dropped", "email rejected")))

    assert wanted - found == {("not_checked", "email rejected")}


def test_signatures_of_every_kind(documents: list[dict[str, Any]]) -> None:
    signatures = [document.get("sophos.utm.dkim.signatures", ()) for document in documents]
    selectors = [set(document.get("sophos.utm.dkim.passed_selectors", ())) for document in documents]
    broken = [set(document.get("sophos.utm.dkim.unverified_selectors", ())) for document in documents]

    assert {s.get("algorithm") for s in chain.from_iterable(signatures)} == {
        None, "rsa-sha1", "rsa-sha256", "rsa-sha512", "ed25519-sha256",
    }  # fmt: skip
    assert {s["result"] for s in chain.from_iterable(signatures)} == {"pass", "fail", "invalid", "none"}
    assert sum(len({s["result"] for s in of_one}) > 2 for of_one in signatures) > 20
    assert len(set().union(*selectors)) > 50
    assert len(set().union(*broken)) > 50


def test_many_senders_and_clients(documents: list[dict[str, Any]]) -> None:
    assert len({document.get("sophos.utm.sender.domain") for document in documents}) > 40
    assert len({document.get("source.ip") for document in documents}) > 500


def test_written_by_gateway_and_month(tmp_path: Path) -> None:
    traffic = archive_traffic(2, messages=100)

    files = write_months(traffic.lines, tmp_path)

    assert tmp_path / "utm-b/2019/04/smtp-2019-04.log.gz" in files
    stored = Counter(line for file in files for line in gzip.decompress(file.read_bytes()).splitlines())
    assert stored == Counter(line.text for line in traffic.lines)
    assert sum(line.action == IGNORED for line in traffic.lines) == len(traffic.ignored)


def test_the_command_writes_it_with_its_truth(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["generator", "--out", str(tmp_path), "--seed", "2", "--years", "100"])

    main()

    traffic = archive_traffic(2, messages=100)
    truth = (tmp_path / "truth.ndjson").read_text("utf-8").splitlines()
    assert [json.loads(line) for line in truth] == traffic.messages
    files = list((tmp_path / "log").rglob("*.gz"))
    assert sum(len(gzip.decompress(file.read_bytes()).splitlines()) for file in files) == len(traffic.lines)


def test_the_same_seed_gives_the_same_log() -> None:
    first, second = (zlib.crc32(archive_traffic(4, messages=80).text) for _ in range(2))
    assert first == second
