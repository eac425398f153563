"""How long `eximstats` takes for the same messages in the form that it reads: Exim's main log."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from shipper.errors import ShipperError
from tests.benchmarks.process import run

_OF_EXIM = re.compile(
    rb"\d{4}:\d\d:\d\d-\d\d:\d\d:\d\d \S+ exim[^\s\[]*\[\d+\]: (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d .*)", re.DOTALL
)
_PART = re.compile(rb"\[\d+[/\\]\d+\] ")


@dataclass(frozen=True)
class Comparison:
    """`lines` are those of the whole log, `main_lines` those of Exim in it; `command` is what was run of ours."""

    command: str
    lines: int
    main_lines: int
    eximstats_seconds: float
    our_seconds: float

    @property
    def ratio(self) -> float:
        """Above 1, ours was done first."""
        return self.eximstats_seconds / self.our_seconds


def program() -> str:
    """Where it is. Raises ShipperError with how to get it."""
    found = shutil.which("eximstats")
    if found is None:
        raise ShipperError(
            "eximstats is not on the PATH",
            advice="it is in Debian's package exim4-base: apt-get download exim4-base && "
            "dpkg-deb -x exim4-base_*.deb exim && PATH=$PWD/exim/usr/sbin:$PATH",
        )
    return found


def main_log(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Exim's own lines as its main log has them; the scanner's are none of these, nor what is split."""
    for line in lines:
        entry = _OF_EXIM.match(line)
        if entry and not _PART.match(entry[1][20:]):
            yield entry[1]


def measure(log: Path, folder: Path, ours: Sequence[str], rounds: int) -> Comparison:
    """The best of some rounds; `ours` is a command line without the log."""
    theirs = [program(), str(_written(log, folder / "mainlog"))]
    lines, main_lines = (path.read_bytes().count(b"\n") for path in (log, folder / "mainlog"))
    eximstats_seconds = our_seconds = float("inf")
    for number in range(rounds):
        begun = time.perf_counter()
        subprocess.run(theirs, stdout=subprocess.DEVNULL, check=True)
        eximstats_seconds = min(eximstats_seconds, time.perf_counter() - begun)
        used = run([*ours, str(log)], {"UTM_SHIPPER_STATE": str(folder / f"eximstats-{number}")})
        our_seconds = min(our_seconds, used.seconds)
    return Comparison(" ".join(ours), lines, main_lines, eximstats_seconds, our_seconds)


def _written(log: Path, path: Path) -> Path:
    with log.open("rb") as lines, path.open("wb") as output:
        output.writelines(main_log(lines))
    return path
