"""Who watches a following shipper: the log, systemd, Prometheus."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager

from shipper.commands.notify import Notifier
from shipper.commands.talk import say
from shipper.pipeline.rounds import Round, Watcher
from shipper.settings import Settings


@contextmanager
def watching(settings: Settings, clock: Callable[[], float] = time.time) -> Iterator[Watcher]:
    """The watcher that the loop tells of its rounds. Raises ListenError when metrics cannot be served."""
    with ExitStack() as stack:
        watchers: list[Watcher] = [
            _Log(),
            _Systemd(stack.enter_context(closing(Notifier.from_environment(os.environ)))),
        ]
        if settings.metrics.listen:
            from shipper.commands.metrics import Metrics, served

            metrics = Metrics(clock)
            stack.enter_context(served(metrics, settings.metrics.listen))
            watchers.append(metrics)
        yield _All(watchers)


class _All:
    def __init__(self, watchers: list[Watcher]) -> None:
        self._watchers = watchers

    def ready(self, words: str) -> None:
        for watcher in self._watchers:
            watcher.ready(words)

    def round_done(self, round: Round) -> None:
        for watcher in self._watchers:
            watcher.round_done(round)

    def idle(self) -> None:
        for watcher in self._watchers:
            watcher.idle()

    def trouble(self, words: str) -> None:
        for watcher in self._watchers:
            watcher.trouble(words)

    def stopping(self) -> None:
        for watcher in self._watchers:
            watcher.stopping()


class _Log:
    """Rounds are told to who debugs; trouble comes already throttled."""

    def ready(self, words: str) -> None:
        say(words)

    def round_done(self, round: Round) -> None:
        say(f"stored: {round.balance.describe()}", "debug", **round.balance.counted())

    def idle(self) -> None:
        return

    def trouble(self, words: str) -> None:
        say(words, "warning")

    def stopping(self) -> None:
        say("ending: what was read is being stored")


class _Systemd:
    """Keeps the watchdog quiet, and `systemctl status` informed."""

    def __init__(self, notifier: Notifier) -> None:
        self._notifier = notifier
        self._lines = 0

    def ready(self, words: str) -> None:
        self._notifier.ready(words)

    def round_done(self, round: Round) -> None:
        self._lines += round.balance.lines
        behind = sum(source.behind or 0 for source in round.sources)
        self._notifier.alive(
            f"{self._lines:,} lines stored; {len(round.sources):,} logs, {behind:,} bytes behind;"
            f" {round.open_messages:,} open messages; {round.dead_letters:,} dead letters"
        )

    def idle(self) -> None:
        self._notifier.alive()

    def trouble(self, words: str) -> None:
        self._notifier.alive(words)

    def stopping(self) -> None:
        self._notifier.stopping()
