"""What else is asked of a cluster waits for it as deliveries do."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from shipper.cluster import ConnectionSettings, connect
from shipper.cluster.interface import UnavailableError, UnreachableError
from shipper.cluster.versions import stored_versions
from shipper.errors import ClusterError
from shipper.sinks.bulk import BulkSettings, BulkSink
from tests.cluster.loopback import listening

QUICK = BulkSettings(first_wait=0.01, longest_wait=0.02, patience=5, trouble_every=0)
DOCUMENTS = [("mail-2019.06", "one"), ("mail-2019.07", "two")]


def failing(*troubles: Exception) -> Callable[[], str]:
    """Fails so often, then answers."""
    left: Iterator[Exception] = iter(troubles)

    def ask() -> str:
        for trouble in left:
            raise trouble
        return "the answer"

    return ask


def asked(question: Callable[[], str], settings: BulkSettings = QUICK) -> tuple[str, list[str]]:
    """The answer, and what was said of the trouble but for the time to wait."""
    said: list[str] = []
    with listening(200, b"{}") as server:
        cluster = connect(ConnectionSettings(urls=(server.url,), product="opensearch"))
        with BulkSink(cluster, settings, on_dead_letter=lambda letter: None, on_trouble=said.append) as sink:
            return sink.patiently(question), [words.partition(" in ")[0] for words in said]


def test_what_may_help_is_asked_again() -> None:
    troubles = (UnreachableError("gone", advice="wait"), UnavailableError("no manager"))
    assert asked(failing(*troubles)) == ("the answer", ["gone; trying again", "no manager; trying again"])


def test_patience_ends() -> None:
    impatient = BulkSettings(first_wait=0.01, longest_wait=0.02, patience=0)
    with pytest.raises(UnavailableError, match=r"^no manager$"):
        asked(failing(UnavailableError("no manager")), impatient)


def test_a_refusal_is_not_asked_again() -> None:
    with pytest.raises(ClusterError, match=r"^never$"):
        asked(failing(ClusterError("never"), ClusterError("asked again")))


@pytest.mark.parametrize("status", [429, 500, 503])
def test_versions_that_cannot_be_looked_up_now(status: int) -> None:
    with listening(status, b'{"error": {"type": "cluster_block_exception", "reason": "no manager"}}') as server:
        cluster = connect(ConnectionSettings(urls=(server.url,), product="opensearch"))
        with pytest.raises(UnavailableError):
            stored_versions(cluster, DOCUMENTS)


def test_a_shard_that_is_missing_is_no_missing_document() -> None:
    body = b"""{"docs": [{"_index": "mail-2019.06", "_id": "one", "_version": 7, "found": true}, {"_index":
        "mail-2019.07", "_id": "two", "error": {"type": "no_shard_available_action_exception", "reason": "lost"}}]}"""
    with listening(200, body) as server:
        cluster = connect(ConnectionSettings(urls=(server.url,), product="opensearch"))
        with pytest.raises(UnavailableError) as trouble:
            stored_versions(cluster, DOCUMENTS)
    assert str(trouble.value) == (
        f"{server.url} cannot look up a document of mail-2019.07 now (no_shard_available_action_exception: lost);"
        " nothing is lost: run it again when the cluster is well"
    )


def test_no_index_no_document() -> None:
    body = b"""{"docs": [{"_index": "mail-2019.06", "_id": "one", "_version": 7, "found": true}, {"_index":
        "mail-2019.07", "_id": "two", "error": {"type": "index_not_found_exception", "reason": "no such index"}}]}"""
    with listening(200, body) as server:
        cluster = connect(ConnectionSettings(urls=(server.url,), product="opensearch"))
        assert stored_versions(cluster, DOCUMENTS) == [7, 0]
