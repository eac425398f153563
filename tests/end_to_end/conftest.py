"""Places on real nodes: indices that no other test uses, removed at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest

from tests.end_to_end.node import Node, Place

MakePlace = Callable[[Node], Place]


@pytest.fixture(scope="module")
def make_place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MakePlace]:
    """Gives a place on this node, for as long as the module runs."""
    places: list[Place] = []

    def make(node: Node) -> Place:
        places.append(Place(node, f"e2e-{uuid4().hex[:10]}", tmp_path_factory.mktemp("place")))
        return places[-1]

    yield make
    for place in places:
        place.node.forget(place.prefix)


@pytest.fixture(params=["opensearch", "elasticsearch"])
def place(request: pytest.FixtureRequest, make_place: MakePlace) -> Iterator[Place]:
    """A place of each product in turn, with its templates."""
    made = make_place(Node(request.getfixturevalue(request.param)))
    made.set_up()
    yield made
    made.node.forget(made.prefix)


@pytest.fixture
def bare(opensearch: str, make_place: MakePlace) -> Place:
    """A place without templates."""
    return make_place(Node(opensearch))


@pytest.fixture
def simple(bare: Place) -> Iterator[Place]:
    """A place on OpenSearch alone, for what does not depend on the product."""
    bare.set_up()
    yield bare
    bare.node.forget(bare.prefix)
