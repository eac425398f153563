"""A report as one page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from shipper.dashboards.declaration import Bars, Donut, Numbers, Rows, Table
from shipper.figures.drawn import Grid, colored, grid, lying, ring, upright
from shipper.figures.figure import Figure
from shipper.figures.report import Report
from shipper.figures.wording import facts, missing, notes, number, printable, share
from shipper.pages import page

_MANY = 12


def html_of(report: Report, version: str) -> str:
    """The page; `version` is of this program."""
    sections = [
        {
            "id": section.dashboard.id,
            "title": section.dashboard.title,
            "about": section.dashboard.about,
            "rows": [[_card(figure, report, section.dashboard.id) for figure in row] for row in section.rows],
        }
        for section in report.sections
    ]
    told = [(name, printable([value])[0]) for name, value in facts(report)]
    return page(
        "report.html", version=version, title=_title(report), facts=told, gaps=list(missing(report)), sections=sections
    )


def _title(report: Report) -> str:
    first, last = report.coverage.first, report.coverage.last
    return f"Mail from {first[:10]} to {last[:10]}" if first and last else "Mail"


def _card(figure: Figure, report: Report, section: str) -> dict[str, Any]:
    """What the template needs of a figure: `kind` says which of the other values are there."""
    chart = figure.chart
    shown = msgspec.structs.replace(
        figure, rows=tuple(msgspec.structs.replace(row, labels=printable(row.labels)) for row in figure.rows)
    )
    return {
        "id": f"{section}-{chart.id}",
        "title": chart.title,
        "question": chart.question,
        "notes": list(notes(figure)),
        "counted": chart.metrics[0].label,
        **_drawn(shown, report),
    }


def _drawn(figure: Figure, report: Report) -> dict[str, Any]:
    chart, colors = figure.chart, report.panels.colors
    if isinstance(chart, Numbers):
        return {"kind": "numbers", "pairs": _figures(figure, report)}
    if not figure.rows:
        return {"kind": "nothing"}
    if isinstance(chart, Donut):
        return {"kind": "donut", **_donut(figure, colors)}
    if isinstance(chart, Bars):
        found = grid(figure, colors)
        return {"kind": "bars", "drawing": upright(found), **_legend(found)}
    if isinstance(chart, Rows):
        found = grid(figure, colors)
        lines = [(line.label, line.total, lying(found, line)) for line in found.lines]
        return {"kind": "rows", "lines": lines, "most": found.most, **_legend(found)}
    assert isinstance(chart, Table)
    return {"kind": "table", **_table(figure, has_share=bool(chart.share))}


def _figures(figure: Figure, report: Report) -> list[tuple[str, str]]:
    if figure.chart.buckets:
        return [(row.labels[0], f"{row.numbers[0]:,}") for row in figure.rows]
    pairs = zip(figure.chart.metrics, figure.rows[0].numbers, strict=True)
    return [(metric.label, number(value, metric, report)) for metric, value in pairs]


def _donut(figure: Figure, colors: Mapping[str, str]) -> dict[str, Any]:
    parts = [(", ".join(row.labels), row.numbers[0]) for row in figure.rows]
    shown = dict(colored([label for label, _ in parts], dict(colors)))
    whole = sum(value for _, value in parts)
    rows = [(shown[label], label, value, share(value, whole)) for label, value in parts]
    return {"header": figure.header[0], "arcs": ring(parts, dict(colors)), "rows": rows, "whole": whole}


def _legend(found: Grid) -> dict[str, Any]:
    header = [found.header, *(series.label for series in found.series)]
    lines = [line for line in found.lines if line.total]
    rows = [[line.label, *line.numbers] for line in lines]
    if len(found.series) > 1:
        header.append("Total")
        rows = [[*row, line.total] for row, line in zip(rows, lines, strict=True)]
    return {"series": found.series, "header": header, "cells": rows, "left_out": len(found.lines) - len(lines)}


def _table(figure: Figure, *, has_share: bool) -> dict[str, Any]:
    header = [*figure.header, figure.chart.metrics[0].label, *(["Share"] if has_share else [])]
    rows = [
        [*row.labels, row.numbers[0], *([share(row.numbers[0], figure.total)] if has_share else [])]
        for row in figure.rows
    ]
    numeric = tuple(range(len(figure.header), len(header)))
    return {"header": header, "cells": rows, "numeric": numeric, "is_long": len(rows) > _MANY}
