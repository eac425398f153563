"""Indices that a full disk has made read-only are waited for, however long it takes."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from shipper.state.read_only import view_dead_letters
from tests.end_to_end.node import Place
from tests.end_to_end.traffic import START
from tests.faults.outcome import assert_same, count, found_in, outcome
from tests.faults.process import balance_of, following
from tests.generator import generate

pytestmark = pytest.mark.cluster

TEXT = generate(52, messages=300, start=START, rate=4).text
BLOCK = "index.blocks.read_only_allow_delete"


@pytest.mark.parametrize(("seconds", "times"), [(4, 1), pytest.param(75, 3, marks=pytest.mark.soak)])
def test_read_only_while_a_log_is_followed(simple: Place, tmp_path: Path, seconds: int, times: int) -> None:
    """As a node does at the disk's flood stage; it is said at once, and then every half minute."""
    cut = TEXT.index(b"\n", len(TEXT) // 2) + 1
    log = tmp_path / "smtp.log"
    log.write_bytes(TEXT[:cut])
    node, indices = simple.node, f"/{simple.prefix}-*/_settings"
    with following(simple, log, ZONE="Europe/Berlin") as shipper:
        shipper.wait_until(lambda: shipper.rounds >= 1 and count(simple) > 300)
        node.ask("PUT", indices, {BLOCK: True})
        rounds, stored = shipper.rounds, count(simple)
        with log.open("ab") as more:
            more.write(TEXT[cut:])
        shipper.wait_until(lambda: any("cluster_block_exception" in line for line in shipper.said))
        time.sleep(seconds)
        shipper.check()
        assert (shipper.rounds, count(simple)) == (rounds, stored)
        said = [line for line in shipper.said if "cluster_block_exception" in line]
        node.ask("PUT", indices, {BLOCK: None})
        shipper.wait_until(lambda: count(simple) == len(outcome(TEXT).events), 60)
        shipper.end()
    assert len(said) == times
    assert all(line.startswith(f"utm-shipper: warning: {node.url} cannot store into {simple.prefix}-") for line in said)
    assert_same(outcome(TEXT), found_in(simple, balance_of(simple)))
    with view_dead_letters(simple.folder / "state") as letters:
        assert letters
        assert letters.all() == []
