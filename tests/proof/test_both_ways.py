"""The same statement from a real node as from the logs that were shipped there, and true."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.end_to_end.conftest import MakePlace
from tests.end_to_end.node import Node, Place
from tests.generator import generate, merge, render
from tests.pipeline.running import write_log
from tests.proof.reading import ended, options_of, read_csv
from tests.proof.test_statement import assert_true_legs, assert_true_totals
from tests.proof.truth import Question, truth_of

pytestmark = pytest.mark.cluster

START = datetime(2019, 6, 28, 8, tzinfo=UTC)
OLD = generate(32, messages=240, start=START, host="utm-a", rate=0.06)
NEW = generate(33, messages=240, start=START, host="utm-b", dialect="4.97", rate=0.06)
QUESTIONS = {
    "all": Question(("example.net", "example.org", "shop.example")),
    "subdomains": Question(("example.net",), subdomains=True, accepted=True, policy="nist-sp-800-52r2"),
    "a period": Question(("example.org",), since="2019-06-28T12:00:00.000Z", until="2019-07-01T00:00:00.000Z"),
}


@pytest.fixture(scope="module", params=["opensearch", "elasticsearch"])
def shipped(request: pytest.FixtureRequest, make_place: MakePlace) -> Place:
    place = make_place(Node(request.getfixturevalue(request.param)))
    place.set_up()
    place.ship(write_log(place.folder / "smtp.log", render(merge(OLD, NEW).lines, "P1")))
    place.node.ask("POST", f"/{place.prefix}-*/_refresh")
    return place


@pytest.mark.parametrize("name", QUESTIONS)
def test_the_same_as_from_the_logs(shipped: Place, tmp_path: Path, name: str) -> None:
    question = QUESTIONS[name]
    log, found = shipped.folder / "smtp.log", {}
    for side, paths in (("cluster", ()), ("logs", (log,))):
        options: list[str | Path] = [
            *options_of(question),
            "--json",
            "--csv",
            tmp_path / side,
            "--html",
            tmp_path / f"{side}.html",
        ]
        statement = json.loads(ended(shipped.run("tls-proof", *options, *paths), 10).stdout)
        source = statement.pop("source")
        assert source["kind"] == side
        assert statement.pop("made").endswith("Z")
        found[side] = statement

    assert found["cluster"] == found["logs"]
    assert (tmp_path / "cluster").read_bytes() == (tmp_path / "logs").read_bytes()
    truth = truth_of([OLD, NEW], question)
    assert_true_legs(read_csv(tmp_path / "cluster"), truth)
    assert_true_totals(found["cluster"], truth, question)
    assert {host["host"] for host in found["cluster"]["period"]["hosts"]} == {"utm-a", "utm-b"}


def test_of_one_gateway(shipped: Place, tmp_path: Path) -> None:
    """Another's mail does not count, nor its days."""
    question = replace(QUESTIONS["all"], since="2019-06-20T00:00:00.000Z", until="2019-07-10T00:00:00.000Z")
    options: list[str | Path] = [*options_of(question), "--json", "--host", "utm-b", "--csv", tmp_path / "legs.csv"]
    statement = json.loads(ended(shipped.run("tls-proof", *options), 10).stdout)

    truth = truth_of([NEW], question)
    assert_true_legs(read_csv(tmp_path / "legs.csv"), truth)
    assert_true_totals(statement, truth, question)
    (host,) = statement["period"]["hosts"]
    assert host["host"] == "utm-b"
    assert (host["days"] + host["missing_days"], host["missing"][0]) == (20, ["2019-06-20", "2019-06-27"])
    assert statement["source"]["where"].startswith(f"{shipped.prefix}-* at ")
