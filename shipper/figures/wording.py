"""Numbers, shares and periods in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from shipper.dashboards.declaration import Bytes, Count, Metric, Rows
from shipper.figures.figure import Figure
from shipper.figures.report import Report
from shipper.missing_days import count_days, describe_stretch

_BYTES = ("kB", "MB", "GB", "TB", "PB")
_STEP = 1000

NO_HOST = "(not logged)"


def number(value: int, metric: Metric, report: Report) -> str:
    """`12,345`, or `1.2 GB` where the field counts bytes."""
    field = None if isinstance(metric, Count) else metric.field
    is_bytes = not isinstance(metric, Count) and isinstance(report.panels.formats.get(field or ""), Bytes)
    return in_bytes(value) if is_bytes and metric.__struct_config__.tag == "sum" else f"{value:,}"


def in_bytes(value: int) -> str:
    """`999 B`, `1.2 GB`."""
    if value < _STEP:
        return f"{value} B"
    size, units = value / _STEP, list(_BYTES)
    while size >= _STEP and len(units) > 1:
        size /= _STEP
        del units[0]
    return f"{size:,.1f} {units[0]}"


def share(part: int, whole: int) -> str:
    """`12.3 %`."""
    return f"{100 * part / whole:.1f} %" if whole else "–"


def facts(report: Report) -> Iterator[tuple[str, str]]:
    """What a report is about: where from, which period, how much, what is missing."""
    coverage = report.coverage
    yield "Counted from", report.where
    bounds = (("since", report.scope.since), ("before", report.scope.until))
    asked = ", ".join(f"{word} {bound:%Y-%m-%d %H:%M:%S}" for word, bound in bounds if bound)
    yield "Asked for", asked or "everything"
    yield "Gateways", ", ".join(host or NO_HOST for host in coverage.days) or "none"
    if coverage.first and coverage.last:
        yield "First message", _moment(coverage.first)
        yield "Last message", _moment(coverage.last)
    yield "Messages", f"{coverage.messages:,}"
    for notice in report.notices:
        yield "Not counted", notice.removeprefix("warning: ")
    yield "Days without a log line", f"{sum(days for _, days, _ in missing(report)):,}" if coverage.days else "all"


def notes(figure: Figure) -> Iterator[str]:
    """What a reader has to know of a figure's numbers."""
    if figure.left_out and "(top " not in figure.chart.title:
        yield f"Less frequent values are left out; they count {figure.left_out:,} together."
    elif figure.left_out and len(figure.header) > 1 and isinstance(figure.chart, Rows):
        yield "Sums of the parts are those of the values shown."
    if figure.error:
        yield f"Approximate: numbers may be too small, by {figure.error:,} in all."


def _moment(time: str) -> str:
    return time[:19].replace("T", " ")


def missing(report: Report) -> Iterator[tuple[str, int, str]]:
    """Each gateway that lacks days, how many, and which: `2019-06-11, 2019-06-15 to 2019-06-17`."""
    for host, stretches in report.missing.items():
        if stretches:
            yield host or NO_HOST, count_days(stretches), ", ".join(map(describe_stretch, stretches))


def printable(labels: Iterable[str]) -> tuple[str, ...]:
    """Labels for people: what a log quotes may hold line ends and terminal codes."""
    return tuple("".join(map(_printable, text)) for text in labels)


def _printable(character: str) -> str:
    return character if character.isprintable() else character.encode("unicode_escape").decode()
