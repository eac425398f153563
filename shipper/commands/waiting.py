"""A cluster that is away when following begins is waited for, as it is later."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import closing
from math import inf
from threading import Event
from time import monotonic
from typing import TypeVar

import msgspec
from tenacity import RetryCallState

from shipper.cluster.interface import UnavailableError
from shipper.commands.connection import bulk_settings
from shipper.commands.notify import Notifier
from shipper.commands.talk import say
from shipper.errors import ShipperError
from shipper.settings import Settings
from shipper.sinks.bulk_settings import BulkSettings
from shipper.sinks.patience import patient

T = TypeVar("T")


def following_bulk_settings(settings: Settings) -> BulkSettings:
    """A cluster that is away is waited for however long it takes, unless a limit was set on purpose."""
    bulk = bulk_settings(settings)
    is_set = settings.origins["bulk.give_up_after"] != "default"
    return bulk if is_set else msgspec.structs.replace(bulk, patience=inf)


def at_once(question: Callable[[], T]) -> T:
    """The answer, or the first error."""
    return question()


class Waiting:
    """Asks until the cluster can answer; says once in a while, and systemd each time, that it still waits."""

    def __init__(self, bulk: BulkSettings) -> None:
        self._trouble_every = bulk.trouble_every
        self._quiet_until = 0.0
        self._retrying = patient(bulk, Event(), UnavailableError, self._tell)

    def __call__(self, question: Callable[[], T]) -> T:
        """Raises `UnavailableError` when patience ends, and any other error at once."""
        return self._retrying(question)

    def _tell(self, state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        what = error.what if isinstance(error, ShipperError) else str(error)
        words = f"{what}; trying again in {state.upcoming_sleep:.1f} s"
        with closing(Notifier.from_environment(os.environ)) as notifier:
            notifier.starting(words)
        if monotonic() >= self._quiet_until:
            self._quiet_until = monotonic() + self._trouble_every
            say(words, "warning")
