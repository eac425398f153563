"""Lines per second of each part of the way, each with all parts before it, in one process."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from shipper.correlate.correlator import HostCorrelator
from shipper.correlate.message import OpenMessage
from shipper.formats.declarations import load as load_declarations
from shipper.parse.head import read_head
from shipper.parse.lines import LineParser
from shipper.pipeline.balance import Balance
from shipper.pipeline.parsing import Emit, parse_logs
from shipper.pipeline.preparing import Preparation, prepare
from shipper.pipeline.reading import LogReader
from shipper.pipeline.tuning import fewer_collections
from shipper.settings import load as load_settings
from shipper.sources.files import LogFile, find_logs

PREFIX = re.compile(
    r"(\d{4}):(\d\d:\d\d-\d\d:\d\d:\d\d) (\S+) ([^\s\[]+)\[(\d+)\]: "
    r"(?:(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) )?(?:([A-Z]+)\[(\d+)\]: )?"
    r"(?:([0-9A-Za-z]{6}-[0-9A-Za-z]{6,11}-[0-9A-Za-z]{2,4}) )?",
    re.ASCII,
)
ANYTHING = re.compile(r"(.*)", re.DOTALL)


@dataclass(frozen=True)
class Speed:
    """`ratio` is to the loop that only matches."""

    what: str
    lines_per_second: float
    ratio: float


class Bench:
    """One log, and what can be done with it."""

    def __init__(self, log: Path) -> None:
        self._files = find_logs([str(log)])
        self._preparation: Preparation = prepare(load_settings(None, {}, {}))
        self._matched = list(_with_kinds(log.read_text("utf-8", "replace").split("\n")[:-1]))
        self.lines = len(self._matched)

    @property
    def parts(self) -> dict[str, Callable[[], None]]:
        return {
            "prefix.match + kind.match, nothing else": self._match,
            "read + parse": self._parse,
            "read + parse + join": self._join,
            "... + put aside, message documents (parse --emit messages)": lambda: self._emit("messages"),
            "... + both documents, serialised (parse --emit all)": self.emit_all,
        }

    def emit_all(self) -> None:
        """All the way, to a file that keeps nothing."""
        self._emit("all")

    def _match(self) -> None:
        prefix = PREFIX
        for line, kind in self._matched:
            beginning = prefix.match(line)
            kind.match(line[beginning.end() :] if beginning else line)

    def _parse(self) -> None:
        preparation, balance = self._preparation, Balance()
        reader = LogReader(preparation.reading, preparation.parser, balance, on_dead=_ignore, on_notice=_ignore)
        for _ in reader.read(self._files):
            pass

    def _join(self) -> None:
        """Every event to its message; messages that settle leave memory and are written nowhere."""
        preparation, hosts = self._preparation, dict[str, HostCorrelator]()
        reader = LogReader(preparation.reading, preparation.parser, Balance(), on_dead=_ignore, on_notice=_ignore)
        for number, event in enumerate(reader.read(self._files)):
            host = hosts.get(event.host)
            if host is None:
                host = hosts[event.host] = HostCorrelator(event.host, _Nothing(), preparation.limits)
            host.add(event)
            if number % 512 == 0:
                host.attempts()
                for _ in host.settled(preparation.limits.most_events):
                    pass

    def _emit(self, emit: Emit) -> None:
        with Path("/dev/null").open("wb") as output:
            parse(self._files, self._preparation, output, emit)


def parse(files: list[LogFile], preparation: Preparation, output: BinaryIO, emit: Emit) -> None:
    balance = parse_logs(files, preparation, output, emit, on_notice=_ignore)
    assert balance.holds


class _Nothing:
    """A storage from which nothing comes back."""

    def fetch(self, host: str, queue_id: str) -> None:
        return None

    def unshown(self, host: str) -> list[OpenMessage]:
        return []


def _ignore(_: object) -> None:
    pass


def _with_kinds(lines: list[str]) -> Iterator[tuple[str, re.Pattern[str]]]:
    """Each line with the pattern of its own kind: what the loop would know if dispatch cost nothing."""
    declarations = load_declarations()
    parser = LineParser(declarations)
    patterns = {declaration.kind.name: declaration.regex for declaration in declarations}
    for line in lines:
        head = read_head(line.encode())
        yield line, patterns.get(parser.parse(head).kind, ANYTHING) if head else ANYTHING


def measure(log: Path, rounds: int, tell: Callable[[str], None]) -> list[Speed]:
    """The best of some rounds. In each round every part has its turn, so that a busy moment hits all alike."""
    bench = Bench(log)
    best = dict.fromkeys(bench.parts, float("inf"))
    for number in range(rounds):
        for name, part in bench.parts.items():
            with fewer_collections():
                begun = time.perf_counter()
                part()
                best[name] = min(best[name], time.perf_counter() - begun)
            tell(f"round {number + 1} of {rounds}: {name}")
    fastest = next(iter(best.values()))
    return [Speed(name, bench.lines / seconds, fastest / seconds) for name, seconds in best.items()]
