"""`python -m tests.benchmarks`: the speed of each part, and what else is asked for; with `--only` nothing but that.

`--memory`, `--cluster`, `--workers`, `--eximstats`, `--follow`, `--profile` go together; `--open-messages` and
`--export` stand alone.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tests.benchmarks import cluster, eximstats, exports, follow, memory, open_messages, profile, speed, traces, workers
from tests.benchmarks.log import MESSAGES_OF_A_BLOCK, MESSAGES_OF_A_BLOCK_WITH_WAITING, StressLog
from tests.benchmarks.rows import rows
from tests.generator.dialects import DIALECTS


def main() -> None:
    wanted = _arguments().parse_args()
    found: dict[str, Any] = {"machine": _machine(), "dialect": wanted.dialect, "lines": wanted.lines}
    with tempfile.TemporaryDirectory() as name:
        found |= _asked_for(wanted)(wanted, Path(name))
    found["machine"]["load_after"] = os.getloadavg()[0]
    print(json.dumps(found, indent=2) if wanted.json else table(found))


def _asked_for(wanted: argparse.Namespace) -> Callable[[argparse.Namespace, Path], dict[str, Any]]:
    alone = {"trace": _traced, "export": _exported, "open_messages": _with_open_messages}
    return next((measured for name, measured in alone.items() if getattr(wanted, name)), _measured)


def _measured(wanted: argparse.Namespace, folder: Path) -> dict[str, Any]:
    log = StressLog(wanted.dialect, wanted.block or MESSAGES_OF_A_BLOCK)
    path = log.write(folder / "smtp.log", wanted.lines)
    found: dict[str, Any] = {}
    if not wanted.only:
        found["speed"] = [asdict(each) for each in speed.measure(path, wanted.rounds, _tell)]
    if wanted.memory:
        _tell("memory")
        measured = memory.measure(log, folder, wanted.memory)
        found["memory"] = asdict(measured) | {"ratio": measured.ratio}
    if wanted.cluster:
        found["ship"] = _shipped(cluster.measure(path, folder, wanted.rounds, _tell))
    if wanted.workers:
        _tell("workers")
        shared = workers.measure(folder, wanted.workers, wanted.rounds)
        found["workers"] = asdict(shared) | {"ratio": shared.ratio}
    if wanted.eximstats:
        _tell("eximstats")
        compared = eximstats.measure(path, folder, shlex.split(wanted.ours), wanted.rounds)
        found["eximstats"] = asdict(compared) | {"ratio": compared.ratio}
    if wanted.follow:
        followed = follow.measure(folder, wanted.follow, _tell)
        found["follow"] = asdict(followed) | {"median": followed.median, "worst": followed.worst}
    if wanted.profile:
        _tell("profile")
        found["profile"] = asdict(profile.measure(path))
    return found


def _shipped(found: cluster.Shipping) -> dict[str, Any]:
    made = asdict(found) | {"ratio": found.ratio, "processor_ratio": found.processor_ratio}
    for name, load in (("bare", found.bare), ("ship", found.ship)):
        made[name]["documents_per_second"] = load.documents_per_second
    made["disk"]["ratio"] = found.disk.ratio
    return made


def _with_open_messages(wanted: argparse.Namespace, folder: Path) -> dict[str, Any]:
    _tell("writing the log")
    block = wanted.block or MESSAGES_OF_A_BLOCK_WITH_WAITING
    log = StressLog(wanted.dialect, block, open_messages=wanted.open_messages)
    runs = []
    for run in open_messages.measure(log, folder, wanted.lines, most_events=wanted.most_events):
        _tell(f"done: {run.way}")
        runs.append(asdict(run) | {"lines_per_second": run.lines_per_second})
    return {"open": runs}


def _exported(wanted: argparse.Namespace, folder: Path) -> dict[str, Any]:
    log = StressLog(wanted.dialect, wanted.block or MESSAGES_OF_A_BLOCK)
    runs = []
    for run in exports.measure(log, folder, wanted.export):
        _tell(f"done: {run.way}")
        runs.append(asdict(run))
    return {"export": runs}


def _traced(wanted: argparse.Namespace, folder: Path) -> dict[str, Any]:
    log = StressLog(wanted.dialect, wanted.block or MESSAGES_OF_A_BLOCK)
    runs = []
    for run in traces.measure(log, folder, wanted.trace):
        _tell(f"done: {run.told} from {run.way}")
        runs.append(asdict(run))
    return {"trace": runs}


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--lines", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=3, help="the best one counts")
    parser.add_argument("--dialect", choices=sorted(DIALECTS), default="4.82")
    parser.add_argument("--block", type=int, help="messages that are different")
    parser.add_argument("--memory", type=int, metavar="LINES", nargs="?", const=200_000, help="peak for 1 and 10 times")
    parser.add_argument("--cluster", action="store_true", help="ship the log into an embedded node; its size there")
    parser.add_argument("--workers", type=int, metavar="DAYS", nargs="?", const=12, help="an archive by one and by two")
    parser.add_argument("--eximstats", action="store_true", help="beside eximstats, which must be on the PATH")
    parser.add_argument("--ours", default="parse --emit messages", help="the command for that, without the log")
    parser.add_argument("--follow", type=int, metavar="LINES", nargs="?", const=20, help="from written to found")
    parser.add_argument("--profile", action="store_true", help="where the processor time goes, by step and line")
    parser.add_argument("--only", action="store_true", help="only what is asked for, not each part's speed")
    parser.add_argument("--open-messages", type=int, metavar="N", help="instead: ship while so many wait for delivery")
    parser.add_argument("--most-events", type=int, metavar="N", help="with it: keep so many in memory, not as usual")
    parser.add_argument("--export", type=int, metavar="N", help="instead: export about so many messages")
    parser.add_argument("--trace", type=int, metavar="N", help="instead: trace one and all of about so many messages")
    parser.add_argument("--json", action="store_true")
    return parser


def _tell(words: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\x1b[K{words}", end="", file=sys.stderr, flush=True)


def _machine() -> dict[str, Any]:
    """What the figures depend on beside the code; a load before it began says that others worked too."""
    git = ["git", "-C", str(Path(__file__).parent), "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(git, capture_output=True, text=True, check=False).stdout.strip()
    return {
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "commit": commit or None,
        "load_before": os.getloadavg()[0],
    }


def table(found: dict[str, Any]) -> str:
    """The figures as a Markdown table."""
    machine = found["machine"]
    cells = [("what", "figure", "ratio"), ("---", "---:", "---:"), *rows(found)]
    widths = [max(len(row[column]) for row in cells) for column in range(3)]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in cells
    ]
    about = (
        f"{found['lines']:,} lines of dialect {found['dialect']}, {machine['cores']} cores, Python {machine['python']}"
        f", commit {machine['commit']}, load {machine['load_before']:.1f} before and {machine['load_after']:.1f} after"
    )
    return "\n".join([about, "", *lines])


if __name__ == "__main__":
    main()
