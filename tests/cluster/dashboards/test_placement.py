"""Ids of a destination's own: everywhere, and nowhere else."""

from __future__ import annotations

import json

import pytest

from shipper.cluster.dashboards.placement import as_stored, placed
from shipper.cluster.dashboards.server import Destination
from tests.cluster.dashboards.samples import samples

PATTERN, PIE, TABLE, BARS, TEXT, LISTING, BOARD = samples()


def test_without_space_and_data_source_nothing_changes() -> None:
    assert placed(samples(), Destination(tenant="mail")) == samples()
    assert as_stored(PIE, Destination(tenant="mail")) is PIE


@pytest.mark.parametrize(
    ("destination", "begin"),
    [
        (Destination(space="mail"), "mail-"),
        (Destination(space="mail_team"), "mail-team-"),
        (Destination(data_source="0a-1b"), "0a-1b_"),
        (Destination(data_source="0a-1b", space="x_y"), "0a-1b_x-y-"),
    ],
)
def test_every_id_begins_with_the_destination(destination: Destination, begin: str) -> None:
    """As text, each id in quotes or in a link is replaced; what else is written stays as it is."""
    expected = json.dumps(samples())
    for found in samples():
        expected = expected.replace(f'"id": "{found["id"]}"', f'"id": "{begin}{found["id"]}"')
        expected = expected.replace(f"/view/{found['id']}?", f"/view/{begin}{found['id']}?")

    assert placed(samples(), destination) == tuple(json.loads(expected))


@pytest.mark.parametrize(
    ("text", "renamed"),
    [
        ("utm-board", "mail-utm-board"),
        ("view/utm-board?_g", "view/mail-utm-board?_g"),
        ("'utm-board'", "'mail-utm-board'"),
        ("utm-board-2", "utm-board-2"),
        ("utm-boards", "utm-boards"),
        ("my-utm-board", "my-utm-board"),
        ("my_utm-board", "my_utm-board"),
    ],
)
def test_only_whole_ids_are_replaced_in_texts(text: str, renamed: str) -> None:
    found = BOARD | {"attributes": {"title": "t", "list": [{"deep": text}], "number": 5}}

    (changed,) = placed([found], Destination(space="mail"))

    assert changed["attributes"] == {"title": "t", "list": [{"deep": renamed}], "number": 5}


def test_an_id_that_begins_another_is_told_from_it() -> None:
    objects = [PIE | {"id": "a", "attributes": {"x": "a a-b"}}, PIE | {"id": "a-b", "attributes": {"x": "a-b a"}}]

    assert [one["attributes"]["x"] for one in placed(objects, Destination(space="s"))] == ["s-a s-a-b", "s-a-b s-a"]


def test_what_a_server_makes_of_objects_for_a_data_source() -> None:
    destination = Destination(data_source="0a", data_source_title="Archive")
    reference = {"type": "data-source", "id": "0a", "name": "dataSource"}

    stored = [as_stored(found, destination) for found in samples()]

    assert stored == [
        PATTERN | {"references": [reference]},
        *(
            found | {"attributes": found["attributes"] | {"title": f"{found['attributes']['title']}_Archive"}}
            for found in samples()[1:]
        ),
    ]
