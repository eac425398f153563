"""The bulk loop against a well cluster: every fate counted, sizes kept, order kept."""

from __future__ import annotations

import threading
import time

import msgspec
import pytest

from shipper.cluster import ConnectionSettings, connect
from shipper.cluster.answers import ask
from shipper.model import BulkItem, DeadLetter
from shipper.sinks.bulk import BulkCounts, BulkSettings, BulkSink
from tests.sinks.fault_proxy import refuse_items, slow

pytestmark = pytest.mark.cluster


def create(index: str, number: int, size: int = 0) -> BulkItem:
    return BulkItem("create", index, f"id{number}", msgspec.json.encode({"n": number, "pad": "x" * size}))


def counted(sink: BulkSink, **expected: int) -> bool:
    """Whether the counts are these; requests and bytes are other tests' affair."""
    counts = msgspec.structs.replace(sink.counts, requests=0, bytes_sent=0)
    assert counts == BulkCounts(**expected)
    return True


@pytest.mark.parametrize("product", ["opensearch", "elasticsearch"])
def test_every_fate_on_both_products(request, product, index):
    cluster = connect(ConnectionSettings(urls=(request.getfixturevalue(product),)))
    ask(cluster, "PUT", f"/{index}", body=b'{"mappings": {"properties": {"ip": {"type": "ip"}}}}')
    dead: list[DeadLetter] = []
    with BulkSink(cluster, BulkSettings(in_flight=1), on_dead_letter=dead.append) as sink:
        for item in (
            BulkItem("create", index, "a", b'{"n":1}'),
            BulkItem("create", index, "a", b'{"n":2}'),
            BulkItem("index", index, "m", b'{"n":3}', version=3),
            BulkItem("index", index, "m", b'{"n":2}', version=2),
            BulkItem("index", index, "m", b'{"n":33}', version=3),
            BulkItem("create", index, "bad", b'{"ip":"10.0.0.x"}'),
            BulkItem("create", index, "gone", b"{}"),
            BulkItem("delete", index, "gone"),
            BulkItem("delete", index, "never there"),
        ):
            sink.write(item)
    assert counted(sink, created=2, already_there=1, indexed=2, conflicts=1, deleted=2, dead_lettered=1)
    (letter,) = dead
    assert letter == DeadLetter(
        "cluster", letter.reason, b'{"ip":"10.0.0.x"}', operation="create", index=index, id="bad", error=letter.error
    )
    assert "failed to parse field [ip] of type [ip]" in letter.reason
    assert letter.reason.endswith("'10.0.0.x' is not an IP string literal. (status 400)")
    error = msgspec.json.decode(letter.error)
    assert error["caused_by"] == {
        "type": "illegal_argument_exception",
        "reason": "'10.0.0.x' is not an IP string literal.",
    }
    assert f"{error['type']}: {error['reason']}" in letter.reason
    ask(cluster, "POST", f"/{index}/_refresh")
    hits = ask(cluster, "GET", f"/{index}/_search")["hits"]["hits"]
    assert {hit["_id"]: hit["_source"] for hit in hits} == {"a": {"n": 1}, "m": {"n": 33}}
    cluster.call("DELETE", f"/{index}")


def test_bodies_keep_their_size_and_are_compressed(cluster, proxy, index, stored):
    with BulkSink(cluster, BulkSettings(max_bytes=20_000), on_dead_letter=print) as sink:
        for number in range(200):
            sink.write(create(index, number, 1000))
        sink.write(create(index, 999, 50_000))
    assert counted(sink, created=201)
    sizes = sorted(len(request.body) for request in proxy.bulks)
    assert [size for size in sizes[:-1] if size > 20_000] == []
    assert sizes[-1] > 50_000
    assert (sink.counts.requests, sink.counts.bytes_sent) == (len(sizes), sum(sizes))
    assert all(request.compressed for request in proxy.bulks)
    assert len(stored()) == 201


def test_bodies_keep_their_number_of_items(cluster, proxy, index):
    with BulkSink(cluster, BulkSettings(max_items=7, in_flight=1), on_dead_letter=print) as sink:
        for number in range(20):
            sink.write(create(index, number))
    assert [len(request.ids) for request in proxy.bulks] == [7, 7, 6]


def test_several_requests_are_in_flight(cluster, proxy, index):
    proxy.faults.extend([slow(0.4)] * 6)
    with BulkSink(cluster, BulkSettings(max_items=5, in_flight=3), on_dead_letter=print) as sink:
        for number in range(200):
            sink.write(create(index, number))
    assert proxy.busiest == 3


def test_a_slow_cluster_blocks_the_writer(cluster, proxy, index):
    let_go = threading.Event()
    proxy.always = lambda exchange: not let_go.wait(30)
    written = []

    def write() -> None:
        with BulkSink(cluster, BulkSettings(max_items=10), on_dead_letter=print) as sink:
            for number in range(1000):
                sink.write(create(index, number))
                written.append(number)

    writer = threading.Thread(target=write)
    writer.start()
    time.sleep(1)
    held = len(written)
    let_go.set()
    writer.join(30)
    # Per lane at most one batch on the wire, one ready behind it, and one being packed.
    assert 40 <= held <= 60
    assert len(written) == 1000


def test_flush_returns_when_all_is_stored(cluster, index, stored):
    with BulkSink(cluster, on_dead_letter=print) as sink:
        sink.write(create(index, 1))
        assert sink.counts == BulkCounts()
        sink.flush()
        assert counted(sink, created=1)
        assert list(stored()) == ["id1"]
        sink.flush()
        assert sink.counts.requests == 1


@pytest.mark.parametrize("in_flight", [1, 2])
def test_a_delete_and_a_later_index_stay_in_order(cluster, proxy, index, stored, in_flight):
    with BulkSink(cluster, BulkSettings(in_flight=in_flight, first_wait=0.01), on_dead_letter=print) as sink:
        for number in range(10):
            sink.write(create(index, number))
        sink.flush()
        proxy.faults.extend([refuse_items({f"id{number}" for number in range(10)}, 429, "busy", "delete")] * 4)
        for number in range(10):
            sink.write(BulkItem("delete", index, f"id{number}"))
            sink.write(BulkItem("index", index, f"id{number}", b'{"again":true}'))
    assert stored() == {f"id{number}": {"again": True} for number in range(10)}


def test_versions_of_a_message_share_a_body(cluster, proxy, index, stored):
    with BulkSink(cluster, on_dead_letter=print) as sink:
        for version in (1, 3, 2, 4):
            sink.write(BulkItem("index", index, "m", b'{"v":%d}' % version, version=version))
    assert [request.ids for request in proxy.bulks] == [["m"] * 4]
    assert stored() == {"m": {"v": 4}}


def test_an_error_in_the_block_drops_what_is_packed_and_passes(cluster, index):
    sink = BulkSink(cluster, on_dead_letter=print)

    def fail_midway() -> None:
        with sink:
            sink.write(create(index, 1))
            raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        fail_midway()
    assert sink.counts == BulkCounts()
    with pytest.raises(RuntimeError, match="the sink is closed"):
        sink.write(create(index, 2))
