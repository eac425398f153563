"""Very long logs, quickly: one simulated block is repeated with its times and queue ids moved on."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from itertools import count

from tests.generator.ids import base62, decode
from tests.generator.model import Traffic
from tests.generator.scenarios import SCENARIOS
from tests.generator.syslog import Clock
from tests.generator.traffic import generate

# What ends within minutes, so that a block has a clear end.
QUICK_TOPICS = ("ordinary", "sessions", "refusals", "abandoned", "verdicts", "hostile")
SLOW = {"pid_used_again", "greylisted_then_accepted"}
STAMP = 19


class Stress:
    """`lines(n)` gives n lines of text; `statuses` counts the messages of each whole block by status."""

    def __init__(
        self, seed: int, start: datetime, *, messages: int = 10_000, dialect: str = "4.82", zone: str = "Europe/Berlin"
    ) -> None:
        names = {s.name for s in SCENARIOS.values() if s.play.__module__.rpartition(".")[2] in QUICK_TOPICS}
        self.block: Traffic = generate(
            seed, messages=messages, start=start, dialect=dialect, zone=zone, scenarios=names - SLOW, rate=600
        )
        self.statuses = Counter(document["sophos"]["utm"]["status"] for document in self.block.messages)
        self.span = self.block.lines[-1].utc - self.block.lines[0].utc + 3600
        self.clock = Clock(zone)
        self.ids = sorted({q for m in self.block.messages for q in m["sophos"]["utm"].get("queue_ids", ())})
        self.templates = self._templates()

    def _templates(self) -> list[tuple[int, int | None, list[bytes | int]]]:
        """Each line as: outer second, inner second, and its text around the numbers of its queue ids."""
        numbers = {queue_id.encode(): number for number, queue_id in enumerate(self.ids)}
        pattern = re.compile(rb"\b([0-9A-Za-z]{6}-(?:[0-9A-Za-z]{6}-[0-9A-Za-z]{2}|[0-9A-Za-z]{11}-[0-9A-Za-z]{4}))\b")
        made = []
        for line in self.block.lines:
            text, inner = line.text[STAMP:], None
            for second in (line.utc, line.utc - 1):
                shown = self.clock.stamps(second)[1].encode()
                if line.process.startswith("exim") and shown in text:
                    head, _, text = text.partition(shown)
                    inner = second
                    break
            else:
                head = b""
            pieces: list[bytes | int] = [numbers.get(piece, piece) for piece in pattern.split(text)]
            made.append((line.utc, inner, [head, *pieces]))
        return made

    def lines(self, limit: int) -> Iterator[bytes]:
        """Block after block; the last one may be cut."""
        left = limit
        for copy in count():
            shift = copy * self.span
            ids = [f"{base62(decode(q)[0] + shift, 6)}{q[6:]}".encode() for q in self.ids]
            stamps = {
                second: tuple(stamp.encode() for stamp in self.clock.stamps(second + shift))
                for second in {template[0] for template in self.templates}
                | {template[1] for template in self.templates if template[1] is not None}
            }
            for outer, inner, (head, *pieces) in self.templates:
                if not left:
                    return
                left -= 1
                middle = b"" if inner is None else stamps[inner][1]
                body = b"".join([ids[piece] if isinstance(piece, int) else piece for piece in pieces])
                yield b"%s%s%s%s" % (stamps[outer][0], head, middle, body)
