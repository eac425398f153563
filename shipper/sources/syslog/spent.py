"""Which spool files may go: ended, wholly stored, and old enough."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from shipper.model import Checkpoint


def spent_files(finished: Iterable[Path], checkpoints: Iterable[Checkpoint], *, before: float) -> Iterator[Path]:
    """Those of the finished files that were last written before that Unix second, and whose every byte is stored.

    A checkpoint counts for a file only where both path and beginning are the same: an inode is soon another file's.
    """
    by_path: dict[str, list[Checkpoint]] = {}
    for checkpoint in checkpoints:
        by_path.setdefault(os.path.realpath(checkpoint.path), []).append(checkpoint)
    for path in finished:
        status = path.stat()
        candidates = by_path.get(os.path.realpath(path), ())
        if status.st_mtime < before and any(_is_all_stored(one, path, status.st_size) for one in candidates):
            yield path


def _is_all_stored(checkpoint: Checkpoint, path: Path, size: int) -> bool:
    if checkpoint.offset < size or not checkpoint.head:
        return False
    with path.open("rb") as file:
        return file.read(len(checkpoint.head)) == checkpoint.head
