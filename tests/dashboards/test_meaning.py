"""What a reader sees in each chart is what its title says, on a real node: labels and numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import pytest

from tests.dashboards.conftest import Archive
from tests.dashboards.meant import MESSAGES, Message, Path
from tests.dashboards.requests import MISSING, OTHER, View, opened
from tests.dashboards.results import REST, Row
from tests.dashboards.saved import Aggregation, Chart
from tests.dashboards.test_counts import CHARTS, NOW, counted

pytestmark = pytest.mark.cluster

PREFIX = "utm-shipper-panel-"
BY_ID = {chart.id.removeprefix(PREFIX): chart for _, chart in CHARTS}
VIEW = View(opened(CHARTS[0][0].time, NOW))
SHOWN = 8


def seen(chart: Chart, rows: Iterable[Row]) -> Counter[Path]:
    """Labels of the innermost buckets -> documents, bars over time added up."""
    found: Counter[Path] = Counter()
    for path, values in rows:
        if len(path) == len(chart.buckets) and REST not in path:
            labels = [label(chart, bucket, key) for bucket, key in zip(chart.buckets, path, strict=True)]
            kept = (
                text for bucket, text in zip(chart.buckets, labels, strict=True) if bucket["type"] != "date_histogram"
            )
            found[tuple(kept)] += int(values["documents"])
    return +found


def label(chart: Chart, bucket: Aggregation, key: str) -> str:
    """Values are shown in words (field_formats/converters/static_lookup.ts) or by what stands for them (terms.ts)."""
    params = bucket["params"]
    special = {MISSING: params.get("missingBucketLabel", ""), OTHER: params.get("otherBucketLabel", "")}
    words = chart.pattern.words.get(params.get("field", ""), {})
    return special.get(key) or words.get(key, key)


def cut(chart: Chart, rows: Iterable[Row]) -> set[Path]:
    """Labels of buckets inside which rare values are left out."""
    short = [path[:-1] for path, values in rows if path[-1:] == (REST,) and values["documents"]]
    return {tuple(map(label, [chart] * len(path), chart.buckets, path)) for path in short}


def differing(chart: Chart, wanted: Counter[Path], rows: Sequence[Row]) -> list[str]:
    """Labels with another number than meant, but for those that are too rare to be shown."""
    found, short = seen(chart, rows), cut(chart, rows)
    shown = {path[:length] for path in found for length in range(1, len(path) + 1)}
    return [
        f"{' > '.join(path)}: seen {found[path]}, meant {wanted[path]}"
        for path in sorted(set(wanted) | set(found))
        if found[path] != wanted[path]
        and not any(path[:level] in short and path[: level + 1] not in shown for level in range(len(path)))
    ][:SHOWN]


def messages(archive: Archive) -> list[Message]:
    fallen = {key for line in archive.traffic.lines if line.action == "tls-fallback" for key in line.message}
    told = zip(archive.traffic.keys, archive.traffic.messages, strict=True)
    return [Message(document, key in fallen) for key, document in told]


@pytest.mark.parametrize("panel", MESSAGES)
def test_a_chart_of_messages_shows_what_its_title_says(archive: Archive, panel: str) -> None:
    chart = BY_ID[panel]
    wanted = Counter(path for message in messages(archive) for path in MESSAGES[panel](message))

    assert differing(chart, wanted, counted(archive, chart, VIEW)) == [], chart.title


def test_figures_are_what_their_labels_say(archive: Archive) -> None:
    chart = BY_ID["totals"]
    told = messages(archive)
    ((_, values),) = counted(archive, chart, VIEW)
    labels = {
        metric["params"]["customLabel"]: value for metric, value in zip(chart.metrics, values.values(), strict=True)
    }
    wanted = {
        "Messages": len(told),
        "Senders": len({m.told("email.sender.address").lower() for m in told if m.told("email.sender.address")}),
        "Recipients": len({address.lower() for m in told for address in m.told("email.to.address", [])}),
        "Clients": len({m.client for m in told if m.client}),
        "Received": sum(m.told("sophos.utm.size.received", 0) for m in told),
    }

    assert labels == pytest.approx(wanted, rel=4 / 2**13)
    assert [labels[name] for name in ("Messages", "Received")] == [wanted[name] for name in ("Messages", "Received")]


def test_charts_of_lines_show_what_their_titles_say(archive: Archive) -> None:
    lines = list(archive.traffic.events)
    understood = Counter(("unrecognised" if line.action == "unrecognized" else "understood",) for line in lines)
    found = {panel: seen(BY_ID[panel], counted(archive, BY_ID[panel], VIEW)) for panel in LINES}

    assert found["lines-understood"] == understood
    assert found["lines-by-process"] == Counter((line.process,) for line in lines if line.process)
    assert found["lines-over-time"].total() == len(lines)
    assert found["lines-over-time"][("unrecognized",)] <= understood[("unrecognised",)]


LINES = ("lines-understood", "lines-over-time", "lines-by-process")


def test_every_chart_is_held_to_its_title() -> None:
    assert BY_ID.keys() == MESSAGES.keys() | {"totals", *LINES}
