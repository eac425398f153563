"""Logs that were shipped to a place, and both ways back to their documents."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from shipper.cluster import Cluster, ConnectionSettings, connect
from shipper.retrieval import (
    EVERYTHING,
    Archive,
    ClusterArchive,
    Document,
    FileArchive,
    Key,
    ReadSettings,
    Scope,
    key_of,
    read_logs,
)
from shipper.sources.files import find_logs
from tests.comparison import assert_equal
from tests.end_to_end.node import Place
from tests.generator import render
from tests.generator.model import Traffic
from tests.pipeline.running import preparation, write_log

START = datetime(2019, 6, 10, 8, tzinfo=UTC)
PAGE = 50


class Shipped:
    """A log in a place of its own, and both ways back to its documents."""

    def __init__(self, place: Place, log: Path, traffic: Traffic) -> None:
        self.place = place
        self.log = log
        self.traffic = traffic

    @property
    def product(self) -> str:
        with self.connected() as cluster:
            return cluster.product

    @contextmanager
    def from_cluster(self) -> Iterator[ClusterArchive]:
        with self.connected() as cluster:
            yield ClusterArchive(cluster, self.place.prefix, ReadSettings(page=PAGE))

    @contextmanager
    def connected(self) -> Iterator[Cluster]:
        node = self.place.node
        node.ask("POST", f"/{self.place.prefix}-*/_refresh")
        environment = self.place.environment
        login = {name: environment.get(f"UTM_SHIPPER_CLUSTER_{name.upper()}") for name in ("username", "password")}
        cluster = connect(
            ConnectionSettings(urls=(node.url,), ca_file=environment.get("UTM_SHIPPER_CLUSTER_CA_FILE"), **login)
        )
        yield cluster
        cluster.close()

    @contextmanager
    def from_files(self) -> Iterator[FileArchive]:
        with read_logs(find_logs([str(self.log)]), preparation(), on_notice=lambda words: None) as archive:
            yield archive


def ship(place: Place, traffic: Traffic) -> Shipped:
    log = write_log(place.folder / "smtp.log", render(traffic.lines, "P1"))
    place.ship(log)
    return Shipped(place, log, traffic)


def in_order(documents: list[Document]) -> bool:
    keys = [key_of(document) for document in documents]
    return keys == sorted(set(keys))


def without_id(document: Document) -> Document:
    return {name: value for name, value in document.items() if name != "_id"}


def read(archive: Archive, kind: str, scope: Scope = EVERYTHING, after: Key | None = None) -> list[Document]:
    return list(archive.messages(scope, after) if kind == "messages" else archive.events(scope, after))


def assert_both_give_the_truth(shipped: Shipped, kind: str) -> None:
    with shipped.from_cluster() as cluster, shipped.from_files() as files:
        ours, theirs = read(cluster, kind), read(files, kind)

    assert ours == theirs
    assert in_order(ours)
    truth = shipped.traffic
    if kind == "messages":
        assert_equal(truth.messages, [without_id(document) for document in ours], truth.scenarios)
    else:
        assert len(ours) == len(truth.lines) - len(truth.ignored)
