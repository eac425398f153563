"""Where the marks of a chart lie: the geometry that templates draw as SVG, and the table of its numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import msgspec

from shipper.figures.figure import Figure

_OTHERS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#882255", "#44aa99", "#b8a000", "#6a6a6a")
"""Of Okabe and Ito's palette and its like, for labels that the declaration gives no color."""

_ROUND = (1, 2, 5, 10)
_TICKS = 4
_MOST_NAMES = 12


class Series(msgspec.Struct, frozen=True):
    """One color of a chart: what it stands for, and its sum."""

    label: str
    color: str
    total: int


class Line(msgspec.Struct, frozen=True):
    """One bar: a number for each series."""

    label: str
    numbers: tuple[int, ...]

    @property
    def total(self) -> int:
        """The whole bar."""
        return sum(self.numbers)


class Grid(msgspec.Struct, frozen=True):
    """A chart as a table: a line for each bar, a column for each series. `counted` names what is counted, `is_split`
    says whether colors tell parts of it."""

    header: str
    counted: str
    is_split: bool
    series: tuple[Series, ...]
    lines: tuple[Line, ...]

    @property
    def most(self) -> int:
        """The longest bar."""
        return max((line.total for line in self.lines), default=0)


class Mark(msgspec.Struct, frozen=True):
    """A rectangle, in units of the drawing; `about` is what it says when it is pointed at."""

    x: float
    y: float
    width: float
    height: float
    color: str
    about: str


class Tick(msgspec.Struct, frozen=True):
    """A name on an axis."""

    at: float
    text: str


class Upright(msgspec.Struct, frozen=True):
    """Upright bars in a drawing of `width` x `height`, whose plot begins at `left` and ends at `bottom`."""

    width: float
    height: float
    left: float
    bottom: float
    marks: tuple[Mark, ...]
    values: tuple[Tick, ...]
    names: tuple[Tick, ...]


class Arc(msgspec.Struct, frozen=True):
    """A part of a ring whose whole way is 100 long, from `start` on."""

    start: float
    length: float
    color: str
    about: str


def grid(figure: Figure, colors: dict[str, str]) -> Grid:
    """The bars of a chart with one or two buckets; series by how much they count, bars in the chart's order."""
    is_split = len(figure.header) > 1
    plain = figure.chart.metrics[0].label
    totals: Counter[str] = Counter()
    cells: dict[str, Counter[str]] = {period: Counter() for period in figure.periods}
    for row in figure.rows:
        label = ", ".join(row.labels[1:]) if is_split else plain
        totals[label] += row.numbers[0]
        cells.setdefault(row.labels[0], Counter())[label] += row.numbers[0]
    names = sorted(totals, key=lambda label: -totals[label])
    shown = colored(names, colors)
    series = tuple(Series(label, color, totals[label]) for label, color in shown)
    lines = tuple(Line(label, tuple(inner[name] for name in names)) for label, inner in cells.items())
    return Grid(figure.header[0], plain, is_split, series, lines)


def colored(labels: list[str], colors: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Each label with its color: the declared one, or one that is still free."""
    free = [color for color in _OTHERS if color not in {colors.get(label) for label in labels}] or list(_OTHERS)
    number = 0
    for label in labels:
        if label in colors:
            yield label, colors[label]
        else:
            yield label, free[number % len(free)]
            number += 1


def upright(found: Grid, width: float = 960, height: float = 250) -> Upright:
    """Bars over time."""
    top, bottom = 10.0, height - 24
    step, most = _scale(found.most)
    left = 16.0 + 7 * len(f"{most:,}")
    slot = (width - left) / max(len(found.lines), 1)
    high = (bottom - top) / most
    marks = tuple(
        Mark(left + at * slot + slot * 0.1, bottom - above * high, min(slot * 0.8, 60), number * high, color, about)
        for at, line in enumerate(found.lines)
        for above, number, color, about in _stacked(found, line)
    )
    every = -(-len(found.lines) // _MOST_NAMES)
    names = tuple(
        Tick(left + at * slot + slot * 0.1 + min(slot * 0.8, 60) / 2, line.label)
        for at, line in enumerate(found.lines)
        if at % max(every, 1) == 0
    )
    values = tuple(Tick(bottom - value * high, f"{value:,}") for value in range(0, most + 1, step))
    return Upright(width, height, left, bottom, marks, values, names)


def lying(found: Grid, line: Line, width: float = 100, height: float = 10) -> tuple[Mark, ...]:
    """One bar of a chart of rows."""
    wide = width / max(found.most, 1)
    return tuple(
        Mark((above - number) * wide, 0, number * wide, height, color, about)
        for above, number, color, about in _stacked(found, line)
    )


def ring(labels: list[tuple[str, int]], colors: dict[str, str]) -> tuple[Arc, ...]:
    """The parts of a donut."""
    whole = sum(number for _, number in labels)
    shown = dict(colored([label for label, _ in labels], colors))
    arcs: list[Arc] = []
    start = 0.0
    for label, number in labels if whole else ():
        length = 100 * number / whole
        arcs.append(Arc(start, length, shown[label], f"{label}: {number:,}"))
        start += length
    return tuple(arcs)


def _stacked(found: Grid, line: Line) -> Iterator[tuple[int, int, str, str]]:
    """Each part of a bar: where it ends, how much it is."""
    end = 0
    for series, number in zip(found.series, line.numbers, strict=True):
        if number:
            end += number
            yield end, number, series.color, f"{line.label}, {series.label}: {number:,}"


def _scale(most: int) -> tuple[int, int]:
    """The distance of lines across, and the end of the axis: round numbers, none below the longest bar."""
    step = 1
    while step * _TICKS < most:
        digits = 10 ** (len(str(step)) - 1)
        step = next(digits * figure for figure in _ROUND if digits * figure > step)
    return step, max(-(-most // step), 1) * step
