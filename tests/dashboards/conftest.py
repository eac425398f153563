"""A real node that holds many years of traffic, shipped once for all tests of the panels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from uuid import uuid4

import pytest

from tests.dashboards.requests import PARAMETERS, Body, Period
from tests.dashboards.saved import Chart, Pattern
from tests.dashboards.truth import Group, Truth, group, truths
from tests.end_to_end.node import Node, Place
from tests.generator import Traffic, archive_traffic
from tests.generator.archive import write_months


@dataclass(frozen=True)
class Archive:
    """Where the traffic is stored, and the truth of it by index pattern."""

    place: Place
    traffic: Traffic
    truths: dict[str, Truth]
    groups: dict[tuple[str, Period], Group] = field(default_factory=dict)

    def search(self, pattern: Pattern, body: Body) -> dict[str, Any]:
        """Searches the indices of an index pattern that was made for the usual prefix."""
        indices = pattern.title.replace("utm-smtp", self.place.prefix)
        try:
            answer: dict[str, Any] = self.place.node.ask("POST", f"/{indices}/_search?{PARAMETERS}", body)
        except HTTPError as refusal:
            raise AssertionError(f"refused: {refusal.read().decode()[:1000]}") from refusal
        return answer

    def truth(self, pattern: Pattern) -> Truth:
        return self.truths[pattern.id]

    def group(self, chart: Chart, period: Period) -> Group:
        """What the chart truly shows; counted once for all tests."""
        if (chart.id, period) not in self.groups:
            self.groups[chart.id, period] = group(chart, self.truth(chart.pattern), period)
        return self.groups[chart.id, period]


@pytest.fixture(scope="session")
def archive(opensearch: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    """More than 20,000 messages of every kind, of two gateways in several years."""
    folder: Path = tmp_path_factory.mktemp("archive")
    traffic = archive_traffic(messages=18_400)
    write_months(traffic.lines, folder / "log", level=0)
    place = Place(Node(opensearch), f"panels-{uuid4().hex[:10]}", folder)
    place.set_up()
    store_in_haste(place)
    place.ship(folder / "log")
    place.node.ask("POST", f"/{place.prefix}-*/_refresh")
    yield Archive(place, traffic, truths(traffic))
    place.node.forget(place.prefix)


def store_in_haste(place: Place) -> None:
    """Neither packed tightly nor safe from a power failure: what is stored, and how it is found, is the same."""
    name = f"{place.prefix}-settings"
    (found,) = place.node.ask("GET", f"/_component_template/{name}")["component_templates"]
    template = found["component_template"]
    haste = {"codec": "default", "refresh_interval": "-1", "translog": {"durability": "async"}}
    template["template"]["settings"]["index"] |= haste
    place.node.ask("PUT", f"/_component_template/{name}", template)
