"""Where marks lie, and the words of numbers."""

from __future__ import annotations

import msgspec
import pytest

from shipper.dashboards.declaration import Bars, Chart, Count, OverTime, Rows, Terms
from shipper.figures.drawn import grid, lying, ring, upright
from shipper.figures.figure import Figure, Row
from shipper.figures.wording import in_bytes, notes, share

CHART = Bars(
    id="status",
    title="Status",
    question="What?",
    index="messages",
    metrics=(Count(label="Messages"),),
    buckets=(OverTime(), Terms(field="sophos.utm.status", label="Status", size=10)),
)
TOP = Rows(
    id="top",
    title="Status (top 10)",
    question="What?",
    index="messages",
    metrics=CHART.metrics,
    buckets=(CHART.buckets[1], CHART.buckets[1]),
)
FIGURE = Figure(
    CHART,
    ("Day", "Status"),
    (Row(("1", "a"), (3,)), Row(("1", "b"), (60,)), Row(("3", "b"), (17,)), Row(("3", "c"), (1,))),
    periods=("1", "2", "3"),
)


def test_a_chart_as_a_table() -> None:
    found = grid(FIGURE, {"a": "#000001", "c": "#0072b2"})

    assert [(series.label, series.color, series.total) for series in found.series] == [
        ("b", "#e69f00", 77),
        ("a", "#000001", 3),
        ("c", "#0072b2", 1),
    ]
    assert [(line.label, line.numbers) for line in found.lines] == [
        ("1", (60, 3, 0)),
        ("2", (0, 0, 0)),
        ("3", (17, 0, 1)),
    ]


def test_bars_stand_on_each_other_and_on_the_ground() -> None:
    drawing = upright(grid(FIGURE, {}), width=330, height=134)
    high = (drawing.bottom - 10) / 80

    assert [tick.text for tick in drawing.values] == ["0", "20", "40", "60", "80"]
    assert [tick.at for tick in drawing.values] == pytest.approx(
        [drawing.bottom - n * high for n in (0, 20, 40, 60, 80)]
    )
    assert [(mark.about, mark.y + mark.height, mark.height) for mark in drawing.marks] == [
        ("1, b: 60", pytest.approx(drawing.bottom), pytest.approx(60 * high)),
        ("1, a: 3", pytest.approx(drawing.bottom - 60 * high), pytest.approx(3 * high)),
        ("3, b: 17", pytest.approx(drawing.bottom), pytest.approx(17 * high)),
        ("3, c: 1", pytest.approx(drawing.bottom - 17 * high), pytest.approx(high)),
    ]
    assert [mark.x for mark in drawing.marks[:2]] == [drawing.marks[0].x] * 2
    assert [tick.text for tick in drawing.names] == ["1", "2", "3"]


def test_rows_and_rings() -> None:
    found = grid(FIGURE, {})
    marks = lying(found, found.lines[0])
    arcs = ring([("x", 1), ("none", 0), ("y", 3)], {"y": "#000002"})

    assert [(mark.x, mark.width) for mark in marks] == [
        (0, pytest.approx(100 * 60 / 63)),
        (pytest.approx(100 * 60 / 63), pytest.approx(100 * 3 / 63)),
    ]
    assert [(arc.start, arc.length, arc.about) for arc in arcs] == [
        (0, 25, "x: 1"),
        (25, 0, "none: 0"),
        (25, 75, "y: 3"),
    ]
    assert arcs[2].color == "#000002"
    assert ring([("x", 0)], {}) == ()


def test_words_of_numbers() -> None:
    sizes = [999, 1000, 1_234_567, 999_999_999, 12_345_678_901_234, 1_234_567_890_123_456_789]

    assert [in_bytes(size) for size in sizes] == ["999 B", "1.0 kB", "1.2 MB", "1,000.0 MB", "12.3 TB", "1,234.6 PB"]
    assert [share(1, 3), share(0, 5), share(0, 0)] == ["33.3 %", "0.0 %", "–"]


@pytest.mark.parametrize(
    ("chart", "left_out", "error", "words"),
    [
        (CHART, 0, 0, []),
        (CHART, 1200, 0, ["Less frequent values are left out; they count 1,200 together."]),
        (CHART, 0, 1200, ["Approximate: numbers may be too small, by 1,200 in all."]),
        (TOP, 1200, 0, ["Sums of the parts are those of the values shown."]),
        (TOP, 0, 0, []),
    ],
)
def test_what_a_reader_has_to_know(chart: Chart, left_out: int, error: int, words: list[str]) -> None:
    figure = msgspec.structs.replace(FIGURE, chart=chart, left_out=left_out, error=error)

    assert list(notes(figure)) == words
