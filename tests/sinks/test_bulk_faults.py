"""The bulk loop against trouble: what is sent again, what is given up, and that no document is lost on the way."""

from __future__ import annotations

import threading
import time
from itertools import pairwise

import msgspec
import pytest

from shipper.cluster import ConnectionSettings, connect
from shipper.cluster.answers import ask
from shipper.errors import AuthenticationError, ClusterError
from shipper.model import BulkItem, DeadLetter
from shipper.sinks.bulk import BulkCounts, BulkSettings, BulkSink
from tests.sinks.fault_proxy import (
    another_ones_answer,
    fault_proxy,
    garbage,
    half_an_answer,
    refuse_items,
    reset,
    reset_after_storing,
    slow,
    status,
)
from tests.sinks.test_bulk import counted, create

pytestmark = pytest.mark.cluster

ONE_LANE = BulkSettings(in_flight=1, first_wait=0.01, longest_wait=0.05, patience=30)
AT_ONCE = BulkSettings(in_flight=1, patience=0)


@pytest.mark.parametrize("code", [429, 500, 502, 503, 504])
def test_a_refused_request_is_sent_again(cluster, proxy, index, stored, code):
    proxy.faults.extend([status(code)] * 3)
    with BulkSink(cluster, ONE_LANE, on_dead_letter=print) as sink:
        sink.write(create(index, 1))
        sink.write(create(index, 2))
    assert counted(sink, created=2, retried=6)
    assert [request.ids for request in proxy.bulks] == [["id1", "id2"]] * 4
    assert set(stored()) == {"id1", "id2"}


@pytest.mark.parametrize(
    ("fault", "created", "already_there"),
    [
        (reset, 1, 0),
        (another_ones_answer, 1, 0),
        (reset_after_storing, 0, 1),
        (half_an_answer, 0, 1),
        (garbage, 0, 1),
    ],
)
def test_a_broken_exchange_is_repeated(cluster, proxy, index, stored, fault, created, already_there):
    proxy.faults.append(fault)
    with BulkSink(cluster, ONE_LANE, on_dead_letter=print) as sink:
        sink.write(create(index, 1))
    assert counted(sink, created=created, already_there=already_there, retried=1)
    assert stored() == {"id1": {"n": 1, "pad": ""}}


def test_an_answer_that_comes_too_late_is_repeated(proxy, index):
    cluster = connect(ConnectionSettings(urls=(proxy.url,), timeout=0.5))
    proxy.faults.append(slow(1.5))
    with BulkSink(cluster, ONE_LANE, on_dead_letter=print) as sink:
        sink.write(create(index, 1))
    assert sink.counts.retried >= 1
    assert sink.counts.created + sink.counts.already_there == 1


@pytest.mark.parametrize("code", [429, 502, 503, 504])
def test_only_the_items_that_wait_are_sent_again(cluster, proxy, index, stored, code):
    proxy.faults.extend([refuse_items({"id1", "id3"}, code, "busy"), refuse_items({"id3"}, code, "busy")])
    with BulkSink(cluster, ONE_LANE, on_dead_letter=print) as sink:
        for number in range(5):
            sink.write(create(index, number))
    assert counted(sink, created=5, retried=3)
    assert [request.ids for request in proxy.bulks] == [[f"id{n}" for n in range(5)], ["id1", "id3"], ["id3"]]
    assert stored() == {f"id{number}": {"n": number, "pad": ""} for number in range(5)}


def test_a_bad_item_among_waiting_ones_is_the_only_dead_letter(cluster, proxy, index, stored):
    dead: list[DeadLetter] = []
    proxy.faults.append(refuse_items({"id0"}, 503, "busy"))
    with BulkSink(cluster, ONE_LANE, on_dead_letter=dead.append) as sink:
        sink.write(create(index, 0))
        sink.write(BulkItem("create", index, "bad", b"[1]"))
        sink.write(create(index, 2))
    assert [(letter.data, letter.where) for letter in dead] == [(b"[1]", f"{index}/bad")]
    assert counted(sink, created=2, dead_lettered=1, retried=1)
    assert set(stored()) == {"id0", "id2"}


def test_a_body_that_is_too_large_is_split(cluster, proxy, index, stored):
    proxy.always = _at_most(6_000)
    dead: list[DeadLetter] = []
    with BulkSink(cluster, ONE_LANE, on_dead_letter=dead.append) as sink:
        for number in range(30):
            sink.write(create(index, number, 1000))
        sink.write(create(index, 99, 7000))
        sink.flush()
        asked = len(proxy.bulks)
        for number in range(30, 60):
            sink.write(create(index, number, 1000))
    assert counted(sink, created=60, dead_lettered=1)
    assert [len(request.body) for request in proxy.bulks[asked:] if len(request.body) > 6_000] == []
    (letter,) = dead
    size = len(create(index, 99, 7000).body)
    assert letter.data == create(index, 99, 7000).body
    assert letter.reason.startswith("the document of 7")
    assert letter.reason.endswith(f" bytes is too large for {proxy.url} (413)")
    assert size < 7100
    assert len(stored()) == 60


@pytest.mark.parametrize("code", [401, 403])
def test_a_refused_login_ends_at_once(cluster, proxy, index, code):
    proxy.faults.extend([status(code)] * 2)
    with pytest.raises(AuthenticationError), BulkSink(cluster, ONE_LANE, on_dead_letter=print) as sink:
        sink.write(create(index, 1))
    assert len(proxy.bulks) == 1


@pytest.mark.parametrize("code", [400, 405])
def test_a_refusal_that_no_waiting_changes_ends_at_once(cluster, proxy, index, code):
    proxy.faults.append(status(code))
    with pytest.raises(ClusterError) as caught, BulkSink(cluster, ONE_LANE, on_dead_letter=print) as sink:
        sink.write(create(index, 1))
    assert str(caught.value) == (
        f"{proxy.url} answered POST /_bulk with {code} (made_up: fault); see the cluster's log for the cause"
    )


def test_patience_ends(cluster, proxy, index):
    proxy.always = lambda exchange: exchange.reply(503, b"down") or True
    settings = BulkSettings(in_flight=1, first_wait=0.05, longest_wait=0.2, patience=1)
    heard: list[str] = []
    began = time.monotonic()
    with (
        pytest.raises(ClusterError) as caught,
        BulkSink(cluster, settings, on_dead_letter=print, on_trouble=heard.append) as sink,
    ):
        sink.write(create(index, 1))
    assert 1 <= time.monotonic() - began < 5
    assert str(caught.value) == (
        f"{proxy.url} answers with 503 (down), for 1 s; nothing is lost: run it again when the cluster is well"
    )
    assert len(heard) == 1
    assert heard[0].startswith(f"{proxy.url} answers with 503 (down); trying again in ")
    assert sink.counts == BulkCounts()
    assert len(proxy.bulks) > 6


def test_progress_renews_patience(cluster, proxy, index):
    settings = BulkSettings(in_flight=1, first_wait=0.2, longest_wait=0.3, patience=0.6)
    ids = [f"id{number}" for number in range(8)]
    proxy.faults.extend(refuse_items(set(ids[position:]), 429, "busy") for position in range(1, 8))
    with BulkSink(cluster, settings, on_dead_letter=print) as sink:
        for number in range(8):
            sink.write(create(index, number))
    assert counted(sink, created=8, retried=28)


def test_trouble_is_told_now_and_then(cluster, proxy, index):
    proxy.faults.extend([status(429)] * 30)
    settings = msgspec.structs.replace(ONE_LANE, trouble_every=0.3)
    heard: list[float] = []
    with BulkSink(
        cluster, settings, on_dead_letter=print, on_trouble=lambda words: heard.append(time.monotonic())
    ) as sink:
        sink.write(create(index, 1))
    assert 2 <= len(heard) < 10
    assert all(later - earlier >= 0.3 for earlier, later in pairwise(heard))


def test_a_failure_surfaces_in_write_and_again_in_flush(cluster, proxy, index):
    proxy.always = lambda exchange: exchange.reply(503, b"down") or True
    sink = BulkSink(cluster, BulkSettings(max_items=2, patience=0), on_dead_letter=print)
    with pytest.raises(ClusterError) as first:
        _write_many(sink, index)
    with pytest.raises(ClusterError) as second:
        sink.flush()
    assert first.value is second.value
    sink.close()


def test_a_bug_in_a_thread_surfaces_too(cluster, index):
    sink = BulkSink(cluster, on_dead_letter=print)
    sink.write(BulkItem("create", index, "1", "no bytes"))
    with pytest.raises(TypeError):
        sink.flush()
    sink.close()


def test_closing_does_not_wait_for_a_cluster_that_hangs(cluster, proxy, index):
    release = threading.Event()
    proxy.always = lambda exchange: release.wait(20) and False
    sink = BulkSink(cluster, BulkSettings(in_flight=1, max_items=1), on_dead_letter=print)
    sink.write(create(index, 1))
    sink.write(create(index, 2))
    began = time.monotonic()
    sink.close()
    assert time.monotonic() - began < 6
    release.set()


def test_closing_does_not_wait_for_a_back_off(cluster, proxy, index):
    proxy.always = lambda exchange: exchange.reply(503, b"down") or True
    sink = BulkSink(cluster, BulkSettings(in_flight=1, max_items=1, first_wait=20), on_dead_letter=print)
    sink.write(create(index, 1))
    sink.write(create(index, 2))
    time.sleep(0.3)
    began = time.monotonic()
    sink.close()
    assert time.monotonic() - began < 2


def _write_many(sink, index):
    for number in range(1000):
        sink.write(create(index, number))


def _blocked(cluster, index):
    ask(cluster, "PUT", f"/{index}/_settings", body=b'{"index.blocks.write": true}')


def _unblocked(cluster, index):
    ask(cluster, "PUT", f"/{index}/_settings", body=b'{"index.blocks.write": false}')


def _closed(cluster, index):
    ask(cluster, "POST", f"/{index}/_close")


def _opened(cluster, index):
    ask(cluster, "POST", f"/{index}/_open?wait_for_active_shards=1")


def _full(cluster, index):
    cluster.call("DELETE", f"/{index}")
    ask(cluster, "PUT", "/_cluster/settings", body=b'{"persistent": {"cluster.max_shards_per_node": 1}}')


def _roomy(cluster, index):
    ask(cluster, "PUT", "/_cluster/settings", body=b'{"persistent": {"cluster.max_shards_per_node": null}}')


def _never_made(cluster, index):
    cluster.call("DELETE", f"/{index}")
    ask(cluster, "PUT", "/_cluster/settings", body=b'{"persistent": {"action.auto_create_index": "false"}}')


def _made_again(cluster, index):
    ask(cluster, "PUT", "/_cluster/settings", body=b'{"persistent": {"action.auto_create_index": null}}')


TROUBLES = [
    (_blocked, _unblocked, "cluster_block_exception"),
    (_closed, _opened, "index_closed_exception"),
    (_full, _roomy, "validation_exception"),
    (_never_made, _made_again, "index_not_found_exception"),
]


@pytest.mark.parametrize("product", ["opensearch", "elasticsearch"])
@pytest.mark.parametrize(("bring_about", "end", "kind"), TROUBLES, ids=[kind for *_, kind in TROUBLES])
def test_the_clusters_own_trouble_is_waited_for(request, product, index, bring_about, end, kind):
    node = request.getfixturevalue(product)
    with fault_proxy(node) as proxy:
        cluster = connect(ConnectionSettings(urls=(proxy.url,)))
        dead: list[DeadLetter] = []
        ask(cluster, "PUT", f"/{index}")
        ask(cluster, "PUT", f"/{index}-other")
        bring_about(cluster, index)
        try:
            with (
                pytest.raises(ClusterError, match=kind) as caught,
                BulkSink(cluster, AT_ONCE, on_dead_letter=dead.append) as sink,
            ):
                sink.write(create(index, 1))
            assert str(caught.value).startswith(f"{proxy.url} cannot store into {index} now: {kind}: ")
            threading.Timer(1, end, (cluster, index)).start()
            with BulkSink(cluster, ONE_LANE, on_dead_letter=dead.append) as sink:
                sink.write(create(index, 1))
        finally:
            end(cluster, index)
        assert (sink.counts.created, sink.counts.retried > 0, dead) == (1, True, [])
        cluster.call("DELETE", f"/{index}")
        cluster.call("DELETE", f"/{index}-other")


def _at_most(limit):
    def too_large(exchange):
        if len(exchange.request.body) <= limit:
            return False
        exchange.reply(413, b"too large")
        return True

    return too_large
