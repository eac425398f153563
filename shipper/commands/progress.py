"""A progress bar over the packed bytes of the logs, on a terminal only."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from shipper.sources.files import LogFile


@contextmanager
def progress(files: Sequence[LogFile]) -> Iterator[Callable[[int], None] | None]:
    """Shows bytes read, rate and time left while the block runs; gives what to call with each number of bytes read."""
    if not sys.stderr.isatty():
        yield None
        return
    columns = (
        TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn(),
    )  # fmt: skip
    known = all(file.size for file in files)
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("reading", total=sum(file.size for file in files) if known else None)
        yield lambda count: bar.advance(task, count)
