"""A report on a terminal or in a pipe: tables with bars, no wider than the console."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from rich import box
from rich.console import Console, RenderableType
from rich.table import Table as RichTable
from rich.text import Text

from shipper.dashboards.declaration import Bars, Donut, Numbers, Rows, Table
from shipper.figures.drawn import Grid, Line, Series, grid
from shipper.figures.figure import Figure
from shipper.figures.report import Report
from shipper.figures.wording import facts, missing, notes, number, printable, share

_BAR = 30
_NARROW = 80
_GAP = 3
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
        yield _parts([(", ".join(row.labels), row.numbers[0]) for row in figure.rows], figure, report, width)
    elif isinstance(figure.chart, Bars | Rows):
        found = grid(figure, report.panels.colors)
        if found.is_split and (isinstance(figure.chart, Bars) or not _cells_that_fit(found, width, console.width)):
            yield _parts([(series.label, series.total) for series in found.series], figure, report, width)
            yield Text()
        yield _bars(found, width, console.width)


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
    made = _table(figure.header, [figure.chart.metrics[0].label])
    has_share = isinstance(figure.chart, Table) and bool(figure.chart.share)
    if has_share:
        made.add_column("Share", justify="right", no_wrap=True)
    for row in figure.rows:
        _add(made, row.labels, f"{row.numbers[0]:,}", *([share(row.numbers[0], figure.total)] if has_share else []))
    return made


def _parts(parts: list[tuple[str, int]], figure: Figure, report: Report, width: int) -> RichTable:
    """Parts of a whole, each with its share and a bar."""
    made = _table([figure.header[-1]], [figure.chart.metrics[0].label, "Share"])
    made.add_column("", no_wrap=True)
    whole = sum(value for _, value in parts)
    for label, value in parts:
        bar = _bar([(value, report.panels.colors.get(label, ""))], whole, width)
        _add(made, [label], f"{value:,}", share(value, whole), bar)
    return made


def _bars(found: Grid, width: int, most: int) -> RichTable:
    """A line for each bar; what its colors count stands beside it where `most` characters are enough for that."""
    columns = _cells_that_fit(found, width, most)
    made = _table([found.header], [*(series.label for series in columns), "Total" if found.is_split else found.counted])
    made.add_column("", no_wrap=True)
    colors = [series.color for series in found.series]
    for is_empty, lines in groupby(found.lines, key=lambda line: not line.total):
        if is_empty:
            _add(made, [_stretch(list(lines))], *("0" for _ in columns), "0")
            continue
        for line in lines:
            numbers = [f"{number:,}" for number in line.numbers[: len(columns)]]
            bar = _bar(list(zip(line.numbers, colors, strict=True)), found.most, width)
            _add(made, [line.label], *numbers, f"{line.total:,}", bar)
    return made


def _cells_that_fit(found: Grid, width: int, most: int) -> tuple[Series, ...]:
    """All series, or none."""
    if not found.is_split:
        return ()
    labels = max(len(line.label) for line in found.lines)
    cells = sum(max(len(series.label), len(f"{series.total:,}")) + _GAP for series in found.series)
    return found.series if labels + cells + len(f"{found.most:,}") + 3 * _GAP + width <= most else ()


def _stretch(lines: list[Line]) -> str:
    """Periods in which nothing came, together."""
    return lines[0].label if len(lines) == 1 else f"{lines[0].label} to {lines[-1].label}"


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


def _table(labels: Iterable[str], numbers: Iterable[str]) -> RichTable:
    """Labels, then numbers."""
    made = RichTable(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for label in labels:
        made.add_column(label, overflow="fold")
    for name in numbers:
        made.add_column(name, justify="right", no_wrap=True)
    return made


def _add(made: RichTable, labels: Iterable[str], *values: str | Text) -> None:
    made.add_row(*(Text(label) for label in printable(labels)), *values)
