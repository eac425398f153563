"""The figures as the rows of a Markdown table: what, figure, ratio."""

from __future__ import annotations

from typing import Any

Row = tuple[str, str, str]


def rows(found: dict[str, Any]) -> list[Row]:
    """Of everything that was measured, in the order of the options."""
    made = [
        (each["what"], f"{each['lines_per_second']:,.0f} lines/s", f"{each['ratio']:.2f}")
        for each in found.get("speed", ())
    ]
    for name, of in (
        ("memory", _memory), ("ship", _ship), ("workers", _workers), ("eximstats", _eximstats), ("follow", _follow),
        ("profile", _profile),
    ):  # fmt: skip
        if name in found:
            made += of(found[name])
    for run in found.get("open", ()):
        made += _open(run)
    for run in found.get("export", ()):
        made += _export(run)
    for run in found.get("trace", ()):
        what = f"trace of {run['told']} of {run['messages']:,} messages from {run['way']}"
        made += [(f"{what}: peak memory", _megabytes(run["peak"]), ""), (what, f"{run['processor_seconds']:.1f} s", "")]
    return made


def _memory(peak: dict[str, Any]) -> list[Row]:
    return [
        (f"peak memory, {peak['lines']:,} lines", _megabytes(peak["once"]), "1.00"),
        (f"peak memory, {10 * peak['lines']:,} lines", _megabytes(peak["ten_times"]), f"{peak['ratio']:.2f}"),
    ]


def _ship(found: dict[str, Any]) -> list[Row]:
    bare, ship, disk = found["bare"], found["ship"], found["disk"]
    return [
        ("prepared bodies to an embedded node", f"{bare['documents_per_second']:,.0f} documents/s", "1.00"),
        ("ship to an embedded node", f"{ship['documents_per_second']:,.0f} documents/s", f"{found['ratio']:.2f}"),
        ("ship: the node's processor time", f"{ship['node_seconds']:.1f} s", "1.00"),
        ("ship: its own processor time", f"{ship['processor_seconds']:.1f} s", f"{found['processor_ratio']:.2f}"),
        ("the log on the disk", _megabytes(disk["raw"]), "1.00"),
        ("events and messages, merged", _megabytes(disk["events"] + disk["messages"]), f"{disk['ratio']:.2f}"),
        ("... of which the events", _megabytes(disk["events"]), f"{disk['events'] / disk['raw']:.2f}"),
    ]


def _workers(found: dict[str, Any]) -> list[Row]:
    what = f"ship, {found['lines']:,} lines of {found['days']} days"
    used = found["two_processor"] / found["one_processor"]
    return [
        (f"{what}, one process", f"{found['one']:.1f} s", "1.00"),
        (f"{what}, two workers", f"{found['two']:.1f} s", f"{found['ratio']:.2f}"),
        ("... processor time of both, of that of one", f"{found['two_processor']:.1f} s", f"{used:.2f}"),
        (f"... the same {found['documents']:,} documents to the byte", "yes" if found["same"] else "NO", ""),
    ]


def _eximstats(found: dict[str, Any]) -> list[Row]:
    return [
        (f"eximstats, {found['main_lines']:,} lines of Exim", f"{found['eximstats_seconds']:.1f} s", "1.00"),
        (f"{found['command']}, all {found['lines']:,} lines", f"{found['our_seconds']:.1f} s", f"{found['ratio']:.2f}"),
    ]


def _follow(found: dict[str, Any]) -> list[Row]:
    return [
        (f"line written to found, --follow, median of {len(found['seconds'])}", f"{found['median']:.2f} s", ""),
        ("line written to found, --follow, worst", f"{found['worst']:.2f} s", ""),
    ]


def _profile(found: dict[str, Any]) -> list[Row]:
    steps = [(f"parse --emit all: {each['where']}", f"{each['share']:.1%}", "") for each in found["steps"]]
    return steps + [(each["where"], f"{each['share']:.1%}", "") for each in found["lines"]]


def _open(run: dict[str, Any]) -> list[Row]:
    return [
        (f"{run['way']}: messages open at the end", f"{run['open_messages']:,}", ""),
        (f"{run['way']}: peak memory", _megabytes(run["peak"]), ""),
        (f"{run['way']}: state folder at its largest", _megabytes(run["state"]), ""),
        (f"{run['way']}: speed", f"{run['lines_per_second']:,.0f} lines/s", ""),
        (f"{run['way']}: its own processor time", f"{run['processor_seconds']:,.0f} s", ""),
    ]


def _export(run: dict[str, Any]) -> list[Row]:
    what = f"export of {run['messages']:,} messages from {run['way']}"
    return [
        (f"{what}: peak memory", _megabytes(run["peak"]), ""),
        (f"{what}: its own processor time", f"{run['processor_seconds']:,.0f} s", ""),
    ]


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.0f} MB"
