"""How long and how often a cluster in trouble is asked again."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event

from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    sleep_using_event,
    stop_after_delay,
    stop_any,
    stop_when_event_set,
    wait_random_exponential,
)

from shipper.sinks.bulk_settings import BulkSettings


def patient(
    settings: BulkSettings,
    stop: Event,
    trouble: type[BaseException],
    before_sleep: Callable[[RetryCallState], None],
) -> Retrying:
    """Repeats what raises `trouble`, ever more slowly, until patience ends or `stop` is set; then raises it."""
    return Retrying(
        retry=retry_if_exception_type(trouble),
        wait=wait_random_exponential(
            multiplier=settings.first_wait, min=settings.first_wait / 2, max=settings.longest_wait
        ),
        stop=stop_any(stop_after_delay(settings.patience), stop_when_event_set(stop)),
        sleep=sleep_using_event(stop),
        before_sleep=before_sleep,
        reraise=True,
    )
