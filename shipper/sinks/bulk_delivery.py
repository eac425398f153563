"""Bringing one batch to the cluster until the fate of every item is known. Runs in a lane's thread."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from threading import Event

from tenacity import RetryCallState

from shipper.cluster.answers import error_type, read_json, refusal, words
from shipper.cluster.interface import Answer, Cluster, UnreachableError
from shipper.errors import AuthenticationError, ClusterError
from shipper.model import BulkItem, DeadLetter
from shipper.sinks.bulk_lines import encode_item
from shipper.sinks.bulk_settings import BulkSettings
from shipper.sinks.bulk_verdicts import CLUSTER_TROUBLE, ItemResult, judge, read_results, whole_error
from shipper.sinks.patience import patient
from shipper.sinks.throttle import Throttle

# Statuses and errors of the items are all that is read: without the rest the answer is a tenth of the size.
_PARAMS = {"filter_path": "items.*.status,items.*.error"}
_WORTH_WAITING = frozenset({404, 408, 429})
_ADVICE = "nothing is lost: run it again when the cluster is well"


class StoppedError(Exception):
    """The sink was closed or has failed elsewhere: what is left of the batch stays unsent."""


class _NoProgressError(Exception):
    """A round after which as many items wait as before."""


class BatchReport:
    """What became of one batch: filled by its delivery, read when that has ended."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.dead_letters: list[DeadLetter] = []
        self.trouble = ""
        self.rounds = 0

    def refuse(self, item: BulkItem, reason: str, error: bytes = b"") -> None:
        """Sets the item aside with the document, the reason, and the cluster's own error (JSON)."""
        self.counts["dead_lettered"] += 1
        self.dead_letters.append(
            DeadLetter(
                "cluster", reason, item.body,
                operation=item.operation, index=item.index, id=item.id, version=item.version, error=error,
            )
        )  # fmt: skip


class Delivery:
    """Sends batches one after the other. `tell` hears each trouble; `stop` ends every waiting."""

    def __init__(
        self,
        cluster: Cluster,
        settings: BulkSettings,
        stop: Event,
        tell: Callable[[str], None],
        throttle: Throttle | None = None,
    ) -> None:
        self._cluster = cluster
        self._settings = settings
        self._stop = stop
        self._tell = tell
        self._throttle = throttle
        self._max_bytes = settings.max_bytes
        # One for all batches: each `Retrying` is a cycle of references, which would keep its batch in memory.
        self._retrying = patient(settings, stop, _NoProgressError, self._tell_waiting)

    def deliver(self, items: Sequence[BulkItem]) -> BatchReport:
        """Returns when every item is stored or set aside.

        Raises `AuthenticationError` or `ClusterError` when the cluster keeps refusing, `StoppedError` when told to
        stop.
        """
        report = BatchReport()
        while items:
            items = self._until_progress(items, report)
            if items:
                self._tell(_waiting(items, report))
                self._stop.wait(self._settings.first_wait * random.uniform(0.5, 1))
        return report

    def _until_progress(self, items: Sequence[BulkItem], report: BatchReport) -> Sequence[BulkItem]:
        """Repeats the round, ever more slowly, until at least one item is settled; returns those that still wait."""
        try:
            return self._retrying(self._round, items, report)
        except _NoProgressError:
            self._check_stop()
            raise ClusterError(self._gave_up(report), advice=_ADVICE) from None

    def _tell_waiting(self, state: RetryCallState) -> None:
        items, report = state.args
        self._tell(_waiting(items, report, state))

    def _gave_up(self, report: BatchReport) -> str:
        if not self._settings.patience:
            return report.trouble
        return f"{report.trouble}, for {self._settings.patience:g} s"

    def _check_stop(self) -> None:
        if self._stop.is_set():
            raise StoppedError

    def _round(self, items: Sequence[BulkItem], report: BatchReport) -> Sequence[BulkItem]:
        """Sends every item once; returns those to send again."""
        report.counts["retried"] += len(items) if report.rounds else 0
        report.rounds += 1
        waiting: list[BulkItem] = []
        for part in cut(items, self._max_bytes):
            self._check_stop()
            waiting += self._send(part, report)
        if len(waiting) == len(items):
            raise _NoProgressError
        return waiting

    def _send(self, items: Sequence[BulkItem], report: BatchReport) -> Sequence[BulkItem]:
        if self._throttle is not None:
            self._throttle.take(len(items), self._stop)
            self._check_stop()
        body = b"".join(map(encode_item, items))
        report.counts.update(requests=1, bytes_sent=len(body))
        try:
            answer = self._cluster.call(
                "POST", "/_bulk", params=_PARAMS, body=body, content_type="application/x-ndjson"
            )
        except UnreachableError as error:
            report.trouble = error.what
            return items
        if answer.status == 413:
            return self._send_halves(items, len(body), answer, report)
        if answer.status != 200:
            report.trouble = _trouble_of(answer)
            return items
        return self._settle(items, answer, report)

    def _send_halves(
        self, items: Sequence[BulkItem], size: int, answer: Answer, report: BatchReport
    ) -> Sequence[BulkItem]:
        """The cluster, or a proxy before it, takes smaller bodies: from now on they are cut to what it may take."""
        if len(items) == 1:
            told = (read_json(answer) or {}).get("error")
            reason = f"the document of {size} bytes is too large for {answer.url} (413)"
            report.refuse(items[0], reason, whole_error(told))
            return ()
        self._max_bytes = min(self._max_bytes, size // 2)
        middle = len(items) // 2
        return [*self._send(items[:middle], report), *self._send(items[middle:], report)]

    def _settle(self, items: Sequence[BulkItem], answer: Answer, report: BatchReport) -> Sequence[BulkItem]:
        results = read_results(answer, len(items))
        if results is None:
            report.trouble = f"{answer.url} sent an answer that is no bulk result"
            return items
        pairs = zip(items, results, strict=True)
        return [item for item, result in pairs if not _settle_one(item, result, answer, report)]


def _settle_one(item: BulkItem, result: ItemResult, answer: Answer, report: BatchReport) -> bool:
    """Whether the item's fate is known now."""
    verdict = judge(item, result)
    if verdict == "again":
        report.trouble = f"{answer.url} cannot store into {item.index} now: {result.reason}"
        return False
    if verdict == "forbidden":
        raise AuthenticationError(
            f"{answer.url} does not allow writing to {item.index}: {result.reason}",
            advice="give the user the right to create and write these indices",
        )
    if verdict == "refused":
        report.refuse(item, result.reason, whole_error(result.error))
    else:
        report.counts[verdict] += 1
    return True


def _trouble_of(answer: Answer) -> str:
    """What to say while waiting. Raises the typed error for a refusal that no waiting changes."""
    waits = answer.status in _WORTH_WAITING or answer.status >= 500 or error_type(answer) in CLUSTER_TROUBLE
    if not waits:
        raise refusal(answer, "POST /_bulk")
    return f"{answer.url} answers with {answer.status} ({words(answer)})"


def _waiting(items: Sequence[BulkItem], report: BatchReport, state: RetryCallState | None = None) -> str:
    pause = f" in {state.upcoming_sleep:.1f} s" if state else ""
    return f"{report.trouble}; trying again{pause}, {len(items)} documents wait"


def cut(items: Sequence[BulkItem], max_bytes: int) -> Iterator[Sequence[BulkItem]]:
    """The items in order, in parts of at most `max_bytes` each; a larger item is a part of its own."""
    start, size = 0, 0
    for position, item in enumerate(items):
        one = size_of(item)
        if position > start and size + one > max_bytes:
            yield items[start:position]
            start, size = position, 0
        size += one
    if start < len(items):
        yield items[start:]


def size_of(item: BulkItem) -> int:
    """About what the item takes in a body: counting is dearer than being a few bytes off."""
    return len(item.body) + len(item.index) + len(item.id) + 80
