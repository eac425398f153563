"""Settings -> what the steps are given: no step reads settings itself."""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo

import msgspec

from shipper.correlate.limits import Limits
from shipper.documents.message import Policy
from shipper.documents.shape import Indices
from shipper.formats.declarations import load
from shipper.parse.lines import LineParser
from shipper.pipeline.timing import Reading
from shipper.settings import Settings
from shipper.tls.policies import choose_policy


class Preparation(msgspec.Struct, frozen=True):
    """The values that one run works with. `expire_after` is in seconds of log time."""

    reading: Reading
    parser: LineParser
    limits: Limits
    policy: Policy
    indices: Indices
    expire_after: int


def prepare(settings: Settings) -> Preparation:
    """Loads the declarations and turns settings into values. Raises FormatError and PolicyError."""
    return Preparation(
        Reading(
            settings.host or "",
            ZoneInfo(settings.zone) if settings.zone else None,
            [re.compile(pattern) for pattern in settings.ignore],
        ),
        LineParser(load(settings.formats)),
        Limits(settle_after=int(settings.messages.settle_after)),
        Policy(
            settings.dkim.details_logged == "always",
            frozenset(settings.local_domains),
            choose_policy(settings.tls.policy, settings.tls.policies),
        ),
        Indices(settings.index.prefix, settings.index.granularity),
        int(settings.messages.expire_after),
    )
