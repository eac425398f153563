"""What both products hold after `setup` and `ship`: what `parse` prints, and what really happened."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.comparison import assert_equal
from tests.end_to_end.conftest import MakePlace
from tests.end_to_end.node import Node, Place, Stored, assert_same, without_place
from tests.end_to_end.traffic import two_gateways

pytestmark = pytest.mark.cluster


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("log") / "smtp.log"
    path.write_bytes(two_gateways().text)
    return path


@pytest.fixture(scope="module", params=["opensearch", "elasticsearch"])
def shipped(request: pytest.FixtureRequest, make_place: MakePlace, log: Path) -> Place:
    """A node that was given the log once."""
    place = make_place(Node(request.getfixturevalue(request.param)))
    place.set_up()
    said = place.ship(log).stderr
    lines, ignored = len(two_gateways().lines), len(two_gateways().ignored)
    assert f"{lines:,} lines read = {lines - ignored:,} events + {ignored:,} ignored by rule + 0 dead letters" in said
    return place


@pytest.fixture(scope="module")
def parsed(shipped: Place, log: Path) -> tuple[Stored, Stored]:
    return shipped.parsed(log)


def test_messages_are_what_parse_prints(shipped: Place, parsed: tuple[Stored, Stored]) -> None:
    assert_same(parsed[1], shipped.stored("messages"))


def test_messages_are_what_really_happened(shipped: Place) -> None:
    found = shipped.stored("messages").documents.values()
    assert_equal(two_gateways().messages, list(found), two_gateways().scenarios)


def test_events_are_what_parse_prints(shipped: Place, parsed: tuple[Stored, Stored]) -> None:
    found = shipped.stored("events")
    assert without_place(found) == without_place(parsed[0])
    assert set(found.versions.values()) == {1}
    assert len(found) == len(two_gateways().lines) - len(two_gateways().ignored)


def test_every_line_can_be_read_back(shipped: Place) -> None:
    originals = [event["event"]["original"] for event in shipped.stored("events").documents.values()]
    logged = [line.text.decode("utf-8", "replace") for line in two_gateways().lines if line.text]
    readable = [text for text in logged if "\ufffd" not in text]
    assert len(originals) == len(logged)
    assert set(readable) <= set(originals)


@pytest.mark.parametrize("state", ["state", "another"])
def test_shipping_again_changes_nothing(shipped: Place, log: Path, state: str) -> None:
    """With the state of the first run, and after it was thrown away."""
    before = shipped.stored("events"), shipped.stored("messages")
    said = shipped.ship(log, state=state).stderr
    assert f"cluster: 0 documents created, {len(before[0]):,} were there already" in said
    assert_same(before[0], shipped.stored("events"))
    assert_same(before[1], shipped.stored("messages"))


def test_no_document_grew_a_mapping(shipped: Place) -> None:
    """Closed mappings: the indices know no field that the templates do not."""
    names = shipped.node.indices(shipped.prefix)
    types = [shipped.node.ask("GET", f"/{name}/_mapping")[name]["mappings"] for name in names]
    assert names == [f"{shipped.prefix}-{kind}-2019.06" for kind in ("events", "messages")]
    assert types[0]["properties"] == types[1]["properties"]
    assert {str(mapping["dynamic"]).lower() for mapping in types} == {"false"}
