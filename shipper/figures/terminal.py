"""A report on a terminal or in a pipe: tables with bars, no wider than the console."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich import box
from rich.console import Console, RenderableType
from rich.table import Table as RichTable
from rich.text import Text

from shipper.dashboards.declaration import Bars, Donut, Numbers, Rows, Table
from shipper.figures.drawn import Grid, grid
from shipper.figures.figure import Figure
from shipper.figures.report import Report
from shipper.figures.wording import facts, missing, notes, number, printable, share

_BAR = 30
_NARROW = 100
_FULL, _PARTS = "█", " ▏▎▍▌▋▊▉"


def print_report(report: Report, console: Console) -> None:
    """Dashboard by dashboard, chart by chart; no line ends in blanks."""
    with console.capture() as captured:
        _print(report, console)
    for line in captured.get().splitlines():
        console.file.write(f"{line.rstrip()}\n")


def _print(report: Report, console: Console) -> None:
    about = _plain_table()
    for name, value in facts(report):
        about.add_row(Text(name, "dim"), Text(*printable([value])))
    for host, _, days in missing(report):
        about.add_row(Text("", "dim"), Text(*printable([f"{host}: {days}" if len(report.missing) > 1 else days])))
    console.print(about)
    for section in report.sections:
        console.print()
        console.rule(Text(section.dashboard.title, "bold"), align="left")
        console.print(Text(section.dashboard.about, "dim"))
        for figure in section.figures:
            console.print()
            console.print(Text(figure.chart.title, "bold"))
            for part in _drawn(figure, report, console):
                console.print(part)
            for note in notes(figure):
                console.print(Text(note, "italic"))


def _drawn(figure: Figure, report: Report, console: Console) -> Iterator[RenderableType]:
    width = _BAR if console.width >= _NARROW else _BAR // 2
    if isinstance(figure.chart, Numbers):
        yield _numbers(figure, report)
    elif not figure.rows:
        yield Text("nothing to count", "dim")
    elif isinstance(figure.chart, Table):
        yield _listed(figure)
    elif isinstance(figure.chart, Donut):
        yield _parts([(row.labels[0], row.numbers[0]) for row in figure.rows], figure, report, width)
    elif isinstance(figure.chart, Bars | Rows):
        found = grid(figure, report.panels.colors)
        if isinstance(figure.chart, Bars):
            yield _parts([(series.label, series.total) for series in found.series], figure, report, width)
            yield Text()
        yield _bars(found, width)


def _numbers(figure: Figure, report: Report) -> RichTable:
    made = _plain_table()
    if figure.chart.buckets:
        for row in figure.rows:
            _add(made, row.labels, f"{row.numbers[0]:,}")
        return made
    for metric, value in zip(figure.chart.metrics, figure.rows[0].numbers, strict=True):
        _add(made, [metric.label], number(value, metric, report))
    return made


def _listed(figure: Figure) -> RichTable:
    made = _table([*figure.header, figure.chart.metrics[0].label])
    has_share = isinstance(figure.chart, Table) and bool(figure.chart.share)
    if has_share:
        made.add_column("Share", justify="right", no_wrap=True)
    for row in figure.rows:
        _add(made, row.labels, f"{row.numbers[0]:,}", *([share(row.numbers[0], figure.total)] if has_share else []))
    return made


def _parts(parts: list[tuple[str, int]], figure: Figure, report: Report, width: int) -> RichTable:
    """Parts of a whole, each with its share and a bar."""
    made = _table([figure.header[-1], figure.chart.metrics[0].label])
    made.add_column("Share", justify="right", no_wrap=True)
    made.add_column("", no_wrap=True)
    whole = sum(value for _, value in parts)
    for label, value in parts:
        bar = _bar([(value, report.panels.colors.get(label, ""))], whole, width)
        _add(made, [label], f"{value:,}", share(value, whole), bar)
    return made


def _bars(found: Grid, width: int) -> RichTable:
    made = _table([found.header, "Total" if len(found.series) > 1 else found.series[0].label])
    made.add_column("", no_wrap=True)
    for line in found.lines:
        colors = [series.color for series in found.series]
        bar = _bar(list(zip(line.numbers, colors, strict=True)), found.most, width)
        _add(made, [line.label], f"{line.total:,}", bar)
    return made


def _bar(parts: list[tuple[int, str]], most: int, width: int) -> Text:
    """Colors one after the other, `most` as long as `width`; in eighths of a character where it is one color."""
    used = [(value, color) for value, color in parts if value]
    bar = Text()
    if len(used) == 1:
        eighths = round(8 * width * used[0][0] / max(most, 1))
        bar.append(_FULL * (eighths // 8) + _PARTS[eighths % 8].strip(), used[0][1])
        return bar
    end = 0
    for value, color in used:
        start, end = end, end + value
        bar.append(_FULL * (round(width * end / most) - round(width * start / most)), color)
    return bar


def _plain_table() -> RichTable:
    made = RichTable(box=None, show_header=False, show_edge=False, pad_edge=False)
    made.add_column("", no_wrap=True)
    made.add_column("", overflow="fold")
    return made


def _table(header: Iterable[str]) -> RichTable:
    """The last column is one of numbers."""
    made = RichTable(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    *labels, counted = header
    for label in labels:
        made.add_column(label, overflow="fold")
    made.add_column(counted, justify="right", no_wrap=True)
    return made


def _add(made: RichTable, labels: Iterable[str], *values: str | Text) -> None:
    made.add_row(*(Text(label) for label in printable(labels)), *values)
