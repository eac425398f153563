"""The program in a process of its own, and what it used."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_CHILD = """
import resource, sys
from pathlib import Path
from shipper.commands import main
main(sys.argv[1:], standalone_mode=False)
used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
seconds = sum(each.ru_utime + each.ru_stime for each in used)
sys.stderr.write(Path("/proc/self/status").read_text() + f"Seconds: {seconds}\\n")
"""
"""The process looks at its own peak: what the kernel tells a parent counts the parent's own pages too."""


@dataclass(frozen=True)
class Used:
    """`peak` is the most resident memory in bytes; `said` what the program told on standard error.

    Processor time is in seconds, that of the processes which it started and waited for included.
    """

    peak: int
    seconds: float
    processor_seconds: float
    said: str


def run(
    arguments: Sequence[str],
    environment: Mapping[str, str] | None = None,
    *,
    before: str = "",
    each_moment: Callable[[subprocess.Popen[str]], None] = lambda program: None,
) -> Used:
    """Runs it to its end. `before` is Python to be run there first; `each_moment` is called now and then meanwhile."""
    begun = time.perf_counter()
    with (
        Path(os.devnull).open("wb") as nothing,
        subprocess.Popen(
            [sys.executable, "-c", before + _CHILD, *arguments],
            env=os.environ | dict(environment or {}), stdout=nothing, stderr=subprocess.PIPE, text=True,
        ) as program,
    ):  # fmt: skip
        said = None
        while said is None:
            try:
                said = program.communicate(timeout=0.5)[1]
            except subprocess.TimeoutExpired:
                each_moment(program)
        if program.returncode:
            raise RuntimeError(f"exit code {program.returncode}: {said}")
    return Used(
        int(_told(r"^VmHWM:\s+(\d+) kB$", said)) * 1024,
        time.perf_counter() - begun,
        float(_told(r"^Seconds: (\S+)$", said)),
        said,
    )


def _told(pattern: str, said: str) -> str:
    found = re.search(pattern, said, re.MULTILINE)
    assert found, said
    return found[1]
