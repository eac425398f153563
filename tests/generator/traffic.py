"""Plays scenarios one after the other as messages arrive, and puts their lines in the order of the log."""

from __future__ import annotations

import heapq
import time
from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import datetime
from random import Random
from typing import Any

from tests.generator.ciphers import DEFAULT_POLICY
from tests.generator.dialects import DIALECTS
from tests.generator.gateway import Gateway
from tests.generator.model import IGNORED, Line, Traffic
from tests.generator.scenarios import SCENARIOS
from tests.generator.syslog import Clock
from tests.generator.truth import Case


def gateway_of(rng: Random, dialect: str, host: str, zone: str) -> Gateway:
    """A box of that generation, with log selectors of its own."""
    kind = DIALECTS[dialect]
    if kind.modern:
        kind = replace(kind, deliver_time=rng.random() < 0.3, queue_time=rng.random() < 0.3)
    return Gateway(rng, kind, host, Clock(zone))


def pace(local: float) -> float:
    """How busy that moment of the week is, by local time: 1 on average, less at night and on Saturday and Sunday."""
    moment = time.gmtime(local)
    return (0.7 if moment.tm_hour < 7 or moment.tm_hour > 18 else 1.3) * (0.85 if moment.tm_wday > 4 else 1.06)


def stream(
    seed: int,
    *,
    messages: int,
    start: datetime,
    zone: str = "Europe/Berlin",
    host: str = "utm",
    dialect: str = "4.82",
    scenarios: Collection[str] | None = None,
    rate: float = 10.0,
    rhythm: bool = False,
) -> Iterator[Line | Case]:
    """Lines in log order, and each case as soon as its script is known (before its lines). Memory stays bounded.

    `rate` is in messages a minute; with a `rhythm` it is the mean over a week of busy days and quiet nights.
    """
    rng = Random(f"{seed}/{dialect}")
    gateway = gateway_of(rng, dialect, host, zone)
    unknown = set(scenarios or ()) - SCENARIOS.keys()
    if unknown:
        raise ValueError(f"no such scenario: {', '.join(sorted(unknown))}")
    mix = [s for s in SCENARIOS.values() if dialect in s.dialects and (scenarios is None or s.name in scenarios)]
    weights = [s.weight for s in mix]
    waiting: list[tuple[float, int, Line]] = []
    now, order = start.timestamp(), 0
    for number in range(messages):
        now += rng.expovariate(rate / 60 * (pace(now + gateway.clock.offset(int(now))) if rhythm else 1))
        # Each scenario once, then by weight: small logs show everything as well.
        chosen = mix[number] if number < len(mix) and messages >= len(mix) else rng.choices(mix, weights)[0]
        gateway.scenario = chosen.name
        chosen.play(gateway, now)
        lines, cases = gateway.take()
        yield from cases
        for line in lines:
            order += 1
            heapq.heappush(waiting, (line.at, order, line))
        while waiting and waiting[0][0] < now:
            yield heapq.heappop(waiting)[2]
        if number % 2000 == 1999:
            gateway.forget(now - 8000)
    while waiting:
        yield heapq.heappop(waiting)[2]


def generate(seed: int, *, messages: int, start: datetime, policy: str = DEFAULT_POLICY, **settings: Any) -> Traffic:
    """A whole log with its truth, by that TLS policy. The same arguments give the same log."""
    traffic = Traffic()
    for item in stream(seed, messages=messages, start=start, **settings):
        if isinstance(item, Case):
            traffic.keys.append(item.key)
            traffic.messages.append(item.document(policy))
            traffic.scenarios.append(item.scenario)
        else:
            if item.action == IGNORED:
                traffic.ignored.append(len(traffic.lines))
            traffic.lines.append(item)
    return traffic
