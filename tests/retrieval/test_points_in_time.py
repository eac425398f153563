"""Servers that cannot be read."""

from __future__ import annotations

import pytest

from shipper.cluster import ConnectionSettings, connect
from shipper.errors import ClusterError
from shipper.retrieval import ClusterArchive, ReadSettings
from tests.cluster.loopback import listening


def test_a_server_without_points_in_time() -> None:
    with listening(200, b'{"version": {"distribution": "opensearch", "number": "2.3.0"}}') as server:
        cluster = connect(ConnectionSettings(urls=(server.url,)))
        with pytest.raises(ClusterError) as caught:
            ClusterArchive(cluster, "utm-smtp")

    assert str(caught.value) == (
        f"{server.url} is OpenSearch 2.3.0, which has no points in time;"
        " reading documents back needs OpenSearch 2.4 or newer"
    )


def test_an_odd_answer_is_an_error() -> None:
    """A gateway that says yes to everything, and nothing else."""
    with listening(200, b'{"version": {"distribution": "opensearch", "number": "3.0.0"}}') as server:
        archive = ClusterArchive(connect(ConnectionSettings(urls=(server.url,))), "utm-smtp")

        with pytest.raises(ClusterError, match="answers, but not with a list of indices"):
            list(archive.messages())


def test_a_server_that_stays_busy_is_waited_for() -> None:
    slept: list[float] = []
    with listening(200, b'{"version": {"distribution": "opensearch", "number": "3.0.0"}}') as server:
        archive = ClusterArchive(
            connect(ConnectionSettings(urls=(server.url,))), "utm-smtp", ReadSettings(patience=20), sleep=slept.append
        )
        server.answer = (503, b'{"error": "busy"}', {})
        with pytest.raises(ClusterError, match="busy"):
            list(archive.messages())

    assert slept == [0.5, 1.0, 2.0, 4.0, 8.0, 15.0]
