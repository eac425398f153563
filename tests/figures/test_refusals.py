"""Charts that a report would show wrongly are refused."""

from __future__ import annotations

import msgspec
import pytest

from shipper.dashboards.declaration import Bars, Chart, Distinct
from shipper.dashboards.panels import load_panels
from shipper.errors import PanelsError
from shipper.figures.group import Group
from shipper.figures.periods import Unit
from shipper.figures.report import chosen, make_report
from shipper.retrieval import EVERYTHING, Coverage, Scope

PANELS = load_panels()


class Nothing:
    """A source without documents."""

    where = "nowhere"
    notices = ()

    def coverage(self, scope: Scope) -> Coverage:
        return Coverage(0, None, None, {})

    def count(self, charts: tuple[Chart, ...], scope: Scope, unit: Unit) -> list[Group]:
        return [Group(measured=(0,) * (len(chart.metrics) - 1)) for chart in charts]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"metrics": (Distinct(field="source.ip", label="Clients"),)}, "within buckets a report can count documents"),
        ({"scale": "share"}, "a report can draw counts"),
    ],
)
def test_what_only_a_browser_can_show(change: dict[str, object], words: str) -> None:
    panels = msgspec.structs.replace(
        PANELS, panels=tuple(msgspec.structs.replace(p, **change) if isinstance(p, Bars) else p for p in PANELS.panels)
    )

    with pytest.raises(PanelsError, match=f"panels: status-over-time: {words}"):
        make_report(panels, chosen(panels, ()), Nothing(), EVERYTHING)


def test_what_is_declared_can_be_shown() -> None:
    assert len(make_report(PANELS, chosen(PANELS, ()), Nothing(), EVERYTHING).sections) == 5
