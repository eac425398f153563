"""The documents of each recording, against what its clients and receivers noted."""

from __future__ import annotations

import gzip
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.comparison import Document
from tests.pipeline.running import Result, dead_letters, run
from tests.real_exim import found, wanted, wanted_attempts
from tests.real_exim.notes import Notes
from tests.real_exim.truth import Truth

RECORDINGS = Path(__file__).parent / "recordings"
VERSIONS = ("4.94.2", "4.96", "4.98.2", "4.100.1")
NAMES = [f"{version}-{selector}" for version in VERSIONS for selector in ("usual", "all")]
SETTINGS = {"dkim.details_logged": "always"}
A_MOMENT = 3.0


@dataclass(frozen=True)
class Recording:
    """A log, its documents (those of accepted messages by queue id), and the truth."""

    log: Path
    result: Result
    messages: dict[str, Document]
    truth: Truth


@pytest.fixture(scope="module", params=NAMES)
def recording(request: pytest.FixtureRequest) -> Recording:
    log, noted = (RECORDINGS / f"{request.param}.{kind}.gz" for kind in ("log", "json"))
    notes = msgspec.json.decode(gzip.decompress(noted.read_bytes()), type=Notes)
    result = run(log, **SETTINGS)
    return Recording(log, result, found.accepted(result.messages), Truth(notes))


def assert_same(noted: dict[str, Any], read: dict[str, Any]) -> None:
    """Shows only what differs: as it must be from the notes, and as it was read from the log."""
    pairs = {key: (noted.get(key), read.get(key)) for key in sorted(noted.keys() | read.keys())}
    assert {key: pair for key, pair in pairs.items() if pair[0] != pair[1]} == {}


def test_a_recording_has_every_kind_of_end(recording: Recording) -> None:
    messages = wanted.envelopes(recording.truth).values()
    attempts = [each for same in wanted_attempts.attempts(recording.truth).values() for each in same]

    statuses = {"delivered", "partially_delivered", "failed", "deferred", "discarded"}
    assert {message["status"] for message in messages} == statuses
    assert {attempt["status"] for attempt in attempts} == {"rejected", "temporarily_rejected", "abandoned"}
    assert {each["result"] for each in wanted.dkim(recording.truth).values()} == {"none", "pass", "fail", "invalid"}


def test_every_line_is_understood(recording: Recording) -> None:
    events = recording.result.events

    assert [each["event"]["original"] for each in events if each["event"]["action"] == "unrecognized"] == []
    assert dead_letters(recording.log, **SETTINGS) == []
    assert recording.result.balance.holds


def test_no_message_has_two_documents(recording: Recording) -> None:
    queue_ids = [document.get("email", {}).get("local_id") for document in recording.result.messages]
    times = Counter(recording.result.message_ids) + Counter(filter(None, queue_ids))

    assert [key for key, count in times.items() if count > 1] == []


def test_every_accepted_message_and_no_other(recording: Recording) -> None:
    envelopes = {queue_id: found.envelope(document) for queue_id, document in recording.messages.items()}

    assert_same(wanted.envelopes(recording.truth), envelopes)


def test_every_refused_or_given_up_attempt_and_no_other(recording: Recording) -> None:
    assert_same(wanted_attempts.attempts(recording.truth), found.attempts(recording.result.messages))


def test_what_became_of_each_recipient(recording: Recording) -> None:
    deliveries = {queue_id: found.deliveries(document) for queue_id, document in recording.messages.items()}

    assert_same(wanted.deliveries(recording.truth), deliveries)


def test_the_result_of_each_signature(recording: Recording) -> None:
    results = {queue_id: found.dkim(document) for queue_id, document in recording.messages.items()}

    assert_same(wanted.dkim(recording.truth), results)


def test_messages_came_when_their_clients_sent_them(recording: Recording) -> None:
    came = {id: datetime.fromisoformat(each["@timestamp"]).timestamp() for id, each in recording.messages.items()}
    sent = {message.queue_id: message.taken_at for message in recording.truth.messages if message.session}

    assert {id: sent[id] - came[id] for id in sent if not 0 <= sent[id] - came[id] < A_MOMENT} == {}
