"""The archive that the package brings along is what the generator makes, small, and names nobody."""

from __future__ import annotations

import gzip
import ipaddress
import re
from datetime import datetime
from itertools import chain

import pytest
import yaml

from tests.comparison import flatten
from tests.generator import ACTIONS, IGNORED, SCENARIOS, sample
from tests.generator.tls import GRADES

STORED = {file.relative_to(sample.FOLDER).as_posix(): file.read_bytes() for file in sample.FOLDER.rglob("*.gz")}
TEXT = b"".join(map(gzip.decompress, STORED.values()))
RESERVED = [
    ipaddress.ip_network(network)
    for network in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "127.0.0.0/8", "2001:db8::/32", "::1/128")
]
RESERVED_NAMES = re.compile(r"(?:.*\.)?(?:example\.(?:com|net|org)|example|test|invalid|localhost)", re.IGNORECASE)
CUT_NAMES = re.compile(r"(?:.*\.)?example\.(?:co?|ne?|or?)", re.IGNORECASE)

CLOSED: dict[str, set[object]] = {
    "sophos.utm.status": {
        "rejected", "temporarily_rejected", "abandoned", "quarantined", "discarded", "delivered", "partially_delivered",
        "failed", "deferred", "in_progress",
    },
    "sophos.utm.tls.inbound.version": {"none", "3.0", "1.0", "1.1", "1.2", "1.3"},
    "sophos.utm.tls.inbound.grade": set(GRADES),
    "sophos.utm.tls.weakest_version": {"none", "3.0", "1.0", "1.1", "1.2", "1.3"},
    "sophos.utm.tls.weakest_grade": set(GRADES),
    "sophos.utm.tls.encrypted": {"all", "some", "none"},
    "sophos.utm.tls.compliant": {True, False},
    "sophos.utm.dkim.result": {"none", "pass", "fail", "invalid", "unknown"},
    "sophos.utm.dkim.aligned": {True, False},
    "sophos.utm.spam.result": {"clean", "suspect", "bulk", "confirmed", "error", "not_checked"},
    "sophos.utm.disposition.name": {
        "email passed", "email quarantined", "email dropped", "email sandboxed", "email rejected",
    },
}  # fmt: skip
OPEN = (
    "sophos.utm.tls.outbound.partners",
    "sophos.utm.tls.outbound.ciphers",
    "sophos.utm.dkim.passed_domains",
    "sophos.utm.dkim.unverified_domains",
    "sophos.utm.dkim.passed_selectors",
    "sophos.utm.dkim.unverified_selectors",
)


def test_it_is_what_the_generator_makes_now() -> None:
    """Unpacked: how tightly zlib packs differs between its versions."""
    stored = {name: gzip.decompress(content) for name, content in STORED.items()}

    assert stored == sample.contents(), "run: python -m tests.generator.sample"


def test_nothing_in_it_depends_on_when_and_where_it_was_made() -> None:
    assert {content[:8] for content in STORED.values()} == {b"\x1f\x8b\x08\x00\x00\x00\x00\x00"}
    assert {path.name for path in sample.FOLDER.rglob("*") if path.is_file()} == {n.split("/")[2] for n in STORED}


def test_it_is_small_and_yet_thousands_of_lines() -> None:
    assert sum(map(len, STORED.values())) < 1_000_000
    assert TEXT.count(b"\n") > 20_000


def test_every_scenario_of_every_dialect_is_in_it() -> None:
    for part, log in zip(sample.PARTS, sample.logs(), strict=True):
        wanted = {name for name, scenario in SCENARIOS.items() if part.dialect in scenario.dialects}
        assert {line.shape for line in log.lines} == wanted


def test_the_repeated_hour_of_autumn_has_messages_on_both_sides() -> None:
    change = int(datetime.fromisoformat("2020-10-25T01:00:00+00:00").timestamp())
    times = [line.utc for line in sample.logs()[1].lines]

    assert sum(change - 3600 <= time < change for time in times) > 50
    assert sum(change <= time < change + 3600 for time in times) > 50


def test_it_shows_every_action() -> None:
    assert {line.action for log in sample.logs() for line in log.lines} == ACTIONS | {IGNORED}


def test_it_has_something_for_every_chart() -> None:
    """Every value that a panel on TLS, DKIM, spam or outcomes can show, and enough names for its longest lists."""
    documents = [flatten(document) for document in sample.messages()]
    values = {path: {document.get(path) for document in documents} - {None} for path in CLOSED}
    names = {path: len(set(chain.from_iterable(document.get(path, ()) for document in documents))) for path in OPEN}

    assert values == CLOSED
    assert {path: count >= 10 for path, count in names.items()} == dict.fromkeys(OPEN, True)


@pytest.mark.parametrize(
    "pattern", [rb"(?<![\w.-])\d{1,3}(?:\.\d{1,3}){3}(?![\w.-])", rb"\[((?:[0-9a-f]*:){2,}[0-9a-f]*)\]"]
)
def test_addresses_are_reserved_ones(pattern: bytes) -> None:
    found = {ipaddress.ip_address(text.decode()) for text in re.findall(pattern, TEXT)}

    assert found
    assert {str(ip) for ip in found if not any(ip in network for network in RESERVED)} == set()


def test_mail_domains_are_reserved_ones() -> None:
    """Or the beginning of one, where syslog or Exim cut the text."""
    found = {text.decode("latin-1") for text in re.findall(rb"@([A-Za-z0-9.-]+[A-Za-z0-9])", TEXT)}

    assert found
    assert {
        name for name in found if "." in name and not (RESERVED_NAMES.fullmatch(name) or CUT_NAMES.fullmatch(name))
    } == set()


def test_the_composed_services_ship_it() -> None:
    repository = sample.FOLDER.parents[1]
    command = yaml.safe_load((repository / "docker-compose.yml").read_text())["services"]["shipper"]["command"]
    copied_to = re.search(r"^WORKDIR (\S+)\nCOPY \. \.$", (repository / ".ci/Dockerfile").read_text(), re.MULTILINE)

    assert copied_to
    assert command == ["ship", f"{copied_to[1]}/{sample.FOLDER.relative_to(repository).as_posix()}"]
