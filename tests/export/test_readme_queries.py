"""The README's queries over a real export answer with the generator's truth."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.comparison import flatten
from tests.export.test_tables import exported
from tests.generator import generate, merge, render
from tests.generator.model import Traffic
from tests.generator.syslog import iso
from tests.pipeline.running import write_log
from tests.test_readme import EXAMPLES

STARTS = (
    datetime(2019, 5, 10, 8, tzinfo=UTC),
    datetime(2019, 6, 30, 20, tzinfo=UTC),
    datetime(2019, 7, 20, tzinfo=UTC),
)
NAMED = "example.org"
LOOPBACK = ("127.", "::1", "::ffff:127.")
GOOD = ("recommended", "acceptable")

Answer = list[tuple[Any, ...]]


@pytest.fixture(scope="module")
def traffic() -> Traffic:
    logs = [generate(20 + n, messages=250, start=start, rate=0.8) for n, start in enumerate(STARTS)]
    return merge(*logs)


@pytest.fixture(scope="module")
def folder(traffic: Traffic, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("export")
    log = write_log(folder / "smtp.log", render(traffic.lines, "P1"))
    exported(log, folder / "out", "--format", "parquet")
    return folder


def answer(folder: Path, name: str, partner: str = NAMED) -> Answer:
    text = EXAMPLES[name].replace(NAMED, partner)
    *settings, query = [statement for statement in text.split(";") if statement.strip()]
    with duckdb.connect() as base:
        for statement in settings:
            base.execute(statement)
        return base.execute(query.replace("'out/", f"'{folder}/out/")).fetchall()


@pytest.mark.parametrize("partner", [NAMED, "example.com", "example.net"])
def test_was_it_encrypted(folder: Path, traffic: Traffic, partner: str) -> None:
    legs: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    documents = dict(zip(traffic.keys, map(flatten, traffic.messages), strict=True))
    for line in traffic.lines:
        if line.action != "message-received" or line.stage != "exim-in":
            continue
        message = documents[line.message[0]]
        client = message.get("source.ip", "127.")
        if message.get("sophos.utm.sender.domain") == partner and not client.startswith(LOOPBACK):
            leg = {"tls": message["tls.established"], "grade": message["sophos.utm.tls.inbound.grade"]}
            legs[iso(line.utc)[:7], "from"].append(leg)
    for message in documents.values():
        for delivery in map(flatten, message.get("sophos.utm.deliveries", [])):
            if delivery["status"] != "delivered" or not delivery["recipient"].lower().endswith(f"@{partner}"):
                continue
            if not delivery.get("destination.ip", "127.").startswith(LOOPBACK):
                leg = {"tls": delivery["tls.established"], "grade": delivery["tls.grade"]}
                legs[delivery["time"][:7], "to"].append(leg)

    wanted = [
        (*key, len(found), sum(leg["tls"] for leg in found), sum(leg["grade"] in GOOD for leg in found))
        for key, found in sorted(legs.items())
    ]
    assert answer(folder, "export-tls", partner) == wanted
    assert len(wanted) > 4
    assert any(row[2] > row[3] > row[4] > 0 for row in wanted)


def test_how_often_is_dkim_used(folder: Path, traffic: Traffic) -> None:
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for message in map(flatten, traffic.messages):
        domain, result = message.get("sophos.utm.sender.domain"), message.get("sophos.utm.dkim.result")
        if domain is None or result is None:
            continue
        found[domain]["mails"] += 1
        found[domain]["signed"] += message.get("sophos.utm.dkim.count", 0) > 0
        found[domain]["verified"] += result == "pass"
        found[domain]["aligned"] += message.get("sophos.utm.dkim.aligned", False)
    wanted = [
        (domain, *(counts[name] for name in ("mails", "signed", "verified", "aligned")))
        for domain, counts in sorted(found.items(), key=lambda item: (-item[1]["mails"], item[0]))
    ]
    assert answer(folder, "export-dkim") == wanted
    assert any(row[1] > row[2] > row[3] > row[4] > 0 for row in wanted)


def test_what_did_the_spam_check_say(folder: Path, traffic: Traffic) -> None:
    counts, kept = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for message in map(flatten, traffic.messages):
        if "sophos.utm.spam.result" in message:
            key = (message["@timestamp"][:7], message["sophos.utm.spam.result"])
            counts[key] += 1
            kept[key] += message["sophos.utm.status"] == "quarantined"
    wanted = [(*key, count, kept[key]) for key, count in sorted(counts.items())]

    assert answer(folder, "export-spam") == wanted
    assert {month for month, *_ in wanted} == {"2019-05", "2019-06", "2019-07"}
    assert sum(kept.values()) > 0
