"""Answers that the pretended server does not give: from the types of the servers' sources, from proxies, from no one
knows where. None is taken for a success, and none ends in a traceback."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from shipper.cluster.connection import Host
from shipper.cluster.dashboards.importing import check_objects, import_objects
from shipper.cluster.dashboards.products import DASHBOARDS_PRODUCTS
from shipper.cluster.dashboards.server import DashboardsServer, Destination
from shipper.cluster.interface import Answer
from shipper.errors import AuthenticationError, ClusterError
from tests.cluster.dashboards.samples import samples

PIE = samples()[1]
URL = "http://dashboards.example.net:5601"
CALL = "POST /api/saved_objects/_import?overwrite=true"
READ = "POST /api/saved_objects/_bulk_get"
SUCCESS = {"success": True, "successCount": 1}
THERE = {"saved_objects": [PIE]}


class Canned:
    """A sender whose answers are given: one for the import, one for reading back."""

    host = Host("http", "dashboards.example.net", 5601, "", None, "")

    def __init__(self, imported: Any = SUCCESS, read: Any = THERE) -> None:
        self._answers = {"_import": imported, "_bulk_get": read}

    def send(self, method: str, target: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
        given = self._answers[target.rpartition("/")[2].partition("?")[0]]
        if isinstance(given, Answer):
            return given
        return Answer(200, json.dumps(given).encode(), {"content-type": "application/json"}, URL)

    def close(self) -> None: ...


def _server(*answers: Any) -> DashboardsServer:
    return DashboardsServer(Canned(*answers), DASHBOARDS_PRODUCTS["kibana"], "8.19.4", Destination())


def _answer(status: int, body: bytes, **headers: str) -> Answer:
    return Answer(status, body, headers, URL)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        ({"type": "conflict"}, "conflict: another object has its place (the same id)"),
        ({"type": "conflict", "destinationId": "x"}, "conflict: another object has its place (x)"),
        (
            {"type": "ambiguous_conflict", "destinations": [{"id": "x"}, {"id": "y", "title": "t"}]},
            "ambiguous_conflict: several objects have its place: x, y",
        ),
        (
            {"type": "missing_references", "references": [{"type": "search", "id": "x"}, {"type": "a", "id": "y"}]},
            "missing_references: it refers to what is not there: search x, a y",
        ),
        (
            {"type": "missing_data_source", "dataSourceName": "Archive"},
            "missing_data_source: its data source is not there: Archive",
        ),
        (
            {"type": "unsupported_type"},
            "unsupported_type: the server does not know this type, or imports none of it",
        ),
        ({"type": "unknown", "message": "no\nroom", "statusCode": 507}, "unknown: no room"),
        ({"type": "new_kind", "detail": 1}, "new_kind: {'type': 'new_kind', 'detail': 1}"),
        (None, "error: {}"),
    ],
)
def test_each_kind_of_error_is_told(error: Any, reason: str) -> None:
    said = {"success": False, "successCount": 0}
    entries = [{"type": "visualization", "id": "utm-pie", "title": "Results", "error": error}]
    entries.append({"type": "visualization", "id": "utm-pie", "meta": {"title": "Meta"}, "error": error})
    entries.append({"type": "visualization", "id": "other", "error": error})

    problems = import_objects(_server(said | {"errors": entries}), [PIE])

    assert [str(problem) for problem in problems] == [
        f"visualization utm-pie (Results): {reason}",
        f"visualization utm-pie (Meta): {reason}",
        f"visualization other (): {reason}",
    ]


def test_a_failure_without_a_reason_is_not_taken_for_a_success() -> None:
    with pytest.raises(ClusterError) as caught:
        import_objects(_server({"success": False, "successCount": 0}), [PIE])
    assert str(caught.value) == (
        f"{URL} reports that the import failed, names no object, and has them all; see the server's log for the cause"
    )


@pytest.mark.parametrize(
    ("read", "reason"),
    [
        ({"saved_objects": []}, "not in the answer"),
        ({"saved_objects": [{"type": "visualization", "id": "other"}, None]}, "not in the answer"),
        (
            {"saved_objects": [PIE | {"error": {"statusCode": 403, "message": "no rights"}}]},
            "no rights",
        ),
        ({"saved_objects": [PIE | {"error": {"statusCode": 500, "error": "Broken"}}]}, "Broken"),
    ],
)
def test_what_is_not_read_back_is_a_problem(read: Any, reason: str) -> None:
    line = f"visualization utm-pie (Results): {reason}"

    assert [str(problem) for problem in check_objects(_server(SUCCESS, read), [PIE])] == [line]
    assert [str(problem) for problem in import_objects(_server(SUCCESS, read), [PIE])] == [
        f"{line}, though the server reported success"
    ]


CHECK = "check host, port and path of the URL, and whether a login page or a proxy stands before it"
LOGIN = "if that is a login page, give credentials (dashboards.username, dashboards.api_key), else its URL"
LOG = "see the server's log for the cause"


@pytest.mark.parametrize(
    ("answer", "line"),
    [
        (_answer(200, b"<html>log in"), f"answered CALL with an HTML page, not with what was asked for; {CHECK}"),
        (_answer(200, b"{}"), f"answered CALL with {{}}, not with what was asked for; {CHECK}"),
        (_answer(302, b"", location="/login?next=%2F"), f"redirects CALL to /login; {LOGIN}"),
        (_answer(302, b""), f"redirects CALL to nowhere; {LOGIN}"),
        (_answer(500, b""), f"answered CALL with 500 (no explanation); {LOG}"),
        (_answer(502, b"<html><h1>Bad Gateway"), f"answered CALL with 502 (an HTML page); {LOG}"),
    ],
)
@pytest.mark.parametrize("where", ["import", "read"])
def test_an_answer_that_is_none(answer: Answer, line: str, where: str) -> None:
    server = _server(answer) if where == "import" else _server(SUCCESS, answer)

    with pytest.raises(ClusterError) as caught:
        import_objects(server, [PIE])

    assert str(caught.value) == f"{URL} {line}".replace("CALL", CALL if where == "import" else READ)


def test_rights_that_end_between_two_calls() -> None:
    with pytest.raises(AuthenticationError, match=rf"^{URL} does not allow {READ} \(403: no\); "):
        import_objects(_server(SUCCESS, _answer(403, b'{"message":"no"}')), [PIE])
