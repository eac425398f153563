"""Prometheus metrics of a running `ship --follow`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from threading import Lock

from msgspec.structs import asdict
from prometheus_client import CollectorRegistry, ProcessCollector, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from shipper import __version__
from shipper.errors import ListenError
from shipper.pipeline.rounds import Round

# Field of `Balance` or `BulkCounts` -> value of the label `fate`.
_LINES = {"events": "event", "ignored": "ignored", "dead_letters": "dead_letter"}
_DOCUMENTS = {
    "created": "created",
    "already_there": "already_there",
    "indexed": "indexed",
    "conflicts": "conflict",
    "deleted": "deleted",
    "dead_lettered": "refused",
}


class Metrics(Collector):
    """Counts since the start of this process, and how things stand after the last round.

    A scrape sees whole rounds only, so that its numbers fit together. No label holds personal data.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = Lock()
        self._lines: Counter[str] = Counter()
        self._documents: Counter[str] = Counter()
        self._rounds = 0
        self._troubles = 0
        self._last: Round | None = None
        self._success = 0.0

    def ready(self, words: str) -> None:
        """Nothing is stored yet."""

    def round_done(self, round: Round) -> None:
        """Adds what a committed round did; the scrapes to come show how things stand after it."""
        with self._lock:
            self._lines.update(round.balance.counted())
            self._documents.update(asdict(round.counts))
            self._rounds += 1
            self._last = round
            self._success = self._clock()

    def idle(self) -> None:
        """All that was there is stored."""
        with self._lock:
            self._success = self._clock()

    def trouble(self, words: str) -> None:
        """The cluster made the program wait."""
        with self._lock:
            self._troubles += 1

    def stopping(self) -> None:
        """The counts end with the process."""

    def registry(self) -> CollectorRegistry:
        """These metrics and those of the process, for one server or page."""
        registry = CollectorRegistry()
        registry.register(self)
        ProcessCollector(registry=registry)
        return registry

    def collect(self) -> list[Metric]:
        """All metrics as they are now."""
        with self._lock:
            return [*self._counted(), *self._standing()]

    def _counted(self) -> Iterator[Metric]:
        lines, documents = self._lines, self._documents
        yield _gauge("build_info", "The version; always 1.", {__version__: 1}, "version")
        yield _counter("lines_read", "Lines read from logs.", lines["lines"])
        yield _by_fate("lines", "Lines read by what became of them; their sum is all lines read.", lines, _LINES)
        yield _counter("lines_unrecognized", "Lines that are events and fit no known shape.", lines["unrecognized"])
        yield _counter("lines_repeated", "Lines that are events and were read before.", lines["repeated"])
        yield _counter("messages", "Messages and refused attempts that lines were joined into.", lines["messages"])
        yield _by_fate("documents", "Documents by what the cluster did with them.", documents, _DOCUMENTS)
        yield _counter("documents_retried", "Documents that were sent once more.", documents["retried"])
        yield _counter("bulk_requests", "Bulk requests sent.", documents["requests"])
        yield _counter("bulk_sent_bytes", "Bytes of bulk requests before compression.", documents["bytes_sent"])
        yield _counter("cluster_troubles", "Times that trouble with the cluster was reported.", self._troubles)
        yield _counter("rounds", "Rounds of reading that were stored and committed.", self._rounds)

    def _standing(self) -> Iterator[Metric]:
        if self._success:
            yield _gauge("last_success_timestamp_seconds", "When all that was found was last stored.", self._success)
        if self._last is None:
            return
        last, sources = self._last, self._last.sources
        behind = {source.path: source.behind for source in sources if source.behind is not None}
        reached = {source.path: source.reached for source in sources if source.reached is not None}
        failing = {source.path: int(bool(source.error)) for source in sources}
        yield _gauge("open_messages", "Messages that later lines can still change.", last.open_messages)
        yield _gauge("dead_letters", "Dead letters in the state.", last.dead_letters)
        yield _gauge("source_lag_bytes", "Bytes of a log that are on disk and not stored yet.", behind, "source")
        yield _gauge(
            "source_newest_line_timestamp_seconds", "Time of a log's newest stored line, since 1970.", reached, "source"
        )
        yield _gauge("source_failing", "1 while a log cannot be read, else 0.", failing, "source")


def _counter(name: str, about: str, count: int) -> Metric:
    return CounterMetricFamily(f"utm_shipper_{name}", about, value=count)


def _by_fate(name: str, about: str, counts: Mapping[str, int], fates: Mapping[str, str]) -> Metric:
    family = CounterMetricFamily(f"utm_shipper_{name}", about, labels=["fate"])
    for field, fate in fates.items():
        family.add_metric([fate], counts[field])
    return family


def _gauge(name: str, about: str, value: float | Mapping[str, int], label: str = "") -> Metric:
    """A value, or one for each value of a label."""
    if not isinstance(value, Mapping):
        return GaugeMetricFamily(f"utm_shipper_{name}", about, value=value)
    family = GaugeMetricFamily(f"utm_shipper_{name}", about, labels=[label])
    for of, one in value.items():
        family.add_metric([of], one)
    return family


@contextmanager
def served(metrics: Metrics, place: tuple[str, int]) -> Iterator[None]:
    """Answers HTTP at (address, port) while the block runs. Raises ListenError where it cannot."""
    host, port = place
    try:
        server, thread = start_http_server(port, host, registry=metrics.registry())
    except OSError as error:
        raise ListenError(
            f"metrics cannot be served at {host}, port {port}: {error.strerror or error}",
            advice="change metrics.listen",
        ) from error
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
