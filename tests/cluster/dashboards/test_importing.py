"""Importing: what was posted is there afterwards, or each object that is not is named with the reason."""

from __future__ import annotations

import copy
import dataclasses
import json
from typing import Any

import pytest

from shipper.cluster.dashboards.importing import check_objects, import_objects, plan
from shipper.cluster.dashboards.server import Destination
from shipper.errors import AuthenticationError, ClusterError
from tests.cluster.dashboards.behaviour import KIBANA_8, OSD_2, OSD_3, Behaviour, SavedObject
from tests.cluster.dashboards.connecting import connected
from tests.cluster.dashboards.samples import samples
from tests.cluster.dashboards.server import DashboardsServer, serving

ALL = [OSD_2, OSD_3, KIBANA_8]
NAMES = [f"{behaviour.product} {behaviour.version}" for behaviour in ALL]
SOURCE = "8fc1d2e0-4b7a-11ef-9a3c-0242ac120002"
OTHER_SOURCE = "9a0e77aa-4b7a-11ef-9a3c-0242ac120002"


def _imported(server: DashboardsServer, objects: Any = None, **where: Any) -> list[str]:
    """The problems, one line each."""
    with connected(server.url, **where) as found:
        return [str(problem) for problem in import_objects(found, samples() if objects is None else objects)]


def _checked(server: DashboardsServer, objects: Any = None, **where: Any) -> list[str]:
    with connected(server.url, **where) as found:
        return [str(problem) for problem in check_objects(found, samples() if objects is None else objects)]


def _keys(objects: tuple[SavedObject, ...], begin: str = "") -> set[tuple[str, str]]:
    return {(found["type"], f"{begin}{found['id']}") for found in objects}


def _calls(server: DashboardsServer) -> list[str]:
    return [heard for heard in server.heard if heard != "GET /api/status"]


@pytest.mark.parametrize("behaviour", ALL, ids=NAMES)
def test_everything_is_there_after_the_first_import_and_after_the_second(behaviour: Behaviour) -> None:
    with serving(dataclasses.replace(behaviour, prefix="/mail")) as server:
        assert (_imported(server), _imported(server), _checked(server)) == ([], [], [])
        assert server.stored().keys() == _keys(samples())
        calls = ["POST /mail/api/saved_objects/_import?overwrite=true", "POST /mail/api/saved_objects/_bulk_get"]
        status = "GET /mail/api/status"
        assert server.heard == [status, *calls, status, *calls, status, calls[1]]


@pytest.mark.parametrize("behaviour", [OSD_2, OSD_3], ids=NAMES[:2])
def test_opensearch_dashboards_stores_what_is_posted(behaviour: Behaviour) -> None:
    with serving(behaviour) as server:
        _imported(server)
        stored = [server.stored()[found["type"], found["id"]] for found in samples()]
    added = {"updated_at": "2024-07-16T10:00:00.000Z", "version": "WzEsMV0="}
    assert stored == [found | added for found in samples()]


def test_older_ones_of_ours_are_replaced_and_nothing_else() -> None:
    foreign = samples()[1] | {"id": "not-ours"}
    older = copy.deepcopy(samples())
    older[1]["attributes"]["title"] = "Old"
    with serving(OSD_3) as server:
        _imported(server, (*older, foreign))
        assert _checked(server) == [
            'visualization utm-pie (Results): attributes.title: expected "Results", found "Old"'
        ]
        assert (_imported(server), _checked(server)) == ([], [])
        assert server.stored()["visualization", "not-ours"]["attributes"]["title"] == "Results"


@pytest.mark.parametrize("count", [100, 101, 250])
def test_objects_are_read_back_in_batches(count: int) -> None:
    many = tuple(samples()[4] | {"id": f"utm-{number}"} for number in range(count))
    with serving(OSD_3) as server:
        assert _imported(server, many) == []
        assert len(_calls(server)) == 1 + -(-count // 100)


def test_the_plan_is_the_call() -> None:
    behaviour = dataclasses.replace(OSD_3, data_sources={SOURCE: "Archive"}, spaces=("mail",))
    with serving(behaviour) as server, connected(server.url, data_source=SOURCE, space="mail") as found:
        call = plan(found, samples())
        server.heard.clear()
        import_objects(found, samples())
        assert server.heard[0] == f"POST {call.target}"
        assert _keys(call.objects) == server.stored().keys() == _keys(samples(), f"{SOURCE}_mail-")
        assert [json.loads(line) for line in call.file.splitlines()] == list(call.objects)


@pytest.mark.parametrize("behaviour", [OSD_2, OSD_3], ids=NAMES[:2])
def test_each_data_source_has_objects_of_its_own(behaviour: Behaviour) -> None:
    behaviour = dataclasses.replace(behaviour, data_sources={SOURCE: "Archive", OTHER_SOURCE: "Other"})
    with serving(behaviour) as server:
        for where in ({"data_source": SOURCE}, {"data_source": OTHER_SOURCE}, {}):
            assert (_imported(server, **where), _checked(server, **where)) == ([], [])
        keys = [_keys(samples(), begin) for begin in (f"{SOURCE}_", f"{OTHER_SOURCE}_", "")]
        assert server.stored().keys() == set.union(*keys)
        assert _checked(server, data_source=SOURCE) == []
        pattern = server.stored()["index-pattern", f"{SOURCE}_utm-pattern"]
        board = server.stored()["dashboard", f"{SOURCE}_utm-board"]
    assert pattern["references"] == [{"type": "data-source", "id": SOURCE, "name": "dataSource"}]
    assert f"#/view/{SOURCE}_utm-board?_a" in pattern["attributes"]["fieldFormatMap"]
    assert board["attributes"]["title"] == "Board_Archive"
    assert [reference["id"] for reference in board["references"]][:2] == [f"{SOURCE}_utm-pie", f"{SOURCE}_utm-table"]


@pytest.mark.parametrize("behaviour", [OSD_3, KIBANA_8], ids=NAMES[1:])
def test_each_space_or_workspace_has_objects_of_its_own(behaviour: Behaviour) -> None:
    with serving(dataclasses.replace(behaviour, spaces=("mail_team", "sales"))) as server:
        for where in ({"space": "mail_team"}, {}, {"space": "sales"}):
            assert (_imported(server, **where), _checked(server, **where)) == ([], [])
        assert [_checked(server, **where) for where in ({"space": "mail_team"}, {})] == [[], []]
        homes = dict(server.storage().homes)
    wanted = {"mail_team": "mail-team-", "default": "", "sales": "sales-"}
    assert homes == {key: home for home, begin in wanted.items() for key in _keys(samples(), begin)}


def test_a_file_that_a_person_imported_into_another_space_has_our_ids() -> None:
    """The server gives new ones then; the links among ours would lead into the other space."""
    behaviour = dataclasses.replace(KIBANA_8, spaces=("mail",))
    with serving(behaviour) as server:
        text = b"\n".join(json.dumps(found).encode() for found in samples()[:2])
        server.storage().put_in(text, "mail", "", overwrite=False)
        first, again = _imported(server), _imported(server)
        moved = {
            key[0]: key[1] for key, home in server.storage().homes.items() if home == "default" and "utm" not in key[1]
        }
        checked = _checked(server)
    why = "as an object of another space has its id; delete that one or name its space (dashboards.space)"
    assert first == [
        f"index-pattern utm-pattern (utm-smtp-messages-*): stored as {moved['index-pattern']}, {why}",
        f"visualization utm-pie (Results): stored as {moved['visualization']}, {why}",
        "visualization utm-table (Top): references: index-pattern utm-pattern is missing",
        "visualization utm-bars (Volume): references: index-pattern utm-pattern is missing",
        "search utm-list (Lines): references: index-pattern utm-pattern is missing",
        "dashboard utm-board (Board): references: visualization utm-pie is missing",
    ]
    assert again == first
    assert checked == [
        "index-pattern utm-pattern (utm-smtp-messages-*): not stored",
        "visualization utm-pie (Results): not stored",
        *first[2:],
    ]


def test_each_tenant_has_objects_of_its_own() -> None:
    tenants = {"ann": True, "mail": True, "read": False}
    with serving(dataclasses.replace(OSD_2, users={"ann": "s3cret"}, tenants=tenants)) as server:
        login = {"username": "ann", "password": "s3cret"}
        assert _imported(server, tenant="mail", **login) == []
        assert _imported(server, samples()[:1], tenant="private", **login) == []
        assert {name: len(server.stored(name)) for name in server.storages} == {"mail": 7, "__user__": 1}
        with pytest.raises(AuthenticationError) as caught:
            _imported(server, tenant="read", **login)
    assert str(caught.value) == (
        f"{server.url} does not allow POST /api/saved_objects/_import?overwrite=true "
        "(403: no permissions for [indices:data/write/bulk]); the user needs the right to write saved objects"
    )


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        (OSD_3, "mapping set to strict, dynamic introduction of [emblem] within [dashboard] is not allowed"),
        (KIBANA_8, "[attributes.emblem]: definition for this key is missing"),
    ],
    ids=NAMES[1:],
)
def test_an_attribute_that_the_server_does_not_know(behaviour: Behaviour, reason: str) -> None:
    objects = samples()
    objects[-1]["attributes"]["emblem"] = "star"
    with serving(behaviour) as server:
        assert _imported(server, objects) == [f"dashboard utm-board (Board): unknown: {reason}"]
        assert server.stored().keys() == _keys(objects[:-1])


def test_with_one_reference_to_nothing_the_server_writes_nothing_and_counts_the_rest_as_success() -> None:
    objects = samples()[1:3]
    objects[1]["references"][0]["id"] = "gone"
    with serving(OSD_3) as server:
        _imported(server, samples()[:1])
        assert _imported(server, objects) == [
            "visualization utm-table (Top): missing_references: it refers to what is not there: index-pattern gone",
            "visualization utm-pie (Results): not stored",
        ]


def test_a_type_that_the_server_does_not_know() -> None:
    objects = (*samples(), samples()[1] | {"type": "lens", "id": "utm-lens"})
    with serving(OSD_3) as server:
        assert _imported(server, objects) == [
            "lens utm-lens (Results): unsupported_type: the server does not know this type, or imports none of it"
        ]
        assert server.stored().keys() == _keys(samples())


@pytest.mark.parametrize("behaviour", ALL, ids=NAMES)
def test_an_answer_that_says_success_though_nothing_was_written_is_found_out(behaviour: Behaviour) -> None:
    with serving(dataclasses.replace(behaviour, writes_nothing=True)) as server:
        assert _imported(server) == [
            f"{found['type']} {found['id']} ({found['attributes']['title']}): "
            "not stored, though the server reported success"
            for found in samples()
        ]


def test_what_is_stored_otherwise_than_posted_is_named_with_its_place() -> None:
    def spoil(stored: SavedObject) -> SavedObject | None:
        if stored["id"] == "utm-pie":
            state = json.loads(stored["attributes"]["visState"])
            state["aggs"][0]["type"] = "sum"
            stored["attributes"]["visState"] = json.dumps(state)
        if stored["id"] == "utm-board":
            stored["references"] = [one for one in stored["references"] if one["id"] != "utm-list"]
            del stored["attributes"]["timeFrom"]
        return None if stored["id"] == "utm-text" else stored

    with serving(dataclasses.replace(OSD_3, spoils=spoil)) as server:
        assert _imported(server) == [
            'visualization utm-pie (Results): attributes.visState.aggs[0].type: expected "count", found "sum"',
            "visualization utm-text (Guide): not stored, though the server reported success",
            'dashboard utm-board (Board): attributes.timeFrom: expected "now-15y", found nothing',
            "dashboard utm-board (Board): references: search utm-list is missing",
        ]


@pytest.mark.parametrize(
    ("change", "objects", "line"),
    [
        (
            {"max_payload": 4000},
            samples(),
            "URL takes no file of {size} bytes (413: Payload content length greater than maximum allowed: 4000); "
            "raise savedObjects.maxImportPayloadBytes in its settings, or the limit of the proxy before it",
        ),
        ({"max_objects": 6}, samples(), "URL answered {call} with 400 (Can't import more than 6 objects); {see}"),
        (
            {},
            (*samples(), samples()[0]),
            "URL answered {call} with 400 (Non-unique import objects detected: [index-pattern:utm-pattern]); {see}",
        ),
        (
            {},
            (samples()[0], samples()[1] | {"migrationVersion": {"visualization": "8.1.0"}}),
            'URL answered {call} with 422 (Document "utm-pie" has property "visualization" which belongs to a more '
            "recent version of OpenSearch Dashboards [8.1.0]. The last known version is [7.10.0]); {see}",
        ),
    ],
    ids=["too large", "too many", "twice", "too new"],
)
def test_a_file_that_is_refused_as_a_whole(change: dict[str, Any], objects: Any, line: str) -> None:
    with serving(dataclasses.replace(OSD_3, **change)) as server, connected(server.url) as found:
        size = len(plan(found, objects).file)
        with pytest.raises(ClusterError) as caught:
            import_objects(found, objects)
        told = str(caught.value).replace(server.url, "URL")
    line = line.replace("{size}", f"{size:,}").replace("{see}", "see the server's log for the cause")
    assert told == line.replace("{call}", "POST /api/saved_objects/_import?overwrite=true")


def test_a_version_without_data_sources_says_so() -> None:
    with serving(KIBANA_8) as server, connected(server.url) as found:
        elsewhere = found.placed_at(Destination(data_source=SOURCE))
        with pytest.raises(
            ClusterError, match=r"400 \(\[request query\.dataSourceId\]: definition for this key is missing\)"
        ):
            import_objects(elsewhere, samples())


def test_a_check_of_an_empty_server_names_everything_and_writes_nothing() -> None:
    with serving(KIBANA_8) as server:
        assert _checked(server) == [
            f"{found['type']} {found['id']} ({found['attributes']['title']}): not stored" for found in samples()
        ]
        assert _calls(server) == ["POST /api/saved_objects/_bulk_get"]
