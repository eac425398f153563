"""Looking up versions where something else than the cluster answers."""

from __future__ import annotations

import json
from contextlib import closing

import pytest

from shipper.cluster.connect import connect
from shipper.cluster.connection import ConnectionSettings
from shipper.cluster.interface import UnavailableError
from shipper.cluster.versions import stored_versions
from tests.cluster.loopback import listening

ONE, TWO = {"_id": "one", "_version": 7}, {"_id": "two"}


def lookup(body: bytes) -> list[int]:
    with (
        listening(200, body) as server,
        closing(connect(ConnectionSettings(urls=(server.url,), product="opensearch"))) as cluster,
    ):
        return stored_versions(cluster, [("mail", "one"), ("mail", "two")])


@pytest.mark.parametrize(
    "docs", [None, "many", [], [ONE], [TWO, ONE], [ONE, TWO, TWO], [ONE, "two"], [{"_version": 3}, {"_version": 4}]]
)
def test_an_answer_that_does_not_tell_of_these_documents(docs: object) -> None:
    with pytest.raises(UnavailableError, match="sent an answer that does not tell of these documents"):
        lookup(json.dumps({"docs": docs}).encode())


@pytest.mark.parametrize("body", [b"", b"[]", b"<html>this is fine</html>"])
def test_an_answer_that_is_no_json_object(body: bytes) -> None:
    with pytest.raises(UnavailableError, match="sent an answer that does not tell of these documents"):
        lookup(body)


def test_an_answer_that_does() -> None:
    assert lookup(json.dumps({"docs": [ONE, TWO]}).encode()) == [7, 0]
