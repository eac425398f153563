"""Exports from a cluster: those of the logs that were shipped there, also when the program is killed on its way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import msgspec
import pytest

from shipper.export.folder import MANIFEST, Manifest
from tests.end_to_end.conftest import MakePlace
from tests.end_to_end.node import Node, Place, assert_well
from tests.export.reading import read_tables
from tests.export.test_tables import assert_true
from tests.export.truth import tables_of
from tests.generator import generate, render
from tests.pipeline.running import write_log

pytestmark = pytest.mark.cluster

TRAFFIC = generate(41, messages=500, start=datetime(2019, 6, 10, 8, tzinfo=UTC))
PARTS_OF_20 = """
import shipper.export.exporting as exporting
exporting.export.__kwdefaults__["sizes"] = exporting.Sizes(part=20, batch=10)
from shipper.commands import main
main()
"""


@pytest.fixture(scope="module", params=["opensearch", "elasticsearch"])
def shipped(request: pytest.FixtureRequest, make_place: MakePlace) -> Place:
    place = make_place(Node(request.getfixturevalue(request.param)))
    place.set_up()
    place.ship(write_log(place.folder / "smtp.log", render(TRAFFIC.lines, "P1")))
    place.node.ask("POST", f"/{place.prefix}-*/_refresh")
    return place


@pytest.mark.parametrize("format", ["csv", "ndjson", "parquet"])
def test_the_same_as_from_the_logs(shipped: Place, tmp_path: Path, format: str) -> None:
    options = ["--format", format, "--to"]
    stored = assert_well(shipped.run("export", *options, tmp_path / "cluster")).stderr
    assert_well(shipped.run("export", shipped.folder / "smtp.log", *options, tmp_path / "logs"))

    ours, theirs = read_tables(tmp_path / "cluster", format), read_tables(tmp_path / "logs", format)
    assert ours == theirs
    if format == "ndjson":
        assert_true(ours, tables_of(TRAFFIC))
    assert "warning" not in stored
    assert f"rows: {len(TRAFFIC.messages)} in messages, " in stored


def test_selected_as_from_the_logs(shipped: Place, tmp_path: Path) -> None:
    times = sorted(message["@timestamp"] for message in TRAFFIC.messages)
    options = ["--since", times[100][:19], "--until", times[300][:19], "--host", "utm", "--format", "ndjson", "--to"]
    assert_well(shipped.run("export", *options, tmp_path / "cluster"))
    assert_well(shipped.run("export", shipped.folder / "smtp.log", *options, tmp_path / "logs"))

    ours = read_tables(tmp_path / "cluster", "ndjson")
    assert ours == read_tables(tmp_path / "logs", "ndjson")
    assert len(ours["messages"]) == sum(times[100] <= time < times[300] for time in times)


@pytest.mark.soak
def test_killed_again_and_again(shipped: Place, tmp_path: Path) -> None:
    to, rng, killed = tmp_path / "out", Random(1), 0
    environment = os.environ | {"UTM_SHIPPER_URL": shipped.node.url, "UTM_SHIPPER_INDEX_PREFIX": shipped.prefix}
    command = [sys.executable, "-c", PARTS_OF_20, "export", "--to", str(to), "--format", "parquet"]
    for _ in range(40):
        before = _parts(to)
        with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE) as running:
            wanted = before + rng.randint(1, 5)
            while running.poll() is None and _parts(to) < wanted:
                time.sleep(0.002)
            running.send_signal(signal.SIGKILL)
        if running.returncode == 0:
            break
        assert running.returncode == -signal.SIGKILL
        killed += 1
    assert killed > 2
    assert_well(shipped.run("export", "--to", tmp_path / "whole", "--format", "parquet"))

    assert _manifest(to).finished
    assert read_tables(to, "parquet") == read_tables(tmp_path / "whole", "parquet")


def _parts(folder: Path) -> int:
    return len(_manifest(folder).parts) if (folder / MANIFEST).exists() else 0


def _manifest(folder: Path) -> Manifest:
    return msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)


def test_what_came_meanwhile_is_said(shipped: Place, tmp_path: Path) -> None:
    """A message that is stored after its time was written is not among the rows, and the count tells."""
    to = tmp_path / "out"
    assert_well(shipped.run("export", "--to", to))
    manifest = msgspec.structs.replace(_manifest(to), finished=False)
    (to / MANIFEST).write_bytes(msgspec.json.encode(manifest))
    index = f"/{shipped.prefix}-messages-2019.06/_doc/late?refresh=true"
    first = {"@timestamp": "2019-06-10T00:00:00.000Z", "sophos": {"utm": {"status": "delivered"}}}
    shipped.node.ask("PUT", index, first)
    said = assert_well(shipped.run("export", "--to", to)).stderr
    shipped.node.ask("DELETE", index)

    assert f"going on after {len(TRAFFIC.messages)} messages in 1 parts" in said
    assert f"counts {len(TRAFFIC.messages) + 1} messages now: what changed meanwhile takes --overwrite" in said
