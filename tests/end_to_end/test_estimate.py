"""What `ship --dry-run` says beforehand, against what a node holds afterwards."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from shipper.pipeline.sampling import Extent
from tests.end_to_end.node import Place, assert_well
from tests.generator import archive_traffic
from tests.generator.archive import write_months

pytestmark = pytest.mark.cluster

ARCHIVE = archive_traffic(4, messages=1600)


@pytest.mark.soak
def test_the_estimate_and_the_truth(simple: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    logs = tmp_path / "logs"
    write_months(ARCHIVE.lines, logs)
    whole = json.loads(assert_well(simple.run("ship", "--dry-run", "--json", logs)).stdout)
    monkeypatch.setattr("shipper.commands.estimate.Extent", lambda: Extent(4000, 400))
    part = json.loads(assert_well(simple.run("ship", "--dry-run", "--json", logs)).stdout)
    assert simple.node.indices(simple.prefix) == []

    simple.ship(logs)

    events, messages = len(simple.stored("events")), len(simple.stored("messages"))
    assert (whole["sample"]["is_all"], whole["messages"], whole["documents"]) == (True, messages, events + messages)
    assert part["sample"]["is_all"] is False
    assert part["messages"] == pytest.approx(messages, rel=0.2)
    assert part["documents"] == pytest.approx(events + messages, rel=0.05)
