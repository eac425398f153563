"""Places on real nodes, as the end to end tests have them, with logs in them."""

from __future__ import annotations

import pytest

from tests.end_to_end.conftest import MakePlace, make_place
from tests.end_to_end.node import Node
from tests.generator import generate
from tests.retrieval.shipped import START, Shipped, ship

__all__ = ["make_place"]


@pytest.fixture(scope="module", params=["opensearch", "elasticsearch"])
def crowded(request: pytest.FixtureRequest, make_place: MakePlace) -> Shipped:
    """Hundreds of messages and thousands of lines in a few seconds."""
    place = make_place(Node(request.getfixturevalue(request.param)))
    place.set_up()
    return ship(place, generate(1, messages=600, start=START, rate=60 * 400))


@pytest.fixture(scope="module", params=["opensearch", "elasticsearch"])
def spread(request: pytest.FixtureRequest, make_place: MakePlace) -> Shipped:
    """An index a day, over many days."""
    place = make_place(Node(request.getfixturevalue(request.param)))
    place.environment["UTM_SHIPPER_INDEX_GRANULARITY"] = "day"
    place.set_up()
    return ship(place, generate(2, messages=400, start=START, rate=0.05))
