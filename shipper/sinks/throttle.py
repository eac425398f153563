"""How many documents a second may leave: a bucket of tokens that all lanes of a sink draw from."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Lock
from time import monotonic

BURST_SECONDS = 1.0


def burst(rate: float) -> int:
    """How many documents may leave at once at this rate a second: at least one."""
    return max(1, int(rate * BURST_SECONDS))


class Throttle:
    """Grants `rate` documents a second, in the order in which they are asked for. Safe to call from several threads.

    In any stretch of t seconds at most `rate * t` documents leave, and one burst more: the bucket is full at first and
    holds that much. What waits is granted to the moment, so that the average is the rate.
    """

    def __init__(self, rate: float, clock: Callable[[], float] = monotonic) -> None:
        self._rate = rate
        self._clock = clock
        self._lock = Lock()
        self._filled_at = clock()

    def take(self, count: int, stop: Event) -> None:
        """Returns when so many may leave, or at once when `stop` is set. `count` should not exceed `burst(rate)`."""
        left = self.reserve(count) - self._clock()
        if left > 0:
            stop.wait(left)

    def reserve(self, count: int) -> float:
        """When so many may leave, on the clock of this throttle; they count as gone."""
        with self._lock:
            now = self._clock()
            full = burst(self._rate) / self._rate
            # The bucket is described by the moment at which it is full again: each document puts that off.
            self._filled_at = max(self._filled_at, now) + count / self._rate
            return max(now, self._filled_at - full)
