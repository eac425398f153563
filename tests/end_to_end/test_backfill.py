"""Indices that a backfill relaxes: what they are meanwhile, and that they are as before after every kind of end."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from shipper.cluster import ConnectionSettings, connect
from shipper.cluster.backfill import MARK, Relaxed, Relaxing, find_relaxed, restore
from tests.end_to_end.conftest import MakePlace
from tests.end_to_end.node import Node, Place, assert_same
from tests.end_to_end.traffic import START
from tests.generator import generate
from tests.nodes.secured import SecuredNode
from tests.sinks.fault_proxy import Exchange, FaultProxy, fault_proxy, status

pytestmark = pytest.mark.cluster

TRAFFIC = generate(11, messages=60, start=START)
NAMES = ("refresh_interval", "number_of_replicas", "auto_expand_replicas")
OF_THE_TEMPLATE = (None, "0", "0-1")
"""A node alone has no place for a copy."""
WITHOUT_COPIES = ("60s", "0", "false")

Settings = dict[str, tuple[str | None, ...]]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "smtp.log"
    path.write_bytes(TRAFFIC.text)
    return path


def settings(place: Place) -> Settings:
    """What is set of each index."""
    found = place.node.ask("GET", f"/{place.prefix}-*/_settings?flat_settings=true")
    return {
        index.removeprefix(f"{place.prefix}-"): tuple(told["settings"].get(f"index.{name}") for name in NAMES)
        for index, told in found.items()
    }


def metas(place: Place) -> dict[str, Any]:
    """What the mapping of each index holds for applications, if anything."""
    found = place.node.ask("GET", f"/{place.prefix}-*/_mapping")
    return {
        index.removeprefix(f"{place.prefix}-"): told["mappings"]["_meta"]
        for index, told in found.items()
        if told["mappings"].get("_meta")
    }


@contextmanager
def watched(place: Place) -> Iterator[tuple[FaultProxy, list[Settings]]]:
    """The place behind a proxy that notes the settings at each bulk request."""
    seen: list[Settings] = []

    def look(exchange: Exchange) -> bool:
        seen.append(settings(place))
        return False

    with fault_proxy(place.node.url) as proxy:
        proxy.always = look
        place.environment = {"UTM_SHIPPER_URL": proxy.url}
        yield proxy, seen
        place.environment = {}


def test_new_indices_are_relaxed_while_they_are_filled(place: Place, log: Path) -> None:
    with watched(place) as (_, seen):
        place.ship("--backfill", log)

    assert seen[-1] == dict.fromkeys(("events-2019.06", "messages-2019.06"), WITHOUT_COPIES)
    assert all(set(found.values()) == {WITHOUT_COPIES} for found in seen)
    assert settings(place) == dict.fromkeys(seen[-1], OF_THE_TEMPLATE)
    assert metas(place) == {}
    assert place.run("status").stdout.count("backfill") == 0


def test_the_documents_are_those_of_any_run_and_can_be_searched_at_once(simple: Place, log: Path) -> None:
    simple.ship("--backfill", log)
    found = simple.node.ask("GET", f"/{simple.prefix}-events-*/_count")["count"]
    assert found == len(TRAFFIC.lines) - len(TRAFFIC.ignored)
    assert_same(simple.parsed(log)[1], simple.stored("messages"))


def test_without_being_asked_nothing_is_relaxed(simple: Place, log: Path) -> None:
    with watched(simple) as (_, seen):
        simple.ship(log)
    assert set().union(*(found.values() for found in seen)) == {OF_THE_TEMPLATE}


def test_what_was_set_by_hand_survives_and_copies_of_old_indices_stay(place: Place, log: Path) -> None:
    own = {"refresh_interval": "7s", "number_of_replicas": 1, "auto_expand_replicas": False}
    node, events = place.node, f"/{place.prefix}-events-2019.06"
    node.ask("PUT", events, {"settings": {"index": own}, "mappings": {"_meta": {"owner": "us"}}})
    node.ask("PUT", f"/{place.prefix}-messages-2019.06")
    before = {"events-2019.06": ("7s", "1", "false"), "messages-2019.06": OF_THE_TEMPLATE}
    assert settings(place) == before

    with watched(place) as (_, seen):
        place.ship("--backfill", log)

    assert seen[-1] == {"events-2019.06": ("60s", "1", "false"), "messages-2019.06": ("60s", "0", "0-1")}
    assert settings(place) == before
    assert metas(place) == {"events-2019.06": {"owner": "us"}}


def test_what_is_set_by_hand_meanwhile_stays(simple: Place, log: Path) -> None:
    with watched(simple) as (proxy, _):

        def set_by_hand(exchange: Exchange) -> bool:
            own = {"index": {"refresh_interval": "9s", "auto_expand_replicas": "0-2"}}
            simple.node.ask("PUT", f"/{simple.prefix}-events-2019.06/_settings", own)
            return False

        proxy.always = set_by_hand
        simple.ship("--backfill", log)
    assert settings(simple) == {"events-2019.06": ("9s", "0", "0-2"), "messages-2019.06": OF_THE_TEMPLATE}


def test_after_a_run_that_failed(simple: Place, log: Path) -> None:
    with watched(simple) as (proxy, seen):
        proxy.faults.extend([status(401)] * 9)
        assert simple.run("ship", "--backfill", log).exit_code == 6
    assert set(seen[0].values()) == {WITHOUT_COPIES}
    assert set(settings(simple).values()) == {OF_THE_TEMPLATE}
    assert metas(simple) == {}
    assert "backfill" not in simple.run("status").stdout
    simple.ship("--backfill", log)
    assert_same(simple.parsed(log)[1], simple.stored("messages"))


@contextmanager
def stuck(place: Place, log: Path) -> Iterator[subprocess.Popen[str]]:
    """A backfill as a process whose first bulk requests are never answered."""

    def hold(exchange: Exchange) -> bool:
        time.sleep(600)
        return True

    with fault_proxy(place.node.url) as proxy:
        proxy.always = hold
        environment = os.environ | {
            "UTM_SHIPPER_URL": proxy.url,
            "UTM_SHIPPER_STATE": str(place.folder / "state"),
            "UTM_SHIPPER_INDEX_PREFIX": place.prefix,
        }
        command = [sys.executable, "-m", "shipper", "ship", "--backfill", str(log)]
        with subprocess.Popen(command, stderr=subprocess.PIPE, env=environment, text=True) as ship:
            until(lambda: len(place.node.indices(place.prefix)) == 2 and proxy.busy == 2, ship)
            assert set(settings(place).values()) == {WITHOUT_COPIES}
            yield ship
            ship.kill()


def until(is_so: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    end = time.monotonic() + 60
    while not is_so():
        assert process.poll() is None
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.mark.soak
@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, -signal.SIGTERM), (signal.SIGINT, 130)])
def test_after_being_told_to_end(place: Place, log: Path, number: int, code: int) -> None:
    with stuck(place, log) as ship:
        ship.send_signal(number)
        ship.communicate(timeout=30)
    assert ship.returncode == code
    assert set(settings(place).values()) == {OF_THE_TEMPLATE}
    assert metas(place) == {}
    assert "backfill" not in place.run("status").stdout


@pytest.fixture
def killed(place: Place, log: Path) -> tuple[Place, str]:
    """A place where a backfill was killed, and by whom its indices are relaxed."""
    with stuck(place, log) as ship:
        told = place.run("status").stdout
        assert re.search(rf"^backfill .* process {ship.pid}, .*: its indices are relaxed until it ends$", told, re.M)
        ship.kill()
        ship.communicate(timeout=30)
    assert set(settings(place).values()) == {WITHOUT_COPIES}
    assert {tuple(meta) for meta in metas(place).values()} == {(MARK,)}
    return place, metas(place)["events-2019.06"][MARK]["by"]


def test_a_killed_run_is_told_of_and_the_next_one_puts_back(killed: tuple[Place, str], log: Path) -> None:
    place, by = killed
    assert f"by {by}, into http://127.0.0.1:" in place.run("status").stdout
    doctor = place.run("doctor").stdout
    both = f"{place.prefix}-events-2019.06, {place.prefix}-messages-2019.06"
    advice = "unless that ship --backfill is running: utm-shipper setup"
    assert f"warning  backfill: 2 indices are relaxed: {both}; {advice}\n" in doctor

    said = place.ship(log).stderr

    assert len(re.findall(rf"was left relaxed by a backfill of \S+ \({re.escape(by)}\): put back", said)) == 2
    assert set(settings(place).values()) == {OF_THE_TEMPLATE}
    assert metas(place) == {}
    assert_same(place.parsed(log)[1], place.stored("messages"))
    assert "ok       backfill: no index is relaxed\n" in place.run("doctor").stdout
    assert "backfill" not in place.run("status").stdout
    assert "relaxed" not in place.ship(log).stderr


@pytest.mark.soak
def test_another_machine_puts_back_what_a_killed_run_left(killed: tuple[Place, str]) -> None:
    place, by = killed
    checked, dry = place.run("setup", "--check"), place.run("setup", "--dry-run")
    assert checked.exit_code == 0
    assert checked.stderr.count("is relaxed since") == checked.stderr.count(by) == 2
    events = f"/{place.prefix}-events-2019.06"
    back = {"index": {"refresh_interval": None, "auto_expand_replicas": "0-1"}}
    assert dry.stdout.splitlines()[:6] == [
        *(f"PUT {events}/_settings", json.dumps(back, separators=(",", ":"))),
        *(f"POST {events}/_refresh", ""),
        *(f"PUT {events}/_mapping", '{"_meta":{}}'),
    ]
    assert set(settings(place).values()) == {WITHOUT_COPIES}
    said = place.run("setup", state="of another machine").stderr
    assert said.count("was left relaxed by a backfill") == 2
    assert set(settings(place).values()) == {OF_THE_TEMPLATE}
    assert metas(place) == {}


@pytest.mark.soak
def test_another_backfill_goes_on_where_a_killed_one_left_off(killed: tuple[Place, str], log: Path) -> None:
    place, _ = killed
    place.ship("--backfill", log)
    assert set(settings(place).values()) == {OF_THE_TEMPLATE}
    assert metas(place) == {}
    assert "backfill" not in place.run("status").stdout


@pytest.mark.soak
def test_the_cluster_goes_away_before_the_end(simple: Place, log: Path) -> None:
    """What cannot be put back is said, remembered, and put back by the next run."""
    with fault_proxy(simple.node.url) as proxy:

        def refuse(exchange: Exchange) -> None:
            if exchange.request.method == "GET" and "/_mapping" in exchange.request.target and proxy.bulks:
                exchange.reply(503, b"{}")
                return
            FaultProxy.handle(proxy, exchange)

        proxy.handle = refuse  # type: ignore[method-assign]
        simple.environment = {"UTM_SHIPPER_URL": proxy.url}
        said = simple.ship("--backfill", log).stderr
        assert "warning: indices are left relaxed, utm-shipper setup puts them back: " in said
        assert "it was cut off and may have left indices relaxed" in simple.run("status").stdout
        assert set(settings(simple).values()) == {WITHOUT_COPIES}
        proxy.bulks.clear()
        simple.ship(log)
    assert set(settings(simple).values()) == {OF_THE_TEMPLATE}
    assert "backfill" not in simple.run("status").stdout


@pytest.mark.soak
def test_a_data_stream_and_an_alias_are_left_alone(simple: Place) -> None:
    node, name = simple.node, f"{simple.prefix}-events-2019.06"
    template = {"index_patterns": [name], "priority": 999, "data_stream": {}}
    node.ask("PUT", f"/_index_template/{simple.prefix}-stream", template)
    cluster = connect(ConnectionSettings(urls=(node.url,)))
    said: list[str] = []
    relaxing = Relaxing(cluster, simple.prefix, since="now", by="me", on_notice=said.append)
    try:
        relaxing.relax(name)
        node.ask("PUT", f"/_data_stream/{name}")
        relaxing.relax(name)
        alias = f"{simple.prefix}-messages-2019.06"
        node.ask("PUT", f"/{simple.prefix}-other", {"aliases": {alias: {}}})
        relaxing.relax(alias)
        relaxing.relax(f"{simple.prefix}-other")
        other = settings(simple)["other"]
        (found,) = node.ask("GET", f"/{name}?flat_settings=true").values()
    finally:
        node.ask("DELETE", f"/_data_stream/{name}")
        node.ask("DELETE", f"/_index_template/{simple.prefix}-stream")
        cluster.close()
    assert "index.refresh_interval" not in found["settings"]
    assert MARK not in found["mappings"].get("_meta", {})
    assert "creates data streams only" in said[0]
    assert said[1:] == [f"{which} is not relaxed: it is no index of its own" for which in (name, alias)]
    assert other[0] is None


@pytest.mark.soak
def test_the_first_note_of_what_an_index_had_is_kept(simple: Place) -> None:
    """Several senders of one run meet the same indices."""
    name = f"{simple.prefix}-events-2019.06"
    cluster = connect(ConnectionSettings(urls=(simple.node.url,)))
    for sender in ("one", "another"):
        Relaxing(cluster, simple.prefix, since="now", by=sender, on_notice=print).relax(name)
    simple.node.ask("PUT", f"/{name}-copy", {"mappings": {"_meta": metas(simple)["events-2019.06"]}})
    (relaxed,) = find_relaxed(cluster, simple.prefix)
    assert relaxed == Relaxed(name, "now", "one", dict(zip(NAMES, OF_THE_TEMPLATE, strict=True)), {})
    for _ in range(2):
        restore(cluster, relaxed)
    cluster.close()
    assert settings(simple)["events-2019.06"] == OF_THE_TEMPLATE
    assert set(metas(simple)) == {"events-2019.06-copy"}


def test_without_the_rights_the_run_goes_on(secured_opensearch: SecuredNode, make_place: MakePlace, log: Path) -> None:
    node = secured_opensearch
    place = make_place(Node(node.url, node.basic_credentials(), node.tls()))
    place.environment = {
        "UTM_SHIPPER_CLUSTER_USERNAME": node.user,
        "UTM_SHIPPER_CLUSTER_PASSWORD": node.password,
        "UTM_SHIPPER_CLUSTER_CA_FILE": str(node.ca_file),
    }
    place.set_up()
    secret = "Utm-shipper_9-ships!"
    make_shipper(place, "backfills-shipper", secret)
    place.environment |= {"UTM_SHIPPER_CLUSTER_USERNAME": "backfills-shipper", "UTM_SHIPPER_CLUSTER_PASSWORD": secret}

    said = place.ship("--backfill", log).stderr

    assert said.count("warning: indices are not relaxed, the run goes on without: ") == 1
    assert said.count("relaxed") == 1
    assert set(settings(place).values()) == {OF_THE_TEMPLATE}
    assert metas(place) == {}
    assert len(place.stored("events")) == len(TRAFFIC.lines) - len(TRAFFIC.ignored)
    assert "backfill" not in place.run("status").stdout


def make_shipper(place: Place, name: str, password: str) -> None:
    """One with the rights that README.md lists for `ship`, and no others."""
    role = {
        "cluster_permissions": [
            "cluster:monitor/main",
            "cluster:admin/component_template/get",
            "indices:admin/index_template/get",
            "indices:data/write/bulk",
        ],
        "index_permissions": [{"index_patterns": [f"{place.prefix}-*"], "allowed_actions": ["crud", "create_index"]}],
    }
    for path, body in {
        f"roles/{name}": role,
        f"internalusers/{name}": {"password": password},
        f"rolesmapping/{name}": {"users": [name]},
    }.items():
        place.node.ask("PUT", f"/_plugins/_security/api/{path}", body)
