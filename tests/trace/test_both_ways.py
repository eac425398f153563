"""The same messages and stories from a cluster and from the logs that were shipped there: those of the truth."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from shipper.retrieval import EVERYTHING, Archive, ClusterArchive, FileArchive
from shipper.trace.hits import narrowed
from shipper.trace.sought import Kind, sought
from shipper.trace.story import stories_of
from tests.comparison import flatten, identity
from tests.end_to_end.conftest import MakePlace
from tests.end_to_end.node import Node
from tests.generator import generate, merge
from tests.generator.dialects import DIALECTS
from tests.generator.model import Traffic
from tests.retrieval.shipped import Shipped, ship
from tests.trace.truth import Told, Truth, as_told

pytestmark = pytest.mark.cluster

START = datetime(2019, 6, 10, 8, tzinfo=UTC)


def gateways(*dialects: str) -> Traffic:
    """One of each of these generations, in one log."""
    return merge(*(generate(70, messages=110, start=START, dialect=d, host=f"utm-{d}", rate=60) for d in dialects))


@pytest.fixture(scope="module", params=["opensearch", "elasticsearch"])
def shipped(request: pytest.FixtureRequest, make_place: MakePlace) -> Shipped:
    place = make_place(Node(request.getfixturevalue(request.param)))
    place.set_up()
    return ship(place, gateways(*(DIALECTS if request.param == "opensearch" else ("4.97",))))


@contextmanager
def both(shipped: Shipped) -> Iterator[tuple[ClusterArchive, FileArchive]]:
    with shipped.connected() as cluster, shipped.from_files() as files:
        yield ClusterArchive(cluster, shipped.place.prefix), files


def test_every_story(shipped: Shipped) -> None:
    with both(shipped) as (cluster, files):
        ours, theirs = (list(stories_of(archive, archive.messages())) for archive in (cluster, files))

    assert ours == theirs
    truth = Truth(shipped.traffic)
    assert sorted(map(as_told, ours), key=str) == truth.stories()
    assert {identity(s.message): s.bounces for s in ours if s.bounces} == truth.bounced()


def texts(traffic: Traffic) -> list[tuple[Kind, str]]:
    """What to look for, with values that occur."""
    flat = [flatten(message) for message in traffic.messages]
    ids = [m["sophos.utm.queue_ids"] for m in flat if len(m.get("sophos.utm.queue_ids", ())) > 2]
    users = [user for m in flat[::80] for user in m.get("related.user", ())[:1]]
    return [
        *(("queue-id", queue_id) for some in ids[:2] for queue_id in some),
        *(("message-id", m["email.message_id"]) for m in flat[::120] if "email.message_id" in m),
        *(("address", user.upper()) for user in users),
        *(("client", m["source.ip"]) for m in flat[::120] if "source.ip" in m),
        ("client", "192.0.2.0/26"),
        ("client", "2001:db8::/32"),
        ("subject", "order YOUR"),
        ("subject", "rechnung"),
        ("subject", "4711"),
        ("subject", "Übersicht"),
        ("subject", "nowhere"),
        ("queue-id", "1zzzzz-zzzzzz-zz"),
    ]


def found(archive: Archive, kind: Kind, text: str) -> list[Told]:
    scope = narrowed(EVERYTHING, sought(text, kind))
    return sorted((identity(message) for message in archive.messages(scope)), key=str)


def test_every_kind_finds_what_there_is(shipped: Shipped) -> None:
    truth, counts = Truth(shipped.traffic), dict[tuple[Kind, str], int]()
    with both(shipped) as (cluster, files):
        for kind, text in texts(shipped.traffic):
            wanted = truth.having(kind, text)
            assert (kind, text, found(cluster, kind, text)) == (kind, text, wanted)
            assert (kind, text, found(files, kind, text)) == (kind, text, wanted)
            counts[kind, text] = len(wanted)

    assert {key for key, count in counts.items() if not count} == {
        ("subject", "nowhere"), ("queue-id", "1zzzzz-zzzzzz-zz"),
    }  # fmt: skip
    assert counts["subject", "rechnung"] > 5


def test_the_command_prints_the_same(shipped: Shipped) -> None:
    message = next(m for m in shipped.traffic.messages if m["sophos"]["utm"]["status"] == "quarantined")
    queue_id = message["email"]["local_id"]
    for options in ([], ["--json"]):
        ours, theirs = (shipped.place.run("trace", queue_id, *where, *options) for where in ([], [shipped.log]))
        assert ours.exit_code == theirs.exit_code == 0
        assert ours.stdout == theirs.stdout != ""


def test_a_story_is_whole_beyond_the_period_of_its_message(shipped: Shipped) -> None:
    with shipped.from_files() as files:
        story = max(stories_of(files, files.messages()), key=lambda each: each.message["event"]["duration"])
    message = story.message
    until = (datetime.fromisoformat(message["@timestamp"]) + timedelta(seconds=1)).isoformat()[:19]
    options = ["--until", until, "--host", message["host"]["name"], "--raw"]
    told = shipped.place.run("trace", message["email"]["local_id"], *options)

    assert told.stdout_bytes.splitlines() == list(as_told(story)[len(identity(message)) :])
    assert message["event"]["end"] > until
