"""`doctor` against real nodes: well, unwell, without rights, and with no cluster at all."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from click.testing import CliRunner, Result

from shipper.commands import main
from tests.cluster.dashboards.behaviour import Behaviour
from tests.cluster.dashboards.server import serving
from tests.end_to_end.node import Node
from tests.nodes.secured import SecuredNode

NOBODY = "http://127.0.0.1:9"
FIGURES = re.compile(r"(?<=[ (])[0-9][0-9,]*(?:\.[0-9]+)?(?=[ %)])")


class Clinic:
    """Runs `doctor` for indices and a state of its own."""

    def __init__(self, node: Node, folder: Path) -> None:
        self.node = node
        self.url = node.url
        self.folder = folder
        self.prefix = f"doctor-{uuid4().hex[:10]}"

    def run(self, *arguments: str, given: bytes | None = None, **environment: str) -> Result:
        settings = {
            "UTM_SHIPPER_URL": self.url,
            "UTM_SHIPPER_STATE": str(self.folder / "state"),
            "UTM_SHIPPER_INDEX_PREFIX": self.prefix,
            "UTM_SHIPPER_ZONE": "UTC",
        }
        return CliRunner().invoke(main, arguments, input=given, env=settings | environment)

    def well(self, *arguments: str, given: bytes | None = None, **environment: str) -> Result:
        result = self.run(*arguments, given=given, **environment)
        assert result.exit_code == 0, result.output
        return result


@pytest.fixture(params=["opensearch", "elasticsearch"])
def clinic(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Clinic]:
    """On each product in turn; its indices are removed at the end."""
    made = Clinic(Node(request.getfixturevalue(request.param)), tmp_path)
    yield made
    for index in made.node.ask("GET", f"/{made.prefix}-*/_settings"):
        made.node.ask("PUT", f"/{index}/_settings", {"index.blocks.read_only_allow_delete": None})
        made.node.ask("DELETE", f"/{index}")


def told(result: Result) -> list[str]:
    """The lines, figures that differ from machine to machine left out."""
    return [FIGURES.sub("N", line) for line in result.stdout.splitlines()]


def lines_of_today() -> bytes:
    """Known lines, and unknown ones with all that nobody else may read."""
    now = datetime.now(UTC) - timedelta(minutes=5)
    head = f"{now:%Y:%m:%d-%H:%M:%S} gw-meier exim-in[4711]: {now:%Y-%m-%d %H:%M:%S} "
    known = [f"SMTP connection from [192.0.2.{n}]:53500 (TCP/IP connection count = 1)" for n in range(1, 38)]
    unknown = [
        "frobnication of message from <alice.smith@example.net> to bob@example.com failed: \"Dear Carol\"",
        "frobnication of message from <dave@example.org> to peggy@example.com failed: \"Salary of Mallory\"",
        "purging the environment for mx.trent.example (during SMTP connection from [198.51.100.7]:4711)",
    ]  # fmt: skip
    return "".join(f"{head}{text}\n" for text in [*known, *unknown]).encode()


def product_of(clinic: Clinic) -> str:
    nodes = clinic.node.ask("GET", "/_nodes/_local")["nodes"].values()
    version = next(iter(nodes))["version"]
    return f"{'OpenSearch' if version.startswith('3.') else 'Elasticsearch'} {version}"


@pytest.mark.cluster
def test_a_cluster_without_templates_and_then_well(clinic: Clinic) -> None:
    bare = clinic.run("doctor")
    well = [
        f"ok       cluster: {product_of(clinic)} at {clinic.url}",
        "ok       templates: all are in place",
        f"ok       health: indices {clinic.prefix}-* are green",
        "ok       disks: NODE has N GiB free (N%); the cluster is told not to look at them",
        f"ok       blocks: no index {clinic.prefix}-* refuses writing",
        "ok       backfill: no index is relaxed",
        "ok       shards: N of N shards are in use",
        "ok       clock: the cluster's clock and this machine's differ by N s",
        "ok       lines: no events of the last N days",
        f"ok       state: {clinic.folder}/state is not there yet and can be made",
        f"ok       state disk: N MiB free for {clinic.folder}/state",
    ]
    missing = (
        f"failed   templates: the index template {clinic.prefix}-ecs is missing at {clinic.url}; run utm-shipper setup"
    )

    assert named(told(bare)) == [missing if "templates:" in line else line for line in well]
    assert (bare.exit_code, bare.stderr) == (
        10,
        "utm-shipper: error: 1 of 11 checks failed; see what each says\n",
    )
    clinic.well("setup")
    result = clinic.well("doctor")
    assert (named(told(result)), result.stderr) == (well, "")


def named(lines: list[str]) -> list[str]:
    return [re.sub(r"(?<=disks: )\S+", "NODE", line) for line in lines]


@pytest.mark.cluster
def test_shapes_of_unrecognized_lines_and_nothing_personal(clinic: Clinic) -> None:
    clinic.well("setup")
    clinic.well("ship", "-", given=lines_of_today())
    clinic.node.ask("POST", f"/{clinic.prefix}-*/_refresh")

    result = clinic.well("doctor", "--days", "2")
    lines = result.stdout.splitlines()
    at = next(number for number, line in enumerate(lines) if " lines: " in line)

    assert lines[at : at + 3] == [
        "warning  lines: 3 of 40 events of the last 2 days are unrecognized (7.50%);"
        " declare these shapes: `Own line shapes` in the README",
        "               2  exim-in: * of message from * to ADDRESS failed: *",
        "               1  exim-in: purging the environment for HOST (during SMTP connection from [IP]:N)",
    ]
    assert lines[at + 3] == f"ok       state: {clinic.folder}/state: 0 open messages, 0 dead letters; not in use"
    people = (
        "alice",
        "smith",
        "dave",
        "bob",
        "peggy",
        "carol",
        "mallory",
        "salary",
        "trent",
        "meier",
        "192.0.2",
        "198.51",
    )
    assert [name for name in people if name in result.output.lower()] == []
    assert all(name in lines_of_today().decode().lower() for name in people)


@pytest.mark.cluster
def test_what_is_not_as_it_should_be(clinic: Clinic) -> None:
    clinic.well("setup")
    clinic.well("ship", "-", given=lines_of_today())
    template = clinic.node.ask("GET", f"/_index_template/{clinic.prefix}-events")["index_templates"][0][
        "index_template"
    ]
    clinic.node.ask("PUT", f"/_index_template/{clinic.prefix}-events", template | {"priority": 7})
    index = next(iter(clinic.node.ask("GET", f"/{clinic.prefix}-events-*/_settings")))
    clinic.node.ask("POST", f"/{index}/_refresh")
    clinic.node.ask("PUT", f"/{index}/_settings", {"index.blocks.read_only_allow_delete": True})

    result = clinic.run("doctor", "--json")
    checks = {check["name"]: check for check in map(json.loads, result.stdout.splitlines())}

    assert (checks["templates"], checks["blocks"]) == (
        {
            "name": "templates",
            "state": "warning",
            "words": "1 differences from those of this program",
            "advice": "run utm-shipper setup, unless they are meant so",
            "details": [f"{clinic.prefix}-events priority: expected 200, found 7"],
        },
        {
            "name": "blocks",
            "state": "failed",
            "words": f"1 indices refuse writing: {index}",
            "advice": "free some disk; where the block stays, set index.blocks.read_only_allow_delete to null",
            "details": [f"{index}: read_only_allow_delete"],
        },
    )
    assert {name: check["state"] for name, check in checks.items()} == {
        "cluster": "ok", "templates": "warning", "health": "ok", "disks": "ok", "blocks": "failed",
        "backfill": "ok", "shards": "ok", "clock": "ok", "lines": "warning", "state": "ok", "state disk": "ok",
    }  # fmt: skip
    assert (result.exit_code, result.stderr) == (
        10,
        "utm-shipper: error: 1 of 11 checks failed; see what each says\n",
    )


@pytest.mark.cluster
def test_what_is_not_permitted_is_said_and_is_no_failure(secured_opensearch: SecuredNode, tmp_path: Path) -> None:
    """A user who may ship, and look at nothing else."""
    tls = secured_opensearch.tls()
    clinic = Clinic(Node(secured_opensearch.url, secured_opensearch.basic_credentials(), tls), tmp_path)
    admin = {
        "UTM_SHIPPER_CLUSTER_USERNAME": secured_opensearch.user,
        "UTM_SHIPPER_CLUSTER_PASSWORD": secured_opensearch.password,
        "UTM_SHIPPER_CLUSTER_CA_FILE": str(secured_opensearch.ca_file),
    }
    secret = "Utm-shipper_9-ships!"
    make_user(clinic, "doctors-shipper", secret)
    shipper = admin | {"UTM_SHIPPER_CLUSTER_USERNAME": "doctors-shipper", "UTM_SHIPPER_CLUSTER_PASSWORD": secret}
    clinic.well("setup", **admin)
    clinic.well("ship", "-", given=lines_of_today(), **shipper)
    clinic.node.ask("POST", f"/{clinic.prefix}-*/_refresh")

    result = clinic.run("doctor", **shipper)
    told_of = {line[9:].split(":")[0]: line for line in result.stdout.splitlines() if line[0] != " "}

    assert result.exit_code == 0, result.output
    assert {name: line.split()[0] for name, line in told_of.items()} == {
        "cluster": "ok", "templates": "warning", "health": "warning", "disks": "warning", "blocks": "warning",
        "backfill": "warning", "shards": "warning", "clock": "warning", "lines": "warning",
        "state": "ok", "state disk": "ok",
    }  # fmt: skip
    assert re.sub(r"no permissions for .*?\)", "...)", told_of["disks"]) == (
        f"warning  disks: not permitted to look: {clinic.url} does not allow GET /_nodes/stats/fs"
        " (403: security_exception: ...); give the user the rights that the documentation lists"
    )
    assert told_of["clock"] == ("warning  clock: the cluster does not tell its time; compare the clocks yourself")
    assert secret not in result.output


def make_user(clinic: Clinic, name: str, password: str) -> None:
    """One with the rights that README.md lists for `ship`."""
    role = {
        "cluster_permissions": [
            "cluster:monitor/main",
            "cluster:admin/component_template/get",
            "indices:admin/index_template/get",
            "indices:data/write/bulk",
        ],
        "index_permissions": [{"index_patterns": [f"{clinic.prefix}-*"], "allowed_actions": ["crud", "create_index"]}],
    }
    for path, body in {
        f"roles/{name}": role,
        f"internalusers/{name}": {"password": password},
        f"rolesmapping/{name}": {"users": [name]},
    }.items():
        clinic.node.ask("PUT", f"/_plugins/_security/api/{path}", body)


def test_without_a_cluster_the_rest_is_checked(tmp_path: Path) -> None:
    result = Clinic(Node(NOBODY), tmp_path).run("doctor")

    assert told(result) == [
        f"failed   cluster: {NOBODY}: connection refused (its other checks are left out);"
        " check that the server is up and that host and port are right",
        f"ok       state: {tmp_path}/state is not there yet and can be made",
        f"ok       state disk: N MiB free for {tmp_path}/state",
    ]
    assert (result.exit_code, result.stderr) == (10, "utm-shipper: error: 1 of 3 checks failed; see what each says\n")
    assert list(tmp_path.iterdir()) == []


def test_no_cluster_that_is_named_is_a_check_as_well(tmp_path: Path) -> None:
    result = Clinic(Node(""), tmp_path).run("doctor")

    assert result.stdout.splitlines()[0] == (
        "failed   cluster: no cluster is named (its other checks are left out); give --url or set UTM_SHIPPER_URL"
    )


def test_dashboards_are_checked_where_they_are_named(tmp_path: Path) -> None:
    with serving(Behaviour()) as server:
        there = Clinic(Node(NOBODY), tmp_path).run("doctor", UTM_SHIPPER_DASHBOARDS_URL=server.url)
    away = Clinic(Node(NOBODY), tmp_path).run("doctor", UTM_SHIPPER_DASHBOARDS_URL=NOBODY)

    assert told(there)[3:] == [f"ok       dashboards: OpenSearch Dashboards 2.19.4 at {server.url}"]
    assert told(away)[3:] == [
        f"failed   dashboards: {NOBODY}: connection refused;"
        " check that the server is up and that host and port are right"
    ]
    assert away.stderr == "utm-shipper: error: 2 of 4 checks failed; see what each says\n"
