"""What stops a run, or one document: an exit code, one clear line with advice, nothing written that should not be."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from click.testing import Result

from shipper.state.store import open_store
from tests.end_to_end.conftest import MakePlace
from tests.end_to_end.node import Node, Place, without_place
from tests.end_to_end.traffic import START
from tests.generator import generate
from tests.nodes.process import free_port
from tests.nodes.secured import SecuredNode

pytestmark = pytest.mark.cluster

TRAFFIC = generate(8, messages=90, start=START)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "smtp.log"
    path.write_bytes(TRAFFIC.text)
    return path


def assert_one_line(result: Result, code: int, line: str) -> None:
    assert (result.exit_code, result.stdout, result.stderr) == (code, "", f"utm-shipper: error: {line}\n")


# Templates


def test_nothing_is_written_without_templates(bare: Place, log: Path) -> None:
    assert_one_line(
        bare.run("ship", log),
        7,
        f"the index template {bare.prefix}-ecs is missing at {bare.node.url}; run utm-shipper setup",
    )
    assert bare.node.indices(bare.prefix) == []


def test_nothing_is_written_with_older_templates(simple: Place, log: Path) -> None:
    path = f"/_index_template/{simple.prefix}-messages"
    (template,) = simple.node.ask("GET", path)["index_templates"]
    simple.node.ask("PUT", path, template["index_template"] | {"version": 0})
    result = simple.run("ship", log)
    assert (result.exit_code, simple.node.indices(simple.prefix)) == (7, [])
    assert "has version 0, this program needs 1; run utm-shipper setup" in result.stderr


def test_without_templates_on_demand(bare: Place, log: Path) -> None:
    bare.ship("--without-templates", log)
    assert len(bare.stored("events")) == len(TRAFFIC.lines) - len(TRAFFIC.ignored)


# The way to the cluster


def test_an_unreachable_cluster(tmp_path: Path, bare: Place, log: Path) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    result = bare.run("ship", "--url", url, log)
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (5, "", 1)
    assert result.stderr.startswith(f"utm-shipper: error: {url}")


def test_a_cluster_that_never_answers(bare: Place, log: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        bare.environment = {"UTM_SHIPPER_CLUSTER_TIMEOUT": "0.5"}
        result = bare.run("ship", "--url", url, log)
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (5, "", 1)
    assert result.stderr.startswith(f"utm-shipper: error: {url}")


@pytest.fixture
def secured(secured_opensearch: SecuredNode, make_place: MakePlace, tmp_path: Path) -> Place:
    """A place that asks for a password, which stands in a file, and that an authority of its own vouches for."""
    node = secured_opensearch
    place = make_place(Node(node.url, node.basic_credentials(), node.tls()))
    password = tmp_path / "password"
    password.write_text(f"{node.password}\n")
    place.environment = {
        "UTM_SHIPPER_CLUSTER_USERNAME": node.user,
        "UTM_SHIPPER_CLUSTER_PASSWORD_FILE": str(password),
        "UTM_SHIPPER_CLUSTER_CA_FILE": str(node.ca_file),
    }
    return place


def test_a_secured_cluster(secured: Place, log: Path, secured_opensearch: SecuredNode) -> None:
    said = [secured.run("setup"), secured.run("ship", log), secured.run("config", "show")]
    assert [result.exit_code for result in said] == [0, 0, 0]
    assert secured_opensearch.password not in "".join(result.output for result in said)
    events, messages = secured.parsed(log)
    assert without_place(secured.stored("events")) == without_place(events)
    assert secured.stored("messages") == messages


@pytest.mark.parametrize("command", ["setup", "ship", "config"])
def test_credentials_in_the_url_are_refused_and_not_shown(bare: Place, log: Path, command: str) -> None:
    bare.environment = {"UTM_SHIPPER_URL": "https://admin:S3cret-word@127.0.0.1:9200"}
    result = bare.run(*{"setup": ["setup"], "ship": ["ship", log], "config": ["config", "show"]}[command])
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert "S3cret-word" not in result.stderr


@pytest.mark.parametrize("command", [["setup"], ["setup", "--check"], ["ship", "LOG"]])
def test_wrong_credentials(secured: Place, log: Path, tmp_path: Path, command: list[str]) -> None:
    (tmp_path / "password").write_text("Wr0ng-s3cret")
    result = secured.run(*[str(log) if word == "LOG" else word for word in command])
    assert_one_line(
        result, 6, f"{secured.node.url} refused user 'admin' (401); check user name and password, or the API key"
    )


def test_an_unknown_authority(secured: Place, log: Path) -> None:
    del secured.environment["UTM_SHIPPER_CLUSTER_CA_FILE"]
    result = secured.run("ship", log)
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (5, "", 1)
    assert result.stderr.startswith(f"utm-shipper: error: {secured.node.url}: its certificate is not trusted")
    secured.environment["UTM_SHIPPER_CLUSTER_VERIFY_CERTIFICATES"] = "false"
    assert secured.run("setup").exit_code == 0


# Documents


@pytest.mark.parametrize("kind", ["events", "messages"])
def test_refused_documents_are_dead_letters(place: Place, log: Path, kind: str) -> None:
    """A template of the user's own maps a field wrongly: what does not fit is set aside with the reason, all else goes
    on, and the books are right."""
    add_wrong_template(place, kind)
    events, messages = place.parsed(log)
    wanted = events if kind == "events" else messages
    misfits = {key for key, document in wanted.documents.items() if "helo" in document["sophos"]["utm"]}
    assert 0 < len(misfits) < len(wanted)

    said = place.ship(log).stderr

    assert place.stored(kind).documents.keys() == wanted.documents.keys() - misfits
    other = {"events": "messages", "messages": "events"}[kind]
    assert place.stored(other).documents.keys() == (messages if kind == "events" else events).documents.keys()
    assert dead_letters(place) == {f"{index}/{id}" for index, id in misfits}
    lost = len(misfits) if kind == "events" else 0
    lines, ignored = len(TRAFFIC.lines), len(TRAFFIC.ignored)
    balance = f"{lines - ignored - lost:,} events + {ignored:,} ignored by rule + {lost:,} dead letters"
    assert f"{lines:,} lines read = {balance}" in said
    assert ("message documents were refused and kept as dead letters" in said) is (kind == "messages")


def add_wrong_template(place: Place, kind: str) -> None:
    name = f"{place.prefix}-{kind}"
    (stored,) = place.node.ask("GET", f"/_index_template/{name}")["index_templates"]
    wrong = {"properties": {"sophos": {"properties": {"utm": {"properties": {"helo": {"type": "ip"}}}}}}}
    own = {
        "index_patterns": [f"{name}-*"],
        "priority": 900,
        "composed_of": stored["index_template"]["composed_of"],
        "template": {"mappings": wrong},
    }
    place.node.ask("PUT", f"/_index_template/{place.prefix}-own", own)


def dead_letters(place: Place) -> set[str]:
    with open_store(place.folder / "state") as store:
        letters = store.dead_letters.all()
    assert {letter.step for letter in letters} == {"cluster"}
    assert all("helo" in letter.reason and letter.data.startswith(b"{") for letter in letters)
    return {letter.where for letter in letters}
