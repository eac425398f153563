"""Very long logs, quickly: one simulated block is repeated with its times and queue ids moved on."""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Iterator
from datetime import datetime
from itertools import count
from random import Random
from typing import NamedTuple

from tests.generator.ids import base62, decode
from tests.generator.model import Line, Traffic
from tests.generator.scenarios import SCENARIOS
from tests.generator.syslog import Clock
from tests.generator.traffic import generate

# What ends within minutes, so that a block has a clear end.
QUICK_TOPICS = ("ordinary", "sessions", "refusals", "abandoned", "verdicts", "hostile")
SLOW = {"pid_used_again", "greylisted_then_accepted"}
STAMP = 19
PAUSE = 3600
BLOCK_SECONDS = 1000
"""How long a block lasts where mail waits: longer than sessions do, as the next block has the same processes."""
RETRIES = (1, 2, 4, 8, 16, 32)
"""Blocks after which mail that waits is tried again, in vain."""
QUEUE_ID = re.compile(rb"\b([0-9A-Za-z]{6}-(?:[0-9A-Za-z]{6}-[0-9A-Za-z]{2}|[0-9A-Za-z]{11}-[0-9A-Za-z]{4}))\b")
DELIVERY = re.compile(rb"(.*exim-out\[\d+\]: .{19} \S+ )=> (.*?) P=.* R=(\S+) T=(\S+)", re.DOTALL)
DEFERRAL = rb"\1== \2 R=\3 T=\4 defer (-53): retry time not reached for any host"


class Template(NamedTuple):
    """A line of a block: when (seconds since the block's beginning), of the messages of how many blocks before, and its
    text between the times and around the numbers of its queue ids."""

    outer: int
    inner: int | None
    lag: int
    head: bytes
    pieces: list[bytes | int]


class Stress:
    """`lines(n)` gives n lines of text; `statuses` counts the messages of each whole block by status.

    With `open_messages`, about so many wait for their delivery at any time, once as many have come: all that is
    delivered at once otherwise is delivered blocks later, and deferred now and then until it is.
    """

    def __init__(
        self, seed: int, start: datetime, *, messages: int = 10_000, dialect: str = "4.82", zone: str = "Europe/Berlin",
        open_messages: int = 0,
    ) -> None:  # fmt: skip
        names = {s.name for s in SCENARIOS.values() if s.play.__module__.rpartition(".")[2] in QUICK_TOPICS}
        rate = messages * 60 / BLOCK_SECONDS if open_messages else 600
        self.block: Traffic = generate(
            seed, messages=messages, start=start, dialect=dialect, zone=zone, scenarios=names - SLOW, rate=rate
        )
        self.statuses = Counter(document["sophos"]["utm"]["status"] for document in self.block.messages)
        self.begun = self.block.lines[0].utc
        self.span = BLOCK_SECONDS if open_messages else self.block.lines[-1].utc - self.begun + PAUSE
        self.clock = Clock(zone)
        self.ids = sorted({q for m in self.block.messages for q in m["sophos"]["utm"].get("queue_ids", ())})
        self.waits = self._waits(Random(seed), open_messages)
        self.templates = self._templates()

    @property
    def open_messages(self) -> int:
        """How many messages wait for their delivery at any time."""
        return sum(self.waits.values())

    def _waits(self, rng: Random, open_messages: int) -> dict[int, int]:
        """Message -> how many blocks later it is delivered; only of those whose delivery makes no new id."""
        actions: dict[int, set[str]] = {}
        for line in self.block.lines:
            if line.stage == "exim-out":
                for key in line.message:
                    actions.setdefault(key, set()).add(line.action)
        simple = [key for key, found in actions.items() if found == {"delivered", "completed"}] if open_messages else []
        mean = open_messages / max(len(simple), 1)
        return {key: max(1, round(rng.uniform(0.7, 1.3) * mean)) for key in simple}

    def _templates(self) -> list[Template]:
        numbers = {queue_id.encode(): number for number, queue_id in enumerate(self.ids)}
        made = []
        for line in self.block.lines:
            wait = self.waits.get(line.message[0], 0) if line.stage == "exim-out" and line.message else 0
            made.append(self._template(line, line.text, wait, numbers))
            if wait and line.action == "delivered" and (delivery := DELIVERY.match(line.text)):
                deferred = delivery.expand(DEFERRAL)
                made += [self._template(line, deferred, lag, numbers) for lag in RETRIES if lag < wait]
        return sorted(made, key=lambda template: template.outer)

    def _template(self, line: Line, text: bytes, lag: int, numbers: dict[bytes, int]) -> Template:
        later, outer = divmod(line.utc - self.begun, self.span)
        text, head, inner = text[STAMP:], b"", None
        for early in (0, 1):
            shown = self.clock.stamps(line.utc - early)[1].encode()
            if line.process.startswith("exim") and shown in text:
                head, _, text = text.partition(shown)
                inner = outer - early
                break
        pieces: list[bytes | int] = [numbers.get(piece, piece) for piece in QUEUE_ID.split(text)]
        return Template(outer, inner, later + lag, head, pieces)

    def lines(self, limit: int) -> Iterator[bytes]:
        """Block after block; the last one may be cut."""
        left = limit
        seconds = {second for template in self.templates for second in template[:2] if second is not None}
        ids = deque[list[bytes]](maxlen=1 + max(template.lag for template in self.templates))
        for copy in count():
            begun = self.begun + copy * self.span
            ids.appendleft(self._ids_moved(copy * self.span))
            stamps = {
                second: tuple(stamp.encode() for stamp in self.clock.stamps(begun + second)) for second in seconds
            }
            for outer, inner, lag, head, pieces in self.templates:
                if lag > copy:
                    continue
                if not left:
                    return
                left -= 1
                own = ids[lag]
                middle = b"" if inner is None else stamps[inner][1]
                body = b"".join([own[piece] if isinstance(piece, int) else piece for piece in pieces])
                yield b"%s%s%s%s" % (stamps[outer][0], head, middle, body)

    def _ids_moved(self, shift: int) -> list[bytes]:
        return [f"{base62(decode(q)[0] + shift, 6)}{q[6:]}".encode() for q in self.ids]
