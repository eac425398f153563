"""A large log of two gateways over many years, for what counts and draws: many months, every kind of message."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from tests.generator.ciphers import DEFAULT_POLICY
from tests.generator.model import Traffic
from tests.generator.reshape import merge
from tests.generator.traffic import generate

DAY = 24 * 60  # minutes


@dataclass(frozen=True, slots=True)
class Stretch:
    """Months in which a gateway wrote one dialect, between two changes of its clock; `start` is UTC."""

    host: str
    zone: str
    dialect: str
    start: str
    days: int


STRETCHES = (
    Stretch("utm-a", "Europe/Berlin", "asg7", "2013-04-08", 90),
    Stretch("utm-a", "Europe/Berlin", "4.82", "2018-11-05", 110),
    Stretch("utm-b", "America/New_York", "4.82", "2019-04-01", 150),
    Stretch("utm-a", "Europe/Berlin", "4.82", "2019-04-15", 120),
    Stretch("utm-b", "America/New_York", "4.94", "2021-11-22", 90),
    Stretch("utm-a", "Europe/Berlin", "4.94", "2023-04-10", 120),
    Stretch("utm-b", "America/New_York", "4.97", "2024-04-08", 120),
    Stretch("utm-a", "Europe/Berlin", "4.97", "2024-11-11", 90),
)


def archive_traffic(seed: int = 1, *, messages: int = 20_000, policy: str = DEFAULT_POLICY) -> Traffic:
    """At least that many message documents with their log, in time order; their truth by that TLS policy.

    The stretches share them evenly. Write it with `archive.write_months`; count its events from `Traffic.events`.
    """
    share = -(-messages // len(STRETCHES))
    return merge(
        *(
            generate(
                seed + number,
                messages=share,
                start=datetime.fromisoformat(stretch.start).replace(tzinfo=UTC),
                policy=policy,
                zone=stretch.zone,
                host=stretch.host,
                dialect=stretch.dialect,
                rate=share / (stretch.days * DAY),
                rhythm=True,
            )
            for number, stretch in enumerate(STRETCHES)
        )
    )
