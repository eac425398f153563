"""All charts of some dashboards over one scope."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta

import msgspec

from shipper.dashboards.declaration import Bars, Chart, Count, Dashboard, Panels
from shipper.errors import PanelsError, SettingsError
from shipper.figures.figure import Figure, figure
from shipper.figures.group import Source
from shipper.figures.periods import Unit, all_between, name_of, start_of, unit_for
from shipper.missing_days import Stretch, missing_days
from shipper.retrieval import Coverage, Kind, Scope

_DAY = timedelta(days=1)
_EVER, _NEVER = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


class Section(msgspec.Struct, frozen=True):
    """A dashboard; `rows` are its charts, side by side where they stand so there."""

    dashboard: Dashboard
    rows: tuple[tuple[Figure, ...], ...]

    @property
    def figures(self) -> tuple[Figure, ...]:
        """All of them."""
        return tuple(figure for row in self.rows for figure in row)


class Report(msgspec.Struct, frozen=True):
    """`missing`: host -> stretches of days without a line. `notices`: what was not counted."""

    where: str
    scope: Scope
    coverage: Coverage
    notices: tuple[str, ...]
    missing: Mapping[str, tuple[Stretch, ...]]
    unit: Unit
    panels: Panels
    sections: tuple[Section, ...]


def dashboards_with_charts(panels: Panels) -> tuple[Dashboard, ...]:
    """Those that count something; texts and lists of documents are for a browser."""
    return tuple(dashboard for dashboard in panels.dashboards if any(_chart_rows(panels, dashboard)))


def chosen(panels: Panels, names: tuple[str, ...]) -> tuple[Dashboard, ...]:
    """The dashboards of these ids in the declared order; all, where none is named. Raises SettingsError."""
    known = dashboards_with_charts(panels)
    for name in names:
        if name not in {dashboard.id for dashboard in known}:
            raise SettingsError(
                f"there is no dashboard {name!r} to report",
                advice=f"name one of {', '.join(dashboard.id for dashboard in known)}",
            )
    return tuple(dashboard for dashboard in known if not names or dashboard.id in names)


def kinds_of(panels: Panels, dashboards: tuple[Dashboard, ...]) -> frozenset[Kind]:
    """What documents their charts are about."""
    return frozenset(chart.index for chart in _charts(panels, dashboards))


def make_report(panels: Panels, dashboards: tuple[Dashboard, ...], source: Source, scope: Scope) -> Report:
    """Counts everything. A chart that stands on several dashboards is counted once.

    Raises PanelsError for a chart that only a browser can show, beside what the source raises.
    """
    coverage = source.coverage(scope)
    unit, periods = _bars(coverage, scope)
    charts = _charts(panels, dashboards)
    for chart in charts:
        _check(chart)
    groups = source.count(charts, scope, unit)
    figures = {
        chart.id: figure(chart, group, panels, unit, periods) for chart, group in zip(charts, groups, strict=True)
    }
    sections = tuple(
        Section(dashboard, tuple(tuple(figures[c.id] for c in row) for row in _chart_rows(panels, dashboard)))
        for dashboard in dashboards
    )
    missing = {host: tuple(missing_days(days, scope.first, scope.end)) for host, days in coverage.days.items()}
    return Report(source.where, scope, coverage, source.notices, missing, unit, panels, sections)


def _bars(coverage: Coverage, scope: Scope) -> tuple[Unit, tuple[str, ...]]:
    """How long a bar over time is, and the names of all bars, those of which nothing is known included."""
    days = frozenset[date]().union(*coverage.days.values())
    if not days:
        return "day", ()
    first = max(_midnight(min(days)), scope.since or _EVER).astimezone(UTC)
    last = min(_midnight(max(days) + _DAY), scope.until or _NEVER).astimezone(UTC) - timedelta(seconds=1)
    unit = unit_for(first, last)
    starts = all_between(start_of(first, unit), start_of(last, unit), unit)
    return unit, tuple(name_of(start, unit) for start in starts)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _check(chart: Chart) -> None:
    if chart.buckets and [type(metric) for metric in chart.metrics] != [Count]:
        raise PanelsError(f"panels: {chart.id}: within buckets a report can count documents, and nothing else")
    if isinstance(chart, Bars) and chart.scale == "share":
        raise PanelsError(f"panels: {chart.id}: a report can draw counts, and no shares")


def _charts(panels: Panels, dashboards: tuple[Dashboard, ...]) -> tuple[Chart, ...]:
    found = (chart for dashboard in dashboards for row in _chart_rows(panels, dashboard) for chart in row)
    return tuple({chart.id: chart for chart in found}.values())


def _chart_rows(panels: Panels, dashboard: Dashboard) -> list[tuple[Chart, ...]]:
    by_id = {panel.id: panel for panel in panels.panels}
    rows = (tuple(by_id[place.panel] for place in row.panels) for row in dashboard.rows)
    charts = (tuple(panel for panel in row if isinstance(panel, Chart)) for row in rows)
    return [row for row in charts if row]
