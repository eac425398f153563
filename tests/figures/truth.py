"""What each chart of a report must say, from the generator's truth and the titles of the charts alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from shipper.figures.figure import Figure
from tests.dashboards.meant import MESSAGES, Message, Path
from tests.generator.model import Traffic

OTHER = "other"
TIMES = {"hour": "%Y-%m-%d %H:00", "day": "%Y-%m-%d", "month": "%Y-%m", "year": "%Y"}


def told(traffic: Traffic) -> list[Message]:
    """Every message."""
    fallen = {key for line in traffic.lines if line.action == "tls-fallback" for key in line.message}
    pairs = zip(traffic.keys, traffic.messages, strict=True)
    return [Message(document, key in fallen) for key, document in pairs]


class Truth:
    """Counts what a scope holds; `unit` is that of bars over time."""

    def __init__(
        self, traffic: Traffic, unit: str, since: str = "", until: str = "9", hosts: tuple[str, ...] = ()
    ) -> None:
        def is_wanted(time: str, host: str) -> bool:
            return since <= time < until and (not hosts or host in hosts)

        self.messages = [m for m in told(traffic) if is_wanted(m.document["@timestamp"], m.document["host"]["name"])]
        moments = [(datetime.fromtimestamp(line.utc, UTC), line) for line in traffic.events]
        self.lines = [(when, line) for when, line in moments if is_wanted(when.isoformat(), line.host)]
        self._form = TIMES[unit]

    def counted(self, chart: str) -> Counter[Path]:
        """Labels -> how many."""
        if chart in _LINES:
            return Counter(_LINES[chart](line.action, line.process, f"{t:{self._form}}") for t, line in self.lines)
        return Counter(path for message in self.messages for path in self._paths(chart, message))

    def _paths(self, chart: str, message: Message) -> Iterator[Path]:
        time = f"{datetime.fromisoformat(message.document['@timestamp']):{self._form}}"
        over_time = chart.endswith(("-over-time", "bound-grades"))
        yield from ((time, *path) if over_time else path for path in MESSAGES[chart](message))

    @property
    def totals(self) -> tuple[int, ...]:
        """Messages, senders, recipients, clients, bytes."""
        senders = {m.told("email.sender.address").lower() for m in self.messages if m.told("email.sender.address")}
        recipients = {address.lower() for m in self.messages for address in m.told("email.to.address", [])}
        clients = {m.client for m in self.messages if m.client}
        received = sum(m.told("sophos.utm.size.received", 0) for m in self.messages)
        return len(self.messages), len(senders), len(recipients), len(clients), received

    def differences(self, figure: Figure) -> list[str]:
        """What a figure says otherwise than it was."""
        if figure.chart.id == "totals":
            found = [row.numbers for row in figure.rows]
            return [] if found == [self.totals] else [f"totals: {found}, in truth {self.totals}"]
        wanted = self.counted(figure.chart.id)
        shown = {row.labels: row.numbers[0] for row in figure.rows}
        for path in [path for path in wanted if (path[0], OTHER) in shown and path not in shown]:
            wanted[path[0], OTHER] += wanted.pop(path)
        wrong = [f"{figure.chart.id}: {p}: {n}, in truth {wanted[p]}" for p, n in shown.items() if wanted[p] != n]
        missed = {path: count for path, count in wanted.items() if path not in shown}
        if missed and not figure.left_out:
            wrong.append(f"{figure.chart.id}: {missed} are not shown")
        if len(figure.chart.buckets) == 1:
            most = max(missed.values(), default=0)
            wrong += [f"{figure.chart.id}: {p}: {n} < {most}" for p, n in shown.items() if figure.left_out and n < most]
            if figure.left_out != sum(missed.values()):
                wrong.append(f"{figure.chart.id}: {figure.left_out} left out, in truth {sum(missed.values())}")
        return wrong


_LINES: dict[str, Callable[[str, str | None, str], Path]] = {
    "lines-understood": lambda action, process, time: ("unrecognised" if action == "unrecognized" else "understood",),
    "lines-by-process": lambda action, process, time: (process or "",),
    "lines-over-time": lambda action, process, time: (time, action),
}
